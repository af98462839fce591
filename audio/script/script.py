"""The script of an announcement: who speaks, in which language, and the segments to say."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Final

from audio.refusal import AudioRefused

LANGUAGES: Final = ("fr", "en")
#: A minute of speech holds about 900 characters: what is far longer is no announcement.
MAX_CHARACTERS: Final = 1500
MAX_SEGMENTS: Final = 40
_SCRIPT_KEYS = frozenset({"sender", "language", "segment"})
_SEGMENT_KEYS = frozenset({"text", "only", "purpose"})


class Variant(Enum):
    """Whom an announcement is for."""

    PERSON = "person"  #: Somebody who listens, and can press a key
    MACHINE = "machine"  #: A mailbox, which has no keys


@dataclass(frozen=True, slots=True)
class Segment:
    """One piece of the text."""

    text: str
    only: Variant | None = None
    "The variant it belongs to; `None`: both."
    purpose: bool = False
    "It says why the sender calls."


@dataclass(frozen=True, slots=True)
class Script:
    """What an announcement says, before it is spoken."""

    sender: str
    language: str
    segments: tuple[Segment, ...]

    @classmethod
    def parse(cls, source: str) -> Script:
        """Read a script's TOML; raises `AudioRefused` naming the field that is wrong."""
        try:
            read = tomllib.loads(source)
        except tomllib.TOMLDecodeError as error:
            raise AudioRefused("script_toml", detail=str(error)) from error
        _check_keys(read, _SCRIPT_KEYS, "")
        language = _text(read, "language", "")
        if language not in LANGUAGES:
            raise AudioRefused("script_language", language=language)
        script = cls(_text(read, "sender", ""), language, _segments(read.get("segment")))
        if sum(len(segment.text) for segment in script.segments) > MAX_CHARACTERS:
            raise AudioRefused("script_long", limit=MAX_CHARACTERS)
        return script

    def of(self, variant: Variant) -> tuple[Segment, ...]:
        """Return the segments that a variant says, in order."""
        return tuple(segment for segment in self.segments if segment.only in (None, variant))


def text(script: Script, variant: Variant) -> str:
    """Return all that a variant says; a segment without a full stop gets one."""
    return " ".join(closed(segment.text) for segment in script.of(variant))


def closed(sentence: str) -> str:
    """End a text with a full stop, unless it ends already."""
    return sentence if sentence[-1] in ".!?…" else f"{sentence}."


def _segments(rows: object) -> tuple[Segment, ...]:
    if not isinstance(rows, list) or not rows or len(rows) > MAX_SEGMENTS:
        raise AudioRefused("script_segments", limit=MAX_SEGMENTS)
    return tuple(_segment(row, f"segment {place}: ") for place, row in enumerate(rows, start=1))


def _segment(row: object, where: str) -> Segment:
    if not isinstance(row, dict):
        raise AudioRefused("script_field", field=f"{where}text")
    _check_keys(row, _SEGMENT_KEYS, where)
    only, purpose = row.get("only"), row.get("purpose", False)
    if only not in (None, *(variant.value for variant in Variant)):
        raise AudioRefused("script_only", field=f"{where}only")
    if not isinstance(purpose, bool):
        raise AudioRefused("script_field", field=f"{where}purpose")
    return Segment(_text(row, "text", where), Variant(only) if only else None, purpose)


def _text(row: Mapping[str, object], name: str, where: str) -> str:
    value = row.get(name)
    if not isinstance(value, str) or not value.strip() or "\0" in value:
        raise AudioRefused("script_field", field=f"{where}{name}")
    return " ".join(value.split())


def _check_keys(row: Mapping[str, object], known: frozenset[str], where: str) -> None:
    for key in row:
        if key not in known:
            raise AudioRefused("script_key", field=f"{where}{key}", known=", ".join(sorted(known)))
