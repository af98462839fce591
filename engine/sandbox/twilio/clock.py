"""The double's clock: a heap of what is due, moved by hand or by a thread."""

from __future__ import annotations

import heapq
import itertools
import threading
from collections.abc import Callable
from concurrent.futures import Executor
from datetime import datetime, timedelta
from typing import Final

Do = Callable[[], None]
#: Is run without the lock; what it returns is run with it.
Aside = Callable[[], Do]

_SETTLED_WITHIN_S: Final = 6 * 3600.0


class Clock:
    """Virtual time: `now_s` moves only in `advance`, from one due event to the next.

    Whoever touches what events touch holds `lock`. Requests to the outside are made `aside`, the
    lock free, so that their answerer may talk to the double meanwhile, from any thread.
    """

    def __init__(self, starts_at: datetime) -> None:
        self.lock: Final = threading.RLock()
        self.now_s = 0.0
        "Seconds since the start."
        self.executor: Executor | None = None
        "Where what goes aside runs; `None`: at once, before the next event."
        self._starts_at = starts_at
        self.under_way = 0
        "Courses that are not over, and events that `settle` must await."
        self._due: list[tuple[float, int, Do]] = []
        self._asides: list[Aside] = []
        self._count = itertools.count()
        self._changed = threading.Condition(self.lock)

    @property
    def at(self) -> datetime:
        """The virtual date and time, aware."""
        return self.date(self.now_s)

    def date(self, when_s: float) -> datetime:
        """Return *when_s* as date and time."""
        return self._starts_at + timedelta(seconds=when_s)

    def after(self, seconds: float, do: Do) -> None:
        """Let *do* happen *seconds* from now, with the lock held."""
        with self.lock:
            due = self.now_s + max(0.0, seconds)
            heapq.heappush(self._due, (due, next(self._count), do))
            self._changed.notify_all()

    def surely_after(self, seconds: float, do: Do) -> None:
        """The same, and `settle` waits for it."""

        def happen() -> None:
            self.under_way -= 1
            do()

        with self.lock:
            self.under_way += 1
            self.after(seconds, happen)

    def aside(self, work: Aside) -> None:
        """Have *work* done without the lock; call this from an event."""
        if self.executor is None:
            self._asides.append(work)
        else:
            self.executor.submit(self._finish, work)

    def _finish(self, work: Aside) -> None:
        conclude = work()
        self.after(0.0, conclude)

    def advance(self, seconds: float) -> None:
        """Let *seconds* pass, and everything happen that falls due."""
        with self.lock:
            end_s = self.now_s + seconds
        while self.step(end_s):
            pass
        with self.lock:
            self.now_s = max(self.now_s, end_s)

    def settle(self) -> None:
        """Let time pass until nothing is under way (RuntimeError: six hours are not enough)."""
        with self.lock:
            end_s = self.now_s + _SETTLED_WITHIN_S
        while self.under_way and self.step(end_s):
            pass
        if self.under_way:
            raise RuntimeError("the double's calls do not come to an end")

    def step(self, until_s: float) -> bool:
        """Let the next thing happen that is due by *until_s*; False when nothing is."""
        with self.lock:
            if not self._due or self._due[0][0] > until_s:
                return False
            when_s, _, do = heapq.heappop(self._due)
            self.now_s = max(self.now_s, when_s)
            do()
        while self._asides:
            conclude = self._asides.pop(0)()
            with self.lock:
                conclude()
        return True

    def wait_for_change(self, at_most_s: float) -> None:
        """Wait until the next event is due, something new is, or *at_most_s* passed."""
        with self.lock:
            due_in_s = self._due[0][0] - self.now_s if self._due else at_most_s
            if due_in_s > 0:
                self._changed.wait(min(due_in_s, at_most_s))
