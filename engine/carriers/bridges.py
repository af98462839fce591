"""Bridges: two calls that hear each other, each sent what the other one says."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from engine.rtp.packet import FRAME_SAMPLES
from engine.rtp.receiving import ReceivingBank
from engine.rtp.sending import SendingBank

_NOBODY = -1


class Bridges:
    """The bridges of a port, by the slots of their two calls; used by the pacer's thread alone.

    What a call says is taken when the other one's next packet is due, and not before: it waits
    for that phase (20 ms at most) and for the jitter it has, for nothing else. Each stream keeps
    its own SSRC, numbering and time stamps (RFC 3550, 7: this end speaks, it does not translate).
    """

    def __init__(self, capacity: int, sending: SendingBank, receiving: ReceivingBank) -> None:
        self._sending, self._receiving = sending, receiving
        self._other = np.full(capacity, _NOBODY, dtype=np.intp)
        self._open = 0

    def join(self, one: int, other: int) -> None:
        """Let two slots hear each other, and whoever they heard before no more."""
        self.part(one)
        self.part(other)
        self._other[one], self._other[other] = other, one
        self._open += 1
        for slot in (one, other):
            self._sending.fall_silent(slot)
            self._receiving.hurry(slot, True)

    def part(self, slot: int) -> tuple[int, ...]:
        """End the slot's bridge, if it has one; return the two slots that it joined."""
        other = int(self._other[slot])
        if other == _NOBODY:
            return ()
        self._open -= 1
        for each in (slot, other):
            self._other[each] = _NOBODY
            self._receiving.hurry(each, False)
        return slot, other

    def joined(self, slots: NDArray[np.intp]) -> NDArray[np.bool_]:
        """Tell which of *slots* are bridged."""
        joined: NDArray[np.bool_] = self._other[slots] != _NOBODY
        return joined

    def feed(self, slots: NDArray[np.intp]) -> None:
        """Hand those of *slots* that are bridged what their next packet says."""
        if self._open and len(fed := slots[self.joined(slots)]):
            codes, is_alaw = self._receiving.take_codes(self._other[fed])
            self._sending.feed(fed, codes, is_alaw)

    def frames_to_hear(self, slots: NDArray[np.intp]) -> NDArray[np.float32]:
        """Return the next frame of each of *slots*; silence for one that is bridged.

        Its frames are the other's: the ear rests meanwhile, and only its clock runs.
        """
        if not self._open or not (joined := self.joined(slots)).any():
            return self._receiving.take(slots)
        frames = np.zeros((len(slots), FRAME_SAMPLES), dtype=np.float32)
        frames[~joined] = self._receiving.take(slots[~joined])
        return frames
