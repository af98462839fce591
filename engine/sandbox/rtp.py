"""The sandbox's own RTP: headers and telephone events (RFC 3550, 5.1; RFC 4733, 2.3)."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import Final

from engine.sandbox.performance import KeyFrame

_HEADER: Final = struct.Struct("!BBHII")
_EVENT: Final = struct.Struct("!BBH")
_VERSION: Final = 0x80
_MARKER: Final = 0x80
_EVENTS: Final = "0123456789*#ABCD"
_END: Final = 0x80
_VOLUME: Final = 10


@dataclass(frozen=True, slots=True)
class Packet:
    """One RTP packet."""

    payload_type: int
    sequence: int
    timestamp: int
    ssrc: int
    payload: bytes
    marker: bool = False

    @classmethod
    def parse(cls, data: bytes) -> Packet:
        """Read a packet; its padding and extension are skipped. Raises ValueError."""
        if len(data) < _HEADER.size or data[0] >> 6 != 2 or 72 <= data[1] & 0x7F <= 76:
            raise ValueError("not RTP")
        first, second, sequence, timestamp, ssrc = _HEADER.unpack_from(data)
        start, end = _HEADER.size + 4 * (first & 0x0F), len(data)
        if first & 0x10:
            if end < start + 4:
                raise ValueError("the header extension is cut off")
            start += 4 + 4 * int.from_bytes(data[start + 2 : start + 4], "big")
        if first & 0x20:
            end -= data[-1]
        if start > end:
            raise ValueError("the payload is cut off")
        marker = bool(second & _MARKER)
        return cls(second & 0x7F, sequence, timestamp, ssrc, data[start:end], marker)

    def __bytes__(self) -> bytes:
        second = self.payload_type | (_MARKER if self.marker else 0)
        header = _HEADER.pack(_VERSION, second, self.sequence, self.timestamp, self.ssrc)
        return header + self.payload


def event_payload(key: KeyFrame) -> bytes:
    """Return the payload of one telephone-event packet."""
    flags = _VOLUME | (_END if key.ends else 0)
    return _EVENT.pack(_EVENTS.index(key.digit), flags, key.duration)


def event_digit(payload: bytes) -> str | None:
    """Return the key of a telephone-event payload; `None` when it is not one of a keypad."""
    if len(payload) < _EVENT.size or payload[0] >= len(_EVENTS):
        return None
    return _EVENTS[payload[0]]
