"""What turns a recording into telephone sound: mix, rate, band, loudness, peak."""

from __future__ import annotations

from typing import Final

import numpy as np
import soxr
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from audio.g711 import RATE_HZ
from audio.refusal import AudioRefused

Samples = NDArray[np.float32]

#: The telephone band (ITU-T G.712), in hertz.
BAND_HZ: Final = (300.0, 3400.0)
SILENT_DB: Final = -120.0
_TAPS = 255
_LOOK_AHEAD = 40  # samples: 5 ms at 8 kHz
_CANCELLING_DB = 6.0
#: ITU-R BS.1770 measures blocks of 400 ms; shorter sounds are repeated up to this length.
_MEASURED_S = 1.2


def mono(samples: Samples) -> Samples:
    """Mix ``(n, channels)`` down to ``(n,)``; refuse channels that cancel each other."""
    if samples.ndim == 1:
        return samples
    mixed: Samples = samples.mean(axis=1, dtype=np.float32)
    if level_db(mixed) < level_db(samples.ravel()) - _CANCELLING_DB and samples.shape[1] == 2:
        left, right = level_db(samples[:, 0]), level_db(samples[:, 1])
        if abs(left - right) < _CANCELLING_DB:
            raise AudioRefused("cancelling")
    return mixed


def level_db(samples: Samples) -> float:
    """Return the RMS level in dBFS."""
    if not samples.size:
        return SILENT_DB
    power = float(np.mean(np.square(samples, dtype=np.float64)))
    return max(SILENT_DB, 10 * float(np.log10(power + 1e-30)))


def peak_db(samples: Samples) -> float:
    """Return the highest sample in dBFS."""
    highest = float(np.abs(samples).max()) if samples.size else 0.0
    return max(SILENT_DB, 20 * float(np.log10(highest + 1e-30)))


def loudness_lufs(samples: Samples, rate_hz: int) -> float:
    """Return the integrated loudness (ITU-R BS.1770-4)."""
    from pyloudnorm.meter import Meter  # brings scipy: over a second, so only where used

    if not samples.size:
        return SILENT_DB
    repeats = int(np.ceil(_MEASURED_S * rate_hz / len(samples)))
    meter = Meter(rate_hz)  # type: ignore[no-untyped-call] # untyped package
    measured = meter.integrated_loudness(np.tile(samples, repeats))  # type: ignore[no-untyped-call] # untyped package
    return max(SILENT_DB, float(measured))


def resample(samples: Samples, rate_hz: int) -> Samples:
    """Bring samples to 8 kHz."""
    if rate_hz == RATE_HZ:
        return samples.astype(np.float32)
    return np.asarray(soxr.resample(samples, rate_hz, RATE_HZ, quality="VHQ"), np.float32)


def band_limit(samples: Samples) -> Samples:
    """Keep 300-3400 Hz of 8 kHz samples, without delay."""
    padded = np.pad(samples, _TAPS // 2)
    return np.convolve(padded, _band_filter(), mode="valid").astype(np.float32)


def _band_filter() -> NDArray[np.float64]:
    """Return a linear-phase band-pass: the difference of two windowed sinc low-passes."""
    n = np.arange(_TAPS) - _TAPS // 2
    low, high = (2 * edge / RATE_HZ for edge in BAND_HZ)
    taps = (high * np.sinc(high * n) - low * np.sinc(low * n)) * np.hamming(_TAPS)
    centre = sum(BAND_HZ) / 2
    gain: float = float(np.abs(np.sum(taps * np.exp(-2j * np.pi * centre * n / RATE_HZ))))
    return np.asarray(taps / gain, np.float64)


def limit(samples: Samples, ceiling_db: float) -> Samples:
    """Hold the peaks at *ceiling_db* by a gain that starts to fall 5 ms ahead of them."""
    ceiling = 10 ** (ceiling_db / 20)
    wanted = np.minimum(1.0, ceiling / np.maximum(np.abs(samples), 1e-9))
    if wanted.min() >= 1.0:
        return samples
    width = 2 * _LOOK_AHEAD + 1
    held = sliding_window_view(np.pad(wanted, width - 1, constant_values=1.0), width).min(axis=1)
    window = np.hanning(width + 2)[1:-1]
    gain = np.convolve(held, window / window.sum(), mode="valid")
    return (samples * gain).clip(-ceiling, ceiling).astype(np.float32)


def level_to(samples: Samples, *, lufs: float, peak: float) -> Samples:
    """Bring 8 kHz samples to a loudness in LUFS, their peaks held at *peak* dBFS."""
    levelled = samples
    for _ in range(3):  # the limiter takes some loudness away again
        missing_db = lufs - loudness_lufs(levelled, RATE_HZ)
        levelled = limit((levelled * 10 ** (missing_db / 20)).astype(np.float32), peak)
        if abs(missing_db) < 0.1:
            break
    return levelled
