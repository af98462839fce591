"""An announcement made from its script: for each variant the bytes that will be played."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

import numpy as np

from audio.prepare import Report, prepare
from audio.script import Script, Variant, text
from audio.speech import speak


@dataclass(frozen=True, slots=True)
class Announcement:
    """One variant, spoken; it is named by the hash of its bytes."""

    alaw: bytes
    text: str
    report: Report

    @property
    def sha256(self) -> str:
        """The SHA-256 of the A-law bytes, in hexadecimal."""
        return hashlib.sha256(self.alaw).hexdigest()


def make(script: Script) -> dict[Variant, Announcement]:
    """Speak both variants of a script; the same script always gives the same bytes.

    Raises `AudioRefused` for a variant that is empty, too short or longer than a minute.
    """
    return {variant: _spoken(script, variant) for variant in Variant}


def _spoken(script: Script, variant: Variant) -> Announcement:
    said = text(script, variant)
    speech = speak(said, language=script.language)
    prepared = prepare((speech.pcm / 32768).astype(np.float32), speech.rate_hz)
    return Announcement(alaw=prepared.alaw, text=said, report=prepared.report)
