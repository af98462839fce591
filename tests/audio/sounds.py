"""Sounds that tests are made of."""

import io

import numpy as np
import soundfile
from numpy.typing import NDArray

from audio.speech import speak

RATE_HZ = 8000
Sound = NDArray[np.float32]


def silence(length_s: float) -> Sound:
    return np.zeros(round(length_s * RATE_HZ), np.float32)


def tone(hz: float, length_s: float, *, level_db: float = -20.0, fade_s: float = 0.004) -> Sound:
    t = np.arange(round(length_s * RATE_HZ)) / RATE_HZ
    ramp = np.clip(np.minimum(t, length_s - t) / fade_s, 0, 1)
    return (np.sin(2 * np.pi * hz * t) * ramp * 10 ** (level_db / 20) * 2**0.5).astype(np.float32)


def speech(text: str, *, language: str = "fr", level_db: float = -20.0) -> Sound:
    """Speak *text*, without the silence around it."""
    import soxr

    spoken = speak(text, language=language)
    samples = (spoken.pcm / 32768).astype(np.float32)
    telephone = np.asarray(soxr.resample(samples, spoken.rate_hz, RATE_HZ), np.float32)
    loud = np.flatnonzero(np.abs(telephone) > 0.01)
    cut = telephone[loud[0] : loud[-1] + 1]
    return np.asarray(cut * 10 ** (level_db / 20) / np.sqrt(np.mean(cut**2)), np.float32)


def noise(length_s: float, *, level_db: float = -20.0, seed: int = 1) -> Sound:
    drawn = np.random.default_rng(seed).standard_normal(round(length_s * RATE_HZ))
    return (drawn * 10 ** (level_db / 20)).astype(np.float32)


def join(*sounds: Sound) -> Sound:
    return np.concatenate(sounds)


def encoded(samples: Sound, *, rate_hz: int = RATE_HZ, kind: str = "WAV") -> bytes:
    """Return the bytes of a sound file."""
    written = io.BytesIO()
    soundfile.write(written, samples, rate_hz, format=kind)
    return written.getvalue()
