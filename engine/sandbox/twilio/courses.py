"""Courses: what takes time on the clock, written as a generator that waits and asks."""

from __future__ import annotations

from collections import deque
from collections.abc import Generator
from dataclasses import dataclass
from typing import TypeVar

from engine.sandbox.twilio.clock import Clock, Do
from engine.sandbox.twilio.web import Answered, Deliver, WebRequest, ask_once

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Wait:
    """Wait so long for somebody to `Course.tell` something; `None` is sent when nobody did."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Ask:
    """Make one request to the outside; its `Answered` is sent."""

    request: WebRequest


Steps = Generator[Wait | Ask, object, T]


def asked(request: WebRequest) -> Steps[Answered]:
    """Make one request and return what came of it."""
    answered = yield Ask(request)
    assert isinstance(answered, Answered)
    return answered


class Course:
    """Runs steps on the clock. What it is told while it does not wait, it learns at its next wait.

    Everything here happens with the clock's lock held.
    """

    def __init__(self, clock: Clock, deliver: Deliver, steps: Steps[None]) -> None:
        self._clock, self._deliver, self._steps = clock, deliver, steps
        self._told: deque[object] = deque()
        self._waits = 0
        self._is_waiting = False
        clock.under_way += 1
        clock.after(0.0, lambda: self._go_on(None))

    def tell(self, what: object) -> None:
        """Tell the course something, now."""
        self._told.append(what)
        if self._is_waiting:
            self._is_waiting = False
            self._clock.after(0.0, lambda: self._go_on(self._told.popleft()))

    def _go_on(self, sent: object) -> None:
        try:
            step = self._steps.send(sent)
        except StopIteration:
            self._clock.under_way -= 1
            return
        match step:
            case Wait() if self._told:
                self._clock.after(0.0, lambda: self._go_on(self._told.popleft()))
            case Wait(seconds):
                self._is_waiting = True
                self._waits += 1
                self._clock.after(seconds, self._elapsed(self._waits))
            case Ask(request):
                self._clock.aside(lambda: self._ask(request))

    def _elapsed(self, wait: int) -> Do:
        """Return what ends the wait of that number, if it still lasts."""

        def end() -> None:
            if self._is_waiting and self._waits == wait:
                self._is_waiting = False
                self._go_on(None)

        return end

    def _ask(self, request: WebRequest) -> Do:
        answered = ask_once(self._deliver, request)
        took_s = 0.0 if self._clock.executor else answered.took_s
        return lambda: self._clock.after(took_s, lambda: self._go_on(answered))
