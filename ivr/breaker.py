"""A circuit breaker: a route that fails call after call is left alone for a while.

The packages for it (pybreaker, aiobreaker, circuitbreaker) wrap a function and count its
exceptions. Here a fault is a value, calls overlap, and the question is asked *before* a drop is
dialled, for what is dialled is never dialled again; so the state machine is our own.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class BreakerSettings:
    """When a breaker opens, and for how long."""

    faults: int = 5
    "Faults in a row, none answered or refused by a callee between them, that open it."
    within_s: float = 120.0
    "How near they must lie together."
    pause_s: float = 30.0
    "How long it stays open before one call tries the route again."
    operator_pause_s: float = 600.0
    "The same where only an operator can put right what is wrong."


#: The turn of a call that no turn is.
_LATE = -1


class Breaker:
    """Closed: calls go. Open: none does. Half open: one does, and decides."""

    def __init__(self, settings: BreakerSettings | None = None) -> None:
        self._settings = settings or BreakerSettings()
        self._faults: deque[float] = deque(maxlen=self._settings.faults)
        self._open_until: float | None = None
        self._is_trying = False
        self._turn = 0

    @property
    def is_open(self) -> bool:
        """Whether the route was found broken, and no call has shown the contrary since."""
        return self._open_until is not None

    def room(self, now: float) -> int | None:
        """Return how many calls may start at *now*; `None`: as many as there are lines."""
        if self._open_until is None:
            return None
        return int(now >= self._open_until and not self._is_trying)

    def took(self, now: float) -> int:
        """Count one call as started; return the turn that `told` and `gave_up` want.

        A drop takes a moment to be cleared. One whose route broke in that moment leaves all the
        same, but is no trial, and its end says nothing.
        """
        if self.room(now) == 0:
            return _LATE
        self._is_trying = self.is_open
        return self._turn

    def is_turn(self, turn: int) -> bool:
        """Tell whether the breaker has neither opened nor closed since that turn was given."""
        return turn == self._turn

    def gave_up(self, turn: int) -> None:
        """Forget a call that was never placed: another one may try."""
        if turn == self._turn:
            self._is_trying = False

    def told(
        self,
        turn: int,
        now: float,
        *,
        is_fault: bool,
        needs_operator: bool = False,
        of: int = 1,
    ) -> bool:
        """Take into account what a call came to; tell whether it opened the breaker.

        A batch counts as many calls as it is made *of*: no second one is lost to find out.
        What began before the breaker last opened or closed says nothing of the route today.
        """
        if turn != self._turn:
            return False
        self._is_trying = False
        if not is_fault:
            self._close()
            return False
        self._faults.extend(now for _ in range(min(of, self._settings.faults)))
        if not (self.is_open or needs_operator or self._are_enough(now)):
            return False
        settings = self._settings
        pause_s = settings.operator_pause_s if needs_operator else settings.pause_s
        self._open_until = now + pause_s
        self._turn += 1
        return True

    def _are_enough(self, now: float) -> bool:
        is_full = len(self._faults) == self._settings.faults
        return is_full and now - self._faults[0] <= self._settings.within_s

    def _close(self) -> None:
        self._faults.clear()
        if self.is_open:
            self._open_until = None
            self._turn += 1
