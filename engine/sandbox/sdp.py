"""Just enough SDP for one audio stream: what the far end offers, what a line says (RFC 4566)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

CODECS: Final = {"PCMA": 8, "PCMU": 0}
EVENT_TYPE: Final = 101
_EVENT_MAP: Final = re.compile(r"^a=rtpmap:(\d+) telephone-event/8000", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Media:
    """Where the far end listens, and in what it speaks."""

    address: tuple[str, int]
    codec: str
    event_type: int | None
    "Payload type of telephone events; `None` when the far end does not know them."


def parse(body: bytes, *, only: str = "") -> Media:
    """Read an offer or an answer; *only* names the one codec the line speaks.

    Raises ValueError when there is no audio in common.
    """
    lines = body.decode("utf-8", "replace").splitlines()
    audio = next((n for n, line in enumerate(lines) if line.startswith("m=audio ")), None)
    if audio is None:
        raise ValueError("the description has no audio")
    own = _until_next_media(lines[audio + 1 :])
    session = _until_next_media(lines)
    port, types = _audio_line(lines[audio])
    return Media((_host(own) or _host(session), port), _codec(types, only), _events(own, types))


def describe(host: str, port: int, *, codec: str, event_type: int | None, number: int) -> bytes:
    """Return the description of a line's audio; *number* tells one description from the next."""
    types = [CODECS[codec]] if codec else list(CODECS.values())
    lines = [
        "v=0",
        f"o=sandbox {number} {number} IN IP4 {host}",
        "s=-",
        f"c=IN IP4 {host}",
        "t=0 0",
        f"m=audio {port} RTP/AVP {' '.join(map(str, [*types, *_listed(event_type)]))}",
        *(f"a=rtpmap:{number} {name}/8000" for name, number in CODECS.items() if number in types),
    ]
    if event_type is not None:
        lines += [f"a=rtpmap:{event_type} telephone-event/8000", f"a=fmtp:{event_type} 0-15"]
    return "\r\n".join([*lines, "a=ptime:20", "a=sendrecv", ""]).encode()


def _listed(event_type: int | None) -> list[int]:
    return [] if event_type is None else [event_type]


def _until_next_media(lines: list[str]) -> list[str]:
    end = next((n for n, line in enumerate(lines) if line.startswith("m=")), len(lines))
    return lines[:end]


def _host(lines: list[str]) -> str:
    found = next((line for line in lines if line.startswith("c=IN IP4 ")), "")
    return found.removeprefix("c=IN IP4 ").split("/")[0].strip()


def _audio_line(line: str) -> tuple[int, list[int]]:
    words = line.split()
    if len(words) < 4 or not all(word.isdecimal() for word in [words[1], *words[3:]]):
        raise ValueError("the audio line cannot be read")
    if not 0 < int(words[1]) < 65536:
        raise ValueError("the audio is refused (port 0)")
    return int(words[1]), [int(word) for word in words[3:]]


def _codec(types: list[int], only: str) -> str:
    spoken = [name for name, number in CODECS.items() if only in ("", name) and number in types]
    if not spoken:
        raise ValueError("no codec in common")
    return min(spoken, key=lambda name: types.index(CODECS[name]))


def _events(lines: list[str], types: list[int]) -> int | None:
    for found in filter(None, map(_EVENT_MAP.match, lines)):
        if int(found[1]) in types:
            return int(found[1])
    return None
