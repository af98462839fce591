"""A recording or spoken text made ready for the telephone: encoded to A-law once, never again.

The same samples always give the same bytes: an announcement is named by their SHA-256.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Final

import numpy as np

from audio.files import MAX_S
from audio.g711 import RATE_HZ, encode_alaw
from audio.loudness import (
    SILENT_DB,
    Samples,
    band_limit,
    level_db,
    level_to,
    loudness_lufs,
    mono,
    peak_db,
    resample,
)
from audio.refusal import AudioRefused

TARGET_LUFS: Final = -18.0
PEAK_DBFS: Final = -3.0
LEAD_IN_S: Final = 0.2
TAIL_S: Final = 0.3
#: Nobody can say who calls, why, and how to object in less.
LEAST_S: Final = 3.0

_RATES_HZ = range(8_000, 96_001)
_FRAME = RATE_HZ // 50
_SPEECH_DB = -55.0
_SPEECH_RANGE_DB = 30.0
#: Syllables move the level of 20 ms frames by more than this; tones and noise do not.
_SYLLABLES_DB = 2.5
_LEAST_SPEECH_S = 0.12
_CLIPPED = 0.999


@dataclass(frozen=True, slots=True)
class Report:
    """What was measured."""

    length_s: float
    speech_s: float
    lufs_before: float
    lufs: float
    peak_dbfs: float
    clipped: float
    "Share of samples of the recording at full scale."


@dataclass(frozen=True, slots=True)
class Prepared:
    """Telephone audio."""

    alaw: bytes
    report: Report

    @property
    def sha256(self) -> str:
        """The name of this audio."""
        return hashlib.sha256(self.alaw).hexdigest()


def prepare(
    samples: Samples, rate_hz: int, *, least_s: float = LEAST_S, most_s: float = MAX_S
) -> Prepared:
    """Mix, centre, resample, band-limit, level and encode samples in [-1, 1].

    Raises `AudioRefused` for what is no announcement: too short, too long, without speech.
    """
    _check_shape(samples, rate_hz, least_s=least_s, most_s=most_s)
    mixed = mono(samples.astype(np.float32))
    telephone = band_limit(resample((mixed - mixed.mean()).astype(np.float32), rate_hz))
    speech_s = spoken_s(telephone)
    if speech_s < _LEAST_SPEECH_S:
        raise AudioRefused("no_speech")
    levelled = level_to(_trimmed(telephone), lufs=TARGET_LUFS, peak=PEAK_DBFS)
    whole = np.pad(levelled, (round(LEAD_IN_S * RATE_HZ), round(TAIL_S * RATE_HZ)))
    report = Report(
        length_s=len(whole) / RATE_HZ,
        speech_s=speech_s,
        lufs_before=loudness_lufs(mixed, rate_hz),
        lufs=loudness_lufs(levelled, RATE_HZ),
        peak_dbfs=peak_db(levelled),
        clipped=float(np.mean(np.abs(mixed) >= _CLIPPED)),
    )
    return Prepared(alaw=encode_alaw(to_pcm(whole)), report=report)


def to_pcm(samples: Samples) -> np.ndarray[tuple[int], np.dtype[np.int16]]:
    """Turn samples in [-1, 1] into 16-bit ones."""
    return np.round(samples * 32767).clip(-32768, 32767).astype(np.int16)


def spoken_s(telephone: Samples) -> float:
    """Return how long 8 kHz samples hold something whose level moves as speech does."""
    frames = telephone[: len(telephone) // _FRAME * _FRAME].reshape(-1, _FRAME)
    levels = np.array([level_db(frame) for frame in frames])
    loudest = levels.max(initial=SILENT_DB)
    active = levels[levels > max(_SPEECH_DB, loudest - _SPEECH_RANGE_DB)]
    if not active.size or active.std() < _SYLLABLES_DB:
        return 0.0
    return float(active.size * _FRAME / RATE_HZ)


def _check_shape(samples: Samples, rate_hz: int, *, least_s: float, most_s: float) -> None:
    if not samples.size:
        raise AudioRefused("empty")
    if rate_hz not in _RATES_HZ:
        raise AudioRefused("rate", rate_hz=rate_hz)
    length_s = len(samples) / rate_hz
    if length_s > most_s:
        raise AudioRefused("too_long", limit_s=f"{most_s:g}")
    if length_s < least_s:
        raise AudioRefused("too_short", length_s=length_s, limit_s=f"{least_s:g}")
    if not np.isfinite(samples).all():
        raise AudioRefused("not_finite")


def _trimmed(samples: Samples) -> Samples:
    """Cut silence off both ends: the lead-in and the tail are ours."""
    envelope = np.convolve(np.square(samples), np.full(_FRAME, 1 / _FRAME), mode="same")
    loud = np.flatnonzero(envelope > 10 ** ((_SPEECH_DB - 5) / 10))
    return samples[loud[0] : loud[-1] + 1] if loud.size else samples
