"""Key presses as RTP events (RFC 4733)."""

from __future__ import annotations

import struct
from collections import deque
from dataclasses import dataclass

from engine.rtp.packet import FRAME_SAMPLES

KEYS = "0123456789*#ABCD"  #: By event code (RFC 4733, 3.2, table 3)
END_PACKETS = 3  #: Times the end of an event is sent (RFC 4733, 2.5.1.4)
LONGEST_SEGMENT = 0xFFFF  #: An event going on longer is cut in segments (RFC 4733, 2.5.1.3)

_PAYLOAD = struct.Struct("!BBH")
_REMEMBERED = 8  # events; a late or repeated packet of any of them is no new key


@dataclass(frozen=True, slots=True)
class TelephoneEvent:
    """The payload of an event packet (RFC 4733, 2.3); *duration* in samples."""

    event: int
    duration: int
    end: bool = False
    volume: int = 10

    @classmethod
    def parse(cls, payload: bytes) -> TelephoneEvent:
        """Read the first event of a payload; ValueError when there is none."""
        if len(payload) < _PAYLOAD.size:
            raise ValueError("a telephone-event has 4 bytes")
        event, flags, duration = _PAYLOAD.unpack_from(payload)
        return cls(event, duration, end=bool(flags & 0x80), volume=flags & 0x3F)

    def __bytes__(self) -> bytes:
        """Return the payload."""
        return _PAYLOAD.pack(self.event, self.end << 7 | self.volume, self.duration)

    @property
    def key(self) -> str:
        """The key, or "" for an event that is none (flash, tones...)."""
        return KEYS[self.event] if self.event < len(KEYS) else ""


class KeyReceiver:
    """Turns the event packets of one call into keys, each counted once.

    All packets of an event carry the timestamp of its beginning (RFC 4733, 2.2.1), so any one
    of them is enough: the packet with the marker may be lost, or all but an end packet.
    """

    def __init__(self) -> None:
        self._counted: deque[int] = deque(maxlen=_REMEMBERED)
        self._going_on: tuple[int, int] | None = None

    def receive(self, timestamp: int, payload: bytes) -> str:
        """Return the key that this packet begins, or "" when it begins none."""
        try:
            event = TelephoneEvent.parse(payload)
        except ValueError:
            return ""
        is_new = timestamp not in self._counted
        if is_new:
            self._counted.append(timestamp)
        is_next_segment = is_new and self._going_on == (event.event, timestamp)
        self._going_on = _next_segment(event, timestamp)
        return event.key if is_new and not is_next_segment else ""


def _next_segment(event: TelephoneEvent, timestamp: int) -> tuple[int, int] | None:
    """Return the event and timestamp that would continue *event*, if it can be continued."""
    if event.end or event.duration != LONGEST_SEGMENT:
        return None
    return event.event, (timestamp + event.duration) & 0xFFFFFFFF


def press(key: str, *, duration_ms: int = 100) -> tuple[TelephoneEvent, ...]:
    """Return what to send, a packet each 20 ms, for *key*; ValueError for an unknown key.

    All of them carry the timestamp of the first, and only the first the marker
    (RFC 4733, 2.5.1).
    """
    if len(key) != 1:
        raise ValueError("one key at a time")
    event = KEYS.index(key)
    steps = max(1, duration_ms // 20)
    going_on = (TelephoneEvent(event, step * FRAME_SAMPLES) for step in range(1, steps))
    end = TelephoneEvent(event, steps * FRAME_SAMPLES, end=True)
    return (*going_on, *[end] * END_PACKETS)
