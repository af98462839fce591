"""What a line sends: frames of a performance in, RTP packets out; no input or output."""

from __future__ import annotations

import secrets
from typing import Final

from audio.g711 import ALAW_SILENCE, FRAME_BYTES, alaw_to_ulaw, decode_alaw
from engine.sandbox.performance import KeyFrame
from engine.sandbox.recording import Pcm
from engine.sandbox.rtp import Packet, event_payload
from engine.sandbox.sdp import CODECS, Media

_KEY_IN_THE_RECORDING: Final = ALAW_SILENCE * FRAME_BYTES


class Speaking:
    """The sending half of a call's audio; keeps what it sent."""

    def __init__(self) -> None:
        self._said: list[bytes] = []
        self._sequence = secrets.randbits(15)
        self._base = secrets.randbits(31)
        self._ssrc = secrets.randbits(32)
        self._event_stamp = 0

    @property
    def frames(self) -> int:
        """How many frames were sent."""
        return len(self._said)

    def pcm(self) -> Pcm:
        """Return what was said; a key press is silence."""
        return decode_alaw(b"".join(self._said))

    def packet(self, frame: bytes | KeyFrame, media: Media | None) -> Packet | None:
        """Return the next packet; `None` while nobody has said where to send it."""
        stamp = (self._base + self.frames * FRAME_BYTES) & 0xFFFFFFFF
        self._said.append(_KEY_IN_THE_RECORDING if isinstance(frame, KeyFrame) else frame)
        if media is None:
            return None
        self._sequence = (self._sequence + 1) & 0xFFFF
        if isinstance(frame, KeyFrame):
            return self._event(frame, stamp, media)
        payload = alaw_to_ulaw(frame) if media.codec == "PCMU" else frame
        return Packet(CODECS[media.codec], self._sequence, stamp, self._ssrc, payload)

    def _event(self, key: KeyFrame, stamp: int, media: Media) -> Packet | None:
        """Return an event packet; all packets of one carry its start as time stamp (RFC 4733)."""
        if media.event_type is None:
            return None
        begins = key.duration == FRAME_BYTES
        if begins:
            self._event_stamp = stamp
        payload, stamp = event_payload(key), self._event_stamp
        return Packet(media.event_type, self._sequence, stamp, self._ssrc, payload, marker=begins)
