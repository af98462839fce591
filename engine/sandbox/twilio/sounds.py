"""What `<Play>` fetched: how long it lasts, and its bytes by name."""

from __future__ import annotations

import io
from dataclasses import dataclass
from hashlib import sha256
from typing import Final

import soundfile

#: Twilio: `<Play>`, supported audio file types.
TYPES: Final = frozenset(
    {
        *("audio/mpeg", "audio/wav", "audio/wave", "audio/x-wav", "audio/aiff"),
        *("audio/x-aifc", "audio/x-aiff", "audio/x-gsm", "audio/gsm", "audio/ulaw"),
    }
)
_ALAW_FORMAT: Final = 6


class SoundRefused(ValueError):
    """Nothing that can be played (Twilio: 12300)."""


@dataclass(frozen=True, slots=True)
class Playable:
    """A file of audio."""

    sha256: str
    alaw_sha256: str
    "Of its samples, where they are A-law; else empty."
    duration_s: float


def playable(content_type: str, body: bytes) -> Playable:
    """Judge what was fetched; raises SoundRefused."""
    if content_type.partition(";")[0].strip().lower() not in TYPES:
        raise SoundRefused(f"{content_type} is no type of audio")
    try:
        with soundfile.SoundFile(io.BytesIO(body)) as file:
            duration_s = file.frames / file.samplerate
    except soundfile.LibsndfileError as error:
        raise SoundRefused(str(error)) from None
    alaw = _alaw_samples(body)
    return Playable(sha256(body).hexdigest(), sha256(alaw).hexdigest() if alaw else "", duration_s)


def _alaw_samples(body: bytes) -> bytes:
    """Return the samples of an A-law WAV file (RIFF, format 6), else nothing."""
    place, is_alaw = 12, False
    while body[:4] == b"RIFF" and place + 8 <= len(body):
        name, size = body[place : place + 4], int.from_bytes(body[place + 4 : place + 8], "little")
        chunk = body[place + 8 : place + 8 + size]
        if name == b"fmt ":
            is_alaw = int.from_bytes(chunk[:2], "little") == _ALAW_FORMAT
        if name == b"data":
            return chunk if is_alaw else b""
        place += 8 + size + size % 2
    return b""
