"""The sending side of N calls: their headers stamped by numpy, a frame each 20 ms."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from audio.g711 import ALAW_SILENCE, alaw_to_ulaw, decode_ulaw, encode_alaw
from engine.rtp.packet import FRAME_S, FRAME_SAMPLES, HEADER_BYTES, VERSION
from engine.rtp.shelf import SILENT_FRAME, Shelf
from engine.rtp.telephone_event import TelephoneEvent, press

PACKET_BYTES = HEADER_BYTES + FRAME_SAMPLES
_ULAW = np.frombuffer(alaw_to_ulaw(bytes(range(256))), dtype=np.uint8)
_ALAW = np.frombuffer(encode_alaw(decode_ulaw(bytes(range(256)))), dtype=np.uint8)
_SAME = np.arange(256, dtype=np.uint8)
#: What a code becomes, by the law it came in and the law it goes in (0 mu-law, 1 A-law).
_RELAYED = np.stack([np.stack([_SAME, _ALAW]), np.stack([_ULAW, _SAME])])
_GAP_FRAMES = 4  # of silence after a key: the far end must hear two equal keys as two


@dataclass(frozen=True, slots=True)
class Stamped:
    """The packets of one tick: row i is ``packets[i, :lengths[i]]``, of the i-th slot asked."""

    packets: NDArray[np.uint8]
    lengths: NDArray[np.uint32]
    played: NDArray[np.intp]
    "The slots whose payload's last frame is among these packets."


@dataclass(slots=True)
class _Keys:
    """Keys being sent on one call, and the timestamp at which the current one began."""

    payload_type: int
    waiting: deque[TelephoneEvent | None] = field(default_factory=deque)
    began: int | None = None


class SendingBank:
    """RTP streams (RFC 3550, 5.1) of up to *capacity* calls, one slot each."""

    def __init__(self, capacity: int, *, random: np.random.Generator) -> None:
        self._random = random
        self._shelf = Shelf()
        self._payloads: dict[int, bytes] = {}
        self._keys: dict[int, _Keys] = {}
        self._cursor = np.full(capacity, SILENT_FRAME, dtype=np.intp)
        self._stop = np.zeros(capacity, dtype=np.intp)
        self._sequence = np.zeros(capacity, dtype=np.uint16)
        self._timestamp = np.zeros(capacity, dtype=np.uint32)
        self._payload_type = np.zeros(capacity, dtype=np.uint8)
        self._is_ulaw = np.zeros(capacity, dtype=bool)
        self._first = np.zeros(capacity, dtype=bool)
        self._fed: dict[int, NDArray[np.uint8]] = {}
        self.ssrc = np.zeros(capacity, dtype=np.uint32)

    def open(self, slot: int, *, payload_type: int, is_ulaw: bool, ssrc: int) -> None:
        """Begin a silent stream; sequence and timestamp start at random (RFC 3550, 5.1)."""
        self._sequence[slot] = self._random.integers(1 << 16)
        self._timestamp[slot] = self._random.integers(1 << 32)
        self.switch(slot, payload_type=payload_type, is_ulaw=is_ulaw)
        self._first[slot] = True
        self.ssrc[slot] = ssrc

    def switch(self, slot: int, *, payload_type: int, is_ulaw: bool) -> None:
        """Send in another payload type from the next frame on, in the same stream."""
        self._payload_type[slot] = payload_type
        self._is_ulaw[slot] = is_ulaw

    def resume(self, slot: int, *, after_s: float) -> None:
        """Go on after *after_s* in which nothing was sent (RFC 3550, 5.1; RFC 3551, 4.1)."""
        self._timestamp[slot] += np.uint32(round(after_s / FRAME_S) * FRAME_SAMPLES % (1 << 32))
        self._first[slot] = True

    def close(self, slot: int) -> None:
        """Free the slot."""
        self.fall_silent(slot)
        self._keys.pop(slot, None)
        self._fed.pop(slot, None)

    def play(self, slot: int, payload: bytes) -> None:
        """Send *payload* (A-law) from the next frame on, instead of what was playing."""
        self.fall_silent(slot)
        self._payloads[slot] = payload = payload or ALAW_SILENCE
        self._cursor[slot], self._stop[slot] = self._shelf.put(payload)

    def fall_silent(self, slot: int) -> None:
        """Send silence from the next frame on."""
        payload = self._payloads.pop(slot, None)
        if payload is not None:
            self._shelf.release(payload)
        self._cursor[slot] = SILENT_FRAME
        self._stop[slot] = 0

    def feed(
        self, slots: NDArray[np.intp], codes: NDArray[np.uint8], is_alaw: NDArray[np.intp]
    ) -> None:
        """Send *codes*, shape (n, 160), as the next frame of each of *slots*, and nothing else.

        *is_alaw* says in which law each frame came (1 A-law, 0 mu-law); it leaves in its call's.
        """
        goes_alaw = (~self._is_ulaw[slots]).astype(np.intp)
        frames = _RELAYED[is_alaw[:, np.newaxis], goes_alaw[:, np.newaxis], codes]
        self._fed.update(zip(slots.tolist(), frames, strict=True))

    def is_playing(self, slot: int) -> bool:
        """Whether a payload is being sent."""
        return slot in self._payloads

    def press(self, slot: int, keys: str, *, payload_type: int) -> None:
        """Send *keys* as telephone-events (RFC 4733), in place of audio; ValueError if unknown."""
        events: list[TelephoneEvent | None] = []
        for key in keys:
            events += [*press(key), *[None] * _GAP_FRAMES]
        self._keys.setdefault(slot, _Keys(payload_type)).waiting.extend(events)

    def stamp(self, slots: NDArray[np.intp]) -> Stamped:
        """Return the next packet of each of *slots*, and move them on by 20 ms."""
        packets = np.empty((len(slots), PACKET_BYTES), dtype=np.uint8)
        self._write_headers(packets, slots)
        self._write_audio(packets, slots)
        lengths = np.full(len(slots), PACKET_BYTES, dtype=np.uint32)
        for i in np.flatnonzero(np.isin(slots, list(self._keys))) if self._keys else ():
            lengths[i] = self._write_key(packets[i], int(slots[i]))
        played = self._move_on(slots)
        return Stamped(packets, lengths, played)

    def _write_headers(self, packets: NDArray[np.uint8], slots: NDArray[np.intp]) -> None:
        packets[:, 0] = VERSION << 6
        packets[:, 1] = self._payload_type[slots] | self._first[slots] << np.uint8(7)
        packets[:, 2:4] = _big_endian(self._sequence[slots], ">u2")
        packets[:, 4:8] = _big_endian(self._timestamp[slots], ">u4")
        packets[:, 8:12] = _big_endian(self.ssrc[slots], ">u4")

    def _write_audio(self, packets: NDArray[np.uint8], slots: NDArray[np.intp]) -> None:
        frames = self._shelf.frames[self._cursor[slots]]
        is_ulaw = self._is_ulaw[slots]
        if is_ulaw.any():
            frames[is_ulaw] = _ULAW[frames[is_ulaw]]
        packets[:, HEADER_BYTES:] = frames
        for i in np.flatnonzero(np.isin(slots, list(self._fed))) if self._fed else ():
            packets[i, HEADER_BYTES:] = self._fed.pop(int(slots[i]))

    def _write_key(self, packet: NDArray[np.uint8], slot: int) -> int:
        """Put the slot's next event in place of its audio; return the packet's length."""
        keys = self._keys[slot]
        event = keys.waiting.popleft()
        if not keys.waiting:
            del self._keys[slot]
        if event is None:
            keys.began = None
            return PACKET_BYTES
        is_beginning = keys.began is None
        if keys.began is None:
            keys.began = int(self._timestamp[slot])
        payload = bytes(event)
        packet[1] = keys.payload_type | is_beginning << 7
        packet[4:8] = np.frombuffer(keys.began.to_bytes(4, "big"), dtype=np.uint8)
        packet[HEADER_BYTES : HEADER_BYTES + len(payload)] = np.frombuffer(payload, dtype=np.uint8)
        return HEADER_BYTES + len(payload)

    def _move_on(self, slots: NDArray[np.intp]) -> NDArray[np.intp]:
        """Advance sequence, timestamp and cursor; return the slots that played their last frame."""
        self._first[slots] = False
        self._sequence[slots] += np.uint16(1)
        self._timestamp[slots] += np.uint32(FRAME_SAMPLES)
        playing = slots[self._stop[slots] > 0]
        self._cursor[playing] += 1
        played: NDArray[np.intp] = playing[self._cursor[playing] == self._stop[playing]]
        for slot in played.tolist():
            self.fall_silent(slot)
        return played


def _big_endian(values: NDArray[np.unsignedinteger], order: str) -> NDArray[np.uint8]:
    """Return the bytes of *values* in network order, a row each."""
    return values.astype(order).view(np.uint8).reshape(len(values), values.itemsize)
