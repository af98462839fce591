"""The sounds that another network fetches from us: approved recordings, and our prompts."""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache

import structlog

from audio.prompts import Prompts, speak_prompt, warm
from engine.addresses import Recorded, Sound, Worded
from engine.interfaces import Means

log = structlog.get_logger(__name__)

#: WAVE_FORMAT_ALAW (RFC 2361, appendix A).
_ALAW = 6
_RATE_HZ = 8_000
_SHELF = 128


@dataclass(frozen=True, slots=True)
class SoundFile:
    """A sound as it is served."""

    etag: str
    "The SHA-256 of its A-law bytes: the one that was approved."
    wav: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Voices:
    """Which sound each prompt of a call is; names are those of `ivr.flow.Node.prompts`."""

    prompts: Prompts
    language: str
    recorded: Mapping[str, str] = field(default_factory=dict)
    "SHA-256 by name: the announcement's variants, the prompts of a scenario."

    def __call__(self, name: str) -> Sound:
        """Return the sound of a prompt's name; KeyError when there is none."""
        known = self.recorded.get(name)
        return Worded(self.prompts.text(name), self.language) if known is None else Recorded(known)


class SoundShelf:
    """The sounds of one web process, kept once they were asked for.

    A recording is what the store holds under its hash, and is hashed again before it is served. A
    prompt is spoken from its words, which its address carries: no web process needs to know what
    another one said, nor the store.
    """

    def __init__(self, means: Means) -> None:
        self._means = means
        self._recorded = lru_cache(maxsize=_SHELF)(self._load)

    def get(self, sound: Sound) -> SoundFile | None:
        """Return a sound; `None` when there is none, or when it is not what was approved.

        Raises StoreUnavailable while a recording that was never asked for cannot be read.
        """
        if isinstance(sound, Worded):
            return _spoken(sound)
        try:
            return self._recorded(sound.sha256)
        except KeyError:
            log.error("a recording is missing or was changed", sha256=sound.sha256)
            return None

    def warm(self) -> None:
        """Load what speaks: the first prompt of a process takes seconds."""
        warm()

    def _load(self, sha256: str) -> SoundFile:
        with self._means.store.read() as unit:
            alaw = unit.setup.recording(sha256)
        if alaw is None or hashlib.sha256(alaw).hexdigest() != sha256:
            raise KeyError(sha256)
        return SoundFile(sha256, wav(alaw))


@lru_cache(maxsize=_SHELF)
def _spoken(sound: Worded) -> SoundFile:
    alaw = speak_prompt(sound.text, sound.language)
    return SoundFile(hashlib.sha256(alaw).hexdigest(), wav(alaw))


def wav(alaw: bytes) -> bytes:
    """Return A-law at 8 kHz as a WAV file (RIFF: ``fmt``, ``fact`` and ``data`` chunks)."""
    padding = b"\0" * (len(alaw) % 2)
    form = struct.pack("<HHIIHHH", _ALAW, 1, _RATE_HZ, _RATE_HZ, 1, 8, 0)
    chunks = b"".join(
        (
            _chunk(b"fmt ", form),
            _chunk(b"fact", struct.pack("<I", len(alaw))),
            _chunk(b"data", alaw) + padding,
        )
    )
    return _chunk(b"RIFF", b"WAVE" + chunks)


def _chunk(name: bytes, content: bytes) -> bytes:
    return name + struct.pack("<I", len(content)) + content
