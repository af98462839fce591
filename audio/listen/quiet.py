"""The silence that must follow a tone before it is taken for the beep; many calls at once."""

from __future__ import annotations

import numpy as np

from audio.listen.beeps import Candidate
from audio.listen.spectrum import FRAME_MS, Flags, Frames, Slots

_BELOW_TONE_DB = 8.0
_ABOVE_FLOOR_DB = 6.0
_NOISY_FRAMES = 3


class QuietWatch:
    """Waits, on the slots where a tone just ended, for enough silence or for something else."""

    def __init__(self, capacity: int) -> None:
        """Make room for *capacity* slots."""
        self._waits = np.zeros(capacity, np.bool_)
        self._quiet_ms = np.zeros(capacity, np.int32)
        self._noisy = np.zeros(capacity, np.int32)
        self._needed_ms = np.zeros(capacity, np.int32)
        self._level = np.zeros(capacity, np.float32)
        self._candidates: dict[int, Candidate] = {}

    def expect(self, slot: int, candidate: Candidate) -> None:
        """Wait for the silence that this candidate needs."""
        self._candidates[slot] = candidate
        self._waits[slot] = True
        self._quiet_ms[slot] = 0
        self._noisy[slot] = 0
        self._needed_ms[slot] = candidate.quiet_ms
        self._level[slot] = candidate.tone.level_db

    def clear(self, slot: int) -> None:
        """Wait for nothing on this slot."""
        self._waits[slot] = False
        self._candidates.pop(slot, None)

    def watch(self, slots: Slots, heard: Frames, sounding: Flags) -> list[tuple[int, Candidate]]:
        """Take one frame of each slot; return the rows whose silence is complete."""
        rows = np.flatnonzero(self._waits[slots])
        if not rows.size:
            return []
        waiting = slots[rows]
        below_tone = self._level[waiting] - _BELOW_TONE_DB
        above_floor = heard.floor_db[rows] + _ABOVE_FLOOR_DB
        loud = heard.level_db[rows] > np.maximum(below_tone, above_floor)
        self._noisy[waiting] += loud & ~sounding[rows]
        self._quiet_ms[waiting] += np.where(loud | sounding[rows], 0, FRAME_MS)
        for slot in waiting[self._noisy[waiting] >= _NOISY_FRAMES]:
            self.clear(int(slot))
        done = self._waits[waiting] & (self._quiet_ms[waiting] >= self._needed_ms[waiting])
        complete = []
        for row in rows[done]:
            slot = int(slots[row])
            complete.append((int(row), self._candidates[slot]))
            self.clear(slot)
        return complete
