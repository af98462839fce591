"""The RFC's timers, and the agenda that rings them."""

from __future__ import annotations

import heapq
from collections.abc import Callable
from enum import Enum

T1 = 0.5  # Round-trip time estimate, in seconds (RFC 3261, 17.1.1.1)
T2 = 4.0  # Longest interval between retransmissions, in seconds (RFC 3261, 17.1.2.2)
T4 = 5.0  # Longest time a message stays in the network, in seconds (RFC 3261, 17.1.2.2)


class Timer(Enum):
    """The timers of the transactions (RFC 3261, table 4; RFC 6026, 7 and 8)."""

    A = "A"  #: INVITE request retransmission
    B = "B"  #: INVITE client transaction gives up
    D = "D"  #: Wait for retransmissions of a failure
    E = "E"  #: Non-INVITE request retransmission
    F = "F"  #: Non-INVITE client transaction gives up
    G = "G"  #: INVITE response retransmission
    H = "H"  #: Wait for the ACK of a failure
    I = "I"  #: Wait for retransmissions of that ACK  # noqa: E741
    J = "J"  #: Wait for retransmissions of a non-INVITE request
    K = "K"  #: Wait for retransmissions of a response
    L = "L"  #: Wait for retransmissions of an accepted INVITE
    M = "M"  #: Wait for retransmissions of a 2xx, and for other forks'


DURATION_S = {
    Timer.A: T1,
    Timer.B: 64 * T1,
    Timer.D: 32.0,
    Timer.E: T1,
    Timer.F: 64 * T1,
    Timer.G: T1,
    Timer.H: 64 * T1,
    Timer.I: T4,
    Timer.J: 64 * T1,
    Timer.K: T4,
    Timer.L: 64 * T1,
    Timer.M: 64 * T1,
}
"What each timer is set to first, in seconds, over an unreliable transport."

CAP_S = {Timer.A: 64 * T1, Timer.E: T2, Timer.G: T2}
"The timers that double each time they fire, and up to what, in seconds."


class Alarm:
    """One thing to do at one instant; `cancel` it and it is never done."""

    __slots__ = ("_agenda", "action", "at")

    def __init__(self, at: float, action: Callable[[float], object], agenda: Agenda) -> None:
        self.at = at
        self.action: Callable[[float], object] | None = action
        self._agenda = agenda

    def cancel(self) -> None:
        """Forget it; twice does no harm."""
        if self.action is not None:
            self.action = None
            self._agenda.note_cancelled()


class Agenda:
    """Alarms in a heap; cancelled ones stay until they are due or outnumber the others."""

    def __init__(self) -> None:
        self._heap: list[tuple[float, int, Alarm]] = []
        self._count = 0
        self._cancelled = 0

    def __len__(self) -> int:
        return len(self._heap) - self._cancelled

    def set(self, at: float, action: Callable[[float], object]) -> Alarm:
        """Call ``action(now)`` once *at* is reached."""
        alarm = Alarm(at, action, self)
        self._count += 1
        heapq.heappush(self._heap, (at, self._count, alarm))
        return alarm

    def note_cancelled(self) -> None:
        """Count a cancelled alarm, and sweep when they are the majority."""
        self._cancelled += 1
        if self._cancelled > 512 and self._cancelled * 2 > len(self._heap):
            self._heap = [entry for entry in self._heap if entry[2].action is not None]
            heapq.heapify(self._heap)
            self._cancelled = 0

    def next_due(self) -> float | None:
        """The instant of the next alarm."""
        while self._heap and self._heap[0][2].action is None:
            heapq.heappop(self._heap)
            self._cancelled -= 1
        return self._heap[0][0] if self._heap else None

    def ring(self, now: float) -> None:
        """Do everything that is due at *now*, in order."""
        while (due := self.next_due()) is not None and due <= now:
            alarm = heapq.heappop(self._heap)[2]
            action, alarm.action = alarm.action, None
            if action is not None:
                action(now)
