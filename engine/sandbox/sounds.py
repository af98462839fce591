"""What the lines of the sandbox sound like: greetings, beeps, network tones, line noise."""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Final

import numpy as np
from numpy.typing import NDArray

from audio.g711 import FRAME_BYTES, RATE_HZ, encode_alaw
from audio.speech import speak

Samples = NDArray[np.float64]

SPEECH_DBFS: Final = -20.0
NOISE_DBFS: Final = -62.0
_NOISE_S: Final = 4
#: ITU-T Q.23: the rows and columns of the keypad.
_ROWS_HZ: Final = (697, 770, 852, 941)
_COLUMNS_HZ: Final = (1209, 1336, 1477)
_KEYPAD: Final = "123456789*0#"


@dataclass(frozen=True, slots=True)
class Beep:
    """One tone; times in seconds from the start of its sound."""

    start_s: float
    end_s: float
    frequency_hz: float
    level_dbfs: float


@dataclass(frozen=True, slots=True)
class Sound:
    """A-law audio of whole frames, and the truth about it."""

    alaw: bytes
    speech_end_s: float | None = None
    beeps: tuple[Beep, ...] = ()


@dataclass(frozen=True, slots=True)
class Tone:
    """What a line sends as its beep."""

    frequency_hz: float
    duration_s: float
    level_dbfs: float = -14.0
    decay_db: float = 0.0


@dataclass(frozen=True, slots=True)
class Voice:
    """One of the sandbox's speakers: how fast, and how much lower or higher than the voice."""

    rate_wpm: int
    pitch: float


#: A neutral, a deeper and slower, a higher and faster speaker.
VOICES: Final = (Voice(150, 1.0), Voice(140, 0.88), Voice(160, 1.14))


@cache
def wording(language: str) -> dict[str, list[str]]:
    """Return what the lines say in *language*."""
    file = resources.files("config") / "sandbox" / f"{language}.toml"
    return tomllib.loads(file.read_text(encoding="utf-8"))


def amplitude(level_dbfs: float) -> float:
    """Return the root mean square, in [0, 1], of a signal at *level_dbfs*."""
    return float(10 ** (level_dbfs / 20))


def silence(duration_s: float) -> Samples:
    """Return *duration_s* seconds of nothing; the line's noise is added at the end."""
    return np.zeros(round(duration_s * RATE_HZ))


def tone(tone_: Tone) -> Samples:
    """Return a tone with edges of 5 ms; `Tone.decay_db` makes it fade like a bell."""
    at_s = np.arange(round(tone_.duration_s * RATE_HZ)) / RATE_HZ
    wave = amplitude(tone_.level_dbfs) * np.sqrt(2) * np.sin(2 * np.pi * tone_.frequency_hz * at_s)
    edge = np.minimum(1, np.minimum(at_s, at_s[::-1]) / 0.005)
    faded: Samples = wave * edge * 10 ** (-tone_.decay_db * at_s / tone_.duration_s / 20)
    return faded


def dual_tone(digit: str, duration_s: float) -> bytes:
    """Return a key as it sounds in the audio (ITU-T Q.23), A-law."""
    row, column = divmod(_KEYPAD.index(digit), 3)
    low = tone(Tone(_ROWS_HZ[row], duration_s))
    return _alaw(low + tone(Tone(_COLUMNS_HZ[column], duration_s)))


def spoken(text: str, *, language: str, voice: Voice) -> Samples:
    """Return *text* as it sounds over a telephone: 8 kHz, 300 to 3400 Hz, at `SPEECH_DBFS`."""
    speech = speak(text, language=language, rate_wpm=voice.rate_wpm)
    wave = _over_a_line(speech.pcm / 32768, speech.rate_hz * voice.pitch)
    loud = np.flatnonzero(np.abs(wave) > 0.02 * np.abs(wave).max())
    wave = wave[loud[0] : loud[-1] + 1]
    level: Samples = wave * (amplitude(SPEECH_DBFS) / np.sqrt(np.mean(wave**2)))
    return np.clip(level, -0.95, 0.95)


def _over_a_line(wave: Samples, rate_hz: float) -> Samples:
    """Band-limit and resample in one step: keep the bins of 300-3400 Hz, transform back."""
    seconds = len(wave) / rate_hz
    bins = np.fft.rfft(wave, n=len(wave))
    out = np.zeros(round(seconds * RATE_HZ) // 2 + 1, dtype=complex)
    hz = np.arange(len(out)) / seconds
    shared = min(len(out), len(bins))
    out[:shared] = bins[:shared]
    out[(hz < 300) | (hz > 3400)] = 0
    length = 2 * (len(out) - 1)
    band: Samples = np.fft.irfft(out, n=length) * (length / len(wave))
    return band


@cache
def line_noise(seed: int) -> bytes:
    """Return some seconds of a quiet line's noise, A-law, to be sent in a circle."""
    return encode_alaw(_pcm(_noise(seed, _NOISE_S * RATE_HZ)))


def a_sound(
    lead_s: float,
    phrases: Sequence[Samples] = (),
    *,
    pauses_s: Sequence[float] = (),
    gap_s: float = 0.0,
    tones: Sequence[Tone] = (),
    between_tones_s: float = 0.15,
) -> Sound:
    """Put together lead, phrases with pauses, gap and beeps, over the line's noise."""
    parts = [silence(lead_s)]
    for position, phrase in enumerate(phrases):
        if position:
            parts.append(silence(pauses_s[(position - 1) % len(pauses_s)] if pauses_s else 0.35))
        parts.append(phrase)
    speech_end_s = _seconds(parts) if phrases else None
    parts.append(silence(gap_s))
    beeps = []
    for position, each in enumerate(tones):
        parts.append(silence(between_tones_s if position else 0))
        start_s = _seconds(parts)
        parts.append(tone(each))
        beeps.append(Beep(start_s, _seconds(parts), each.frequency_hz, each.level_dbfs))
    return Sound(_alaw(np.concatenate(parts)), speech_end_s, tuple(beeps))


def _seconds(parts: Sequence[Samples]) -> float:
    return sum(map(len, parts)) / RATE_HZ


def _alaw(wave: Samples) -> bytes:
    """Add the line's noise, fill the last frame with it, and encode."""
    whole = np.concatenate([wave, np.zeros(-len(wave) % FRAME_BYTES)])
    return encode_alaw(_pcm(whole + _noise(len(whole), len(whole))))


def _noise(seed: int, length: int) -> Samples:
    return np.random.default_rng(seed).normal(0, amplitude(NOISE_DBFS), length)


def _pcm(wave: Samples) -> NDArray[np.int16]:
    return (np.clip(wave, -1, 1) * 32767).astype(np.int16)
