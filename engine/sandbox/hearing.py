"""What a line hears: RTP datagrams in, a recording and key presses out; no input or output."""

from __future__ import annotations

from typing import Final

from engine.sandbox.performance import Performance
from engine.sandbox.recording import Recording
from engine.sandbox.rtp import Packet, event_digit
from engine.sandbox.sdp import CODECS, Media

#: For each A-law code, the code of its magnitude: it grows with the sample's size.
_LOUDNESS: Final = bytes((code ^ 0x55) & 0x7F for code in range(256))
#: About -36 dBFS: above a line's noise, below any speech.
_LOUD: Final = 0x20
#: Ten minutes: whatever the far end sends, a call's memory is bounded.
_MOST_PACKETS: Final = 30_000


class Hearing:
    """The receiving half of a call's audio; times in seconds from the answer."""

    def __init__(self) -> None:
        self.recording = Recording()
        self.keys: list[tuple[str, float]] = []
        self.packets = 0
        self.last_s = 0.0
        "When something was last received."
        self._lost = 0
        self._source = -1
        self._sequence = 0
        self._stamp = 0
        self._event: tuple[int, int] | None = None

    @property
    def lost(self) -> int:
        """Packets that the sequence numbers announce and that have not come."""
        return max(0, self._lost)

    def receive(
        self, data: bytes, at_s: float, *, media: Media, performance: Performance | None
    ) -> None:
        """Take one datagram; what is not this call's audio or keys is ignored."""
        try:
            packet = Packet.parse(data)
        except ValueError:
            return
        self.last_s = at_s
        if packet.payload_type == media.event_type:
            self._follow(packet)
            self._hear_key(packet, at_s)
        elif packet.payload_type == CODECS[media.codec] and packet.payload:
            self._follow(packet)
            self._hear(packet.payload, at_s)
            if performance is not None and performance.listens:
                performance.hear(max(packet.payload.translate(_LOUDNESS)) >= _LOUD)

    def _hear(self, payload: bytes, at_s: float) -> None:
        if len(self.recording) < _MOST_PACKETS:
            self.recording.add(payload, arrived_s=at_s, timestamp=self._stamp, source=self._source)

    def _hear_key(self, packet: Packet, at_s: float) -> None:
        """Count a key once, by the time stamp of its event (RFC 4733, 2.5.1.2)."""
        digit, event = event_digit(packet.payload), (packet.ssrc, packet.timestamp)
        if digit is not None and event != self._event:
            self._event = event
            self.keys.append((digit, at_s))

    def _follow(self, packet: Packet) -> None:
        """Unwrap the sequence number and the time stamp; a new source starts afresh."""
        self.packets += 1
        if packet.ssrc != self._source:
            self._source, self._sequence, self._stamp = (
                packet.ssrc,
                packet.sequence,
                packet.timestamp,
            )
            return
        ahead = (packet.sequence - self._sequence + 0x8000) % 0x10000 - 0x8000
        self._lost += ahead - 1 if ahead > 0 else -1
        self._sequence += max(0, ahead)
        later = (packet.timestamp - self._stamp + 0x80000000) % 0x100000000 - 0x80000000
        self._stamp += later
