"""The listening side of N calls: whatever the network does, one frame a call a tick."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from audio.g711 import ALAW_SILENCE, ALAW_TO_FLOAT, ULAW_TO_FLOAT, alaw_to_ulaw
from engine.rtp.packet import FRAME_SAMPLES

DELAY_FRAMES = 2  #: What a stream is held back at its beginning, so that jitter is not loss
DEEPEST_FRAMES = 6  #: A stream that ran further ahead skips frames
HOLD_FRAMES = 3  #: A missing frame is the last one again, 60 ms at most (G.711 App. I, 2)
RING_FRAMES = 16
LATE_PACKETS = 5  #: So many late in a row: it is the stream's clock that moved
SPARE_FRAMES = 50  #: A hurried stream that had one to spare for so long skips it

_RING_SAMPLES = RING_FRAMES * FRAME_SAMPLES
_TABLES = np.stack([ULAW_TO_FLOAT, ALAW_TO_FLOAT])
_SILENCES = np.array([alaw_to_ulaw(ALAW_SILENCE)[0], ALAW_SILENCE[0]], dtype=np.uint8)


class PlayoutBank:
    """Jitter buffers of up to *capacity* calls, placed by RTP timestamp.

    Frames go out one a call a tick. When a frame is missing and later ones are there, it is
    lost: the last one is held and the stream goes on. When nothing is there, the stream waits.

    A stream that somebody talks over is *hurried*: it is not held back at its beginning, so that
    only the jitter that it really has delays it, and it makes up for what it once waited.
    """

    def __init__(self, capacity: int) -> None:
        self._ring = np.zeros((capacity, RING_FRAMES, FRAME_SAMPLES), dtype=np.uint8)
        self._level = np.zeros((capacity, RING_FRAMES), dtype=np.uint8)
        self._head = np.zeros(capacity, dtype=np.intp)
        self._head_timestamp = np.zeros(capacity, dtype=np.uint32)
        self._is_started = np.zeros(capacity, dtype=bool)
        self._is_alaw = np.ones(capacity, dtype=np.intp)
        self._last = np.zeros((capacity, FRAME_SAMPLES), dtype=np.uint8)
        self._held = np.zeros(capacity, dtype=np.intp)
        self._waited = np.zeros(capacity, dtype=np.intp)
        self._late = np.zeros(capacity, dtype=np.intp)
        self._delay = np.full(capacity, DELAY_FRAMES, dtype=np.intp)
        self._shallowest = np.full(capacity, RING_FRAMES, dtype=np.intp)
        self._watched = np.zeros(capacity, dtype=np.intp)

    def open(self, slot: int) -> None:
        """Make the slot ready for a new call."""
        self._is_started[slot] = False
        self._level[slot] = 0
        self._waited[slot] = 0
        self._late[slot] = 0
        self._is_alaw[slot] = 1
        self._last[slot] = ALAW_SILENCE[0]
        self._held[slot] = HOLD_FRAMES
        self._delay[slot] = DELAY_FRAMES

    def hurry(self, slot: int, is_hurried: bool) -> None:
        """Begin the stream anew, with as little delay as it can have, or with the usual one."""
        self._delay[slot] = 0 if is_hurried else DELAY_FRAMES
        self._level[slot] = 0
        self._held[slot] = HOLD_FRAMES
        self._watch_anew(np.array([slot]))
        self.restart(slot)

    def restart(self, slot: int) -> None:
        """Expect a new stream on the slot: its source changed (RFC 3550, 8.2)."""
        self._is_started[slot] = False

    def put(
        self,
        slots: NDArray[np.intp],
        timestamps: NDArray[np.uint32],
        is_alaw: NDArray[np.bool_],
        payloads: NDArray[np.uint8],
    ) -> None:
        """Take packets of 20 ms, in order of arrival; *payloads* has shape (n, 160)."""
        offsets = (timestamps - self._head_timestamp[slots]).view(np.int32)
        is_placed = self._is_started[slots] & (offsets >= 0) & (offsets < _RING_SAMPLES)
        is_placed &= (offsets % FRAME_SAMPLES == 0) & ((self._waited[slots] == 0) | (offsets == 0))
        placed = slots[is_placed]
        where = (self._head[placed] + offsets[is_placed] // FRAME_SAMPLES) % RING_FRAMES
        self._ring[placed, where] = payloads[is_placed]
        self._level[placed, where] = FRAME_SAMPLES
        self._waited[placed] = 0
        self._late[placed] = 0
        self._is_alaw[slots] = is_alaw
        for i in np.flatnonzero(~is_placed):
            self._place(int(slots[i]), int(timestamps[i]), payloads[i])

    def put_one(self, slot: int, timestamp: int, is_alaw: bool, payload: bytes) -> None:
        """Take a packet of any length up to 100 ms; a longer one is ignored."""
        if 0 < len(payload) <= 5 * FRAME_SAMPLES:
            self._is_alaw[slot] = is_alaw
            self._place(slot, timestamp, np.frombuffer(payload, dtype=np.uint8))

    def take(self, slots: NDArray[np.intp]) -> NDArray[np.float32]:
        """Return one frame for each of *slots*, shape (n, 160) in [-1, 1], and move on."""
        self._move_on(slots)
        return self._decoded(slots)

    def take_codes(self, slots: NDArray[np.intp]) -> tuple[NDArray[np.uint8], NDArray[np.intp]]:
        """Return one frame for each of the hurried *slots* as it came, and move on.

        Codes of shape (n, 160), and which of them are A-law (1) or mu-law (0).
        """
        depth = self._move_on(slots)
        self._make_up(slots, depth)
        is_alaw = self._is_alaw[slots]
        codes = self._last[slots]
        is_over = self._held[slots] > HOLD_FRAMES
        codes[is_over] = _SILENCES[is_alaw[is_over], np.newaxis]
        return codes, is_alaw

    def _move_on(self, slots: NDArray[np.intp]) -> NDArray[np.intp]:
        """Let the next frame of each of *slots* be its last one; return how many there were."""
        head = self._head[slots]
        level = self._level[slots]
        is_there = level[np.arange(len(slots)), head] >= FRAME_SAMPLES // 2
        there = slots[is_there]
        self._last[there] = self._ring[there, head[is_there]]
        self._held[slots] = np.where(is_there, 0, self._held[slots] + 1)
        depth: NDArray[np.intp] = np.count_nonzero(level, axis=1)
        self._waited[slots] += (depth == 0) & self._is_started[slots]
        self._skip(slots[depth > 0])
        self._skip(slots[depth > DEEPEST_FRAMES])
        return depth

    def _make_up(self, slots: NDArray[np.intp], depth: NDArray[np.intp]) -> None:
        """Skip a frame where one was to spare all the time: the delay of a jitter that is over."""
        self._shallowest[slots] = np.minimum(self._shallowest[slots], depth)
        self._watched[slots] += 1
        watched = slots[self._watched[slots] >= SPARE_FRAMES]
        self._skip(watched[self._shallowest[watched] > 1])
        self._watch_anew(watched)

    def _watch_anew(self, slots: NDArray[np.intp]) -> None:
        self._shallowest[slots] = RING_FRAMES
        self._watched[slots] = 0

    def _decoded(self, slots: NDArray[np.intp]) -> NDArray[np.float32]:
        frames = _TABLES[self._is_alaw[slots][:, np.newaxis], self._last[slots]]
        frames[self._held[slots] > HOLD_FRAMES] = 0.0
        return frames

    def _skip(self, slots: NDArray[np.intp]) -> None:
        """Move the head of *slots* (each at most once among them) on by one frame."""
        self._level[slots, self._head[slots]] = 0
        self._head[slots] = (self._head[slots] + 1) % RING_FRAMES
        self._head_timestamp[slots] += np.uint32(FRAME_SAMPLES)

    def _place(self, slot: int, timestamp: int, payload: NDArray[np.uint8]) -> None:
        """Place one packet that is not simply one of the next frames."""
        offset = self._offset(slot, timestamp)
        is_strange = not -_RING_SAMPLES < offset <= _RING_SAMPLES - len(payload)
        if offset < 0:
            self._late[slot] += 1
        if not self._is_started[slot] or is_strange or self._late[slot] >= LATE_PACKETS:
            self._begin(slot, timestamp)
        elif offset < 0:
            return
        self._catch_up(slot, timestamp)
        self._write(slot, self._offset(slot, timestamp), payload)

    def _offset(self, slot: int, timestamp: int) -> int:
        """Return how many samples *timestamp* is ahead of the head (modulo 2**32, signed)."""
        ahead = (timestamp - int(self._head_timestamp[slot])) & 0xFFFFFFFF
        return ahead - (1 << 32) if ahead >> 31 else ahead

    def _begin(self, slot: int, timestamp: int) -> None:
        """Start the stream over at *timestamp*."""
        self._level[slot] = 0
        self._head_timestamp[slot] = (
            timestamp - int(self._delay[slot]) * FRAME_SAMPLES
        ) & 0xFFFFFFFF
        self._is_started[slot] = True
        self._waited[slot] = 0
        self._late[slot] = 0

    def _catch_up(self, slot: int, timestamp: int) -> None:
        """Skip the frames that were waited for and lost, lest waiting and loss add up."""
        gap = self._offset(slot, timestamp) // FRAME_SAMPLES
        for _ in range(min(gap, int(self._waited[slot]))):
            self._skip(np.array([slot]))
        self._waited[slot] = 0

    def _write(self, slot: int, offset: int, payload: NDArray[np.uint8]) -> None:
        first = int(self._head[slot]) * FRAME_SAMPLES + offset
        where = (first + np.arange(len(payload))) % _RING_SAMPLES
        self._ring[slot].reshape(-1)[where] = payload
        added = np.bincount(where // FRAME_SAMPLES, minlength=RING_FRAMES)
        self._level[slot] = np.minimum(self._level[slot] + added, FRAME_SAMPLES)
