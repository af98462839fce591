"""A route that is open, and the lines that its calls take."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Awaitable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TypeVar

import structlog

from engine.clearance import Clearance
from engine.dialling import Pace
from engine.interfaces import Carrier, LiveCall, NotAnswered, Placed, RemoteCarrier, Unsure
from engine.interfaces.deposits import DepositCarrier
from engine.interfaces.records import Route
from engine.outcome import Outcome
from ivr.breaker import Breaker
from ivr.opening import AnyCarrier

log = structlog.get_logger(__name__)

Reply = TypeVar("Reply")


@dataclass(slots=True)
class OpenRoute:
    """A route whose carrier is open, and how many calls it holds of ours."""

    route: Route
    carrier: AnyCarrier
    pace: Pace
    calls: int = 0
    unplaced: int = 0
    "Those of its calls that were dialled, and that the carrier does not count yet."
    breaker: Breaker = field(default_factory=Breaker)
    _turns: deque[int] = field(default_factory=deque)

    @property
    def live(self) -> Carrier | None:
        """The carrier, where we hold the audio of its calls."""
        return self.carrier if isinstance(self.carrier, Carrier) else None

    @property
    def remote(self) -> RemoteCarrier | None:
        """The carrier, where it conducts its calls itself and asks us what to say."""
        return self.carrier if isinstance(self.carrier, RemoteCarrier) else None

    @property
    def deposits(self) -> DepositCarrier | None:
        """The carrier, where it takes batches and deposits them itself."""
        return self.carrier if isinstance(self.carrier, DepositCarrier) else None

    def room(self, now: float) -> int:
        """Return how many calls may start on it at *now*.

        The carrier may hold a line longer than we hold its call: until the far end agrees.
        """
        lines = min(self.pace.room(now, self.calls), self.carrier.free_lines - self.unplaced)
        most = self.breaker.room(now)
        return max(0, lines if most is None else min(lines, most))

    @contextmanager
    def call(self) -> Iterator[TakenLine]:
        """Hold one of the route's lines for as long as a call lasts."""
        taken = self._turns.popleft() if self._turns else self.breaker.took(time.monotonic())
        line = TakenLine(self, taken)
        try:
            yield line
        finally:
            line.leave_to_carrier()
            line.give_up()
            self.calls -= 1

    def take(self, now: float) -> None:
        """Take one line for a call that was dialled; `call` gives it back."""
        self.calls += 1
        self.unplaced += 1
        self.pace.took(now)
        self._turns.append(self.breaker.took(now))

    def told(self, turn: int, reply: object, *, of: int = 1) -> None:
        """Take into account what a carrier answered *of* so many calls; `None`: it raised instead.

        Called off before anybody answered says nothing of the route.
        """
        if isinstance(reply, NotAnswered) and reply.outcome is Outcome.CANCELLED:
            self.breaker.gave_up(turn)
            return
        was_open = self.breaker.is_open
        opened = self.breaker.told(
            turn,
            time.monotonic(),
            is_fault=reply is None
            or isinstance(reply, Unsure)
            or (isinstance(reply, NotAnswered) and reply.is_routes_fault),
            needs_operator=isinstance(reply, NotAnswered) and reply.needs_operator,
            of=of,
        )
        if opened:
            cause = getattr(reply, "cause", "a fault of ours")
            log.error(
                "a route is broken; others take its drops", route=self.route.name, cause=cause
            )
        elif was_open and not self.breaker.is_open:
            log.info("a route works again", route=self.route.name)


class TakenLine:
    """A line that was taken for one call."""

    def __init__(self, route: OpenRoute, turn: int) -> None:
        self._route = route
        self._turn = turn
        self._is_unplaced = True
        self._was_told = False

    async def place(self, paper: Clearance, *, ring_s: float) -> LiveCall | NotAnswered:
        """Place a call whose audio we hold (`engine.interfaces.Carrier.place`)."""
        carrier = self._route.live
        if carrier is None:
            raise TypeError(f"route {self._route.route.name} is not live")
        return await self._judged(carrier.place(paper, ring_s=ring_s))

    async def place_remotely(
        self, paper: Clearance, *, call_id: int, ring_s: float, talk_s: float = 0.0, about: str = ""
    ) -> Placed | NotAnswered | Unsure:
        """Ask for a call that the carrier conducts (`engine.interfaces.RemoteCarrier.place`)."""
        carrier = self._route.remote
        if carrier is None:
            raise TypeError(f"route {self._route.route.name} does not conduct calls by itself")
        return await self._judged(
            carrier.place(paper, call_id=call_id, ring_s=ring_s, talk_s=talk_s, about=about)
        )

    async def hand_over(self, handing: Awaitable[Reply], *, of: int) -> Reply:
        """Hand over a batch *of* so many calls, this one among them (`DepositCarrier.deposit`)."""
        return await self._judged(handing, of=of)

    @property
    def is_current(self) -> bool:
        """Whether the route was neither found broken nor working again since the line was taken."""
        return self._route.breaker.is_turn(self._turn)

    async def _judged(self, placing: Awaitable[Reply], *, of: int = 1) -> Reply:
        """Tell the route's breaker what placing a call comes to."""
        self.leave_to_carrier()
        reply: Reply | None = None
        try:
            reply = await placing
        except asyncio.CancelledError:
            self.give_up()
            raise
        finally:
            if not self._was_told:
                self._was_told = True
                self._route.told(self._turn, reply, of=of)
        return reply

    def leave_to_carrier(self) -> None:
        """Count the line no more, since the carrier does; twice does no harm."""
        self._route.unplaced -= self._is_unplaced
        self._is_unplaced = False

    def give_up(self) -> None:
        """Let another call try the route, where this one was never placed."""
        if not self._was_told:
            self._was_told = True
            self._route.breaker.gave_up(self._turn)
