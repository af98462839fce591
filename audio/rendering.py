"""Approved A-law bytes as a file that others can play: always the same bytes for the same bytes."""

from __future__ import annotations

import hashlib
import io
import wave

from audio.g711 import RATE_HZ, decode_alaw


def pcm_wav(alaw: bytes) -> bytes:
    """Return a WAV file of 16-bit samples at 8 kHz, rendered from *alaw*.

    Neither a date nor a program's name is in it, so that its hash says what was rendered.
    """
    file = io.BytesIO()
    with wave.open(file, "wb") as wav:
        wav.setnchannels(1)
        wav.setsampwidth(2)
        wav.setframerate(RATE_HZ)
        wav.writeframes(decode_alaw(alaw).astype("<i2").tobytes())
    return file.getvalue()


def pcm_wav_sha256(alaw: bytes) -> str:
    """Return the SHA-256 of `pcm_wav`, in hexadecimal."""
    return hashlib.sha256(pcm_wav(alaw)).hexdigest()
