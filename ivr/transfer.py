"""A transfer over SIP: ring the sender's people, connect both calls, part them again."""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Any, TypeVar

import structlog

from audio.ringback import EVERY_S, ringback
from engine import operations
from engine.bootstrap import Engine
from engine.interfaces import Happening, LiveCall, NotAnswered, StoreUnavailable, Switchboard
from engine.operations import Parting, TransferDial, TransferWish
from ivr.lines import OpenRoute
from ivr.threads import StoreThreads

#: How long the sender's people are rung.
RING_S = 30.0

#: How long a free line of the route is waited for, and between two looks for one.
LINE_WITHIN_S, LINE_EVERY_S = 3.0, 0.05

log = structlog.get_logger(__name__)

_T = TypeVar("_T")

#: What a transfer has come to until more is known.
LEFT = Parting(has_talked=False, cause="the callee left it")

#: What `operations.transfer` answers.
_Answer = TransferDial | operations.Refused | operations.Gone


@dataclass(slots=True)
class _Course:
    """What one transfer has come to so far."""

    parting: Parting = LEFT


class Transfers:
    """Connects callees with the sender's people, for one voice process."""

    def __init__(
        self,
        engine: Engine,
        threads: StoreThreads,
        note_over: Callable[[TransferWish, Parting], Coroutine[Any, Any, object]],
        *,
        ring_s: float = RING_S,
        line_within_s: float = LINE_WITHIN_S,
    ) -> None:
        """*note_over* records how a transfer ended, however long the store is away."""
        self._engine = engine
        self._threads = threads
        self._note_over = note_over
        self._ring_s = ring_s
        self._line_within_s = line_within_s
        self._background: set[asyncio.Future[Any]] = set()

    async def connect(self, call: LiveCall, route: OpenRoute, wish: TransferWish) -> bool:
        """Ring ``wish.target``, let both hear each other until it hangs up; tell whether they did.

        False when it was refused, busy, unanswered, or when the route has no line: the second
        call leaves at the route's pace and takes one of its lines. The callee hears ringing
        meanwhile. Cancelled, it lets go of *call* at once and ends the second call. The events of
        *call* are its caller's to read; nothing is playing on it afterwards.
        """
        board = route.carrier
        if not isinstance(board, Switchboard):
            log.warning("a route cannot connect two calls", route=route.route.name)
            return False
        call.play(ringback(math.ceil((self._line_within_s + self._ring_s) / EVERY_S)))
        try:
            if not await _took_line(route, self._line_within_s):
                log.warning("no line is free for a transfer", route=route.route.name)
                return False
            return await self._dial(call, route, board, wish)
        except StoreUnavailable as error:
            log.error("nobody is connected without the store", reason=str(error))
            return False
        finally:
            call.fall_silent()

    async def _dial(
        self, call: LiveCall, route: OpenRoute, board: Switchboard, wish: TransferWish
    ) -> bool:
        """Commit the transfer, then place its call on the line that was taken."""
        course = _Course()
        with route.call() as line:
            committing = self._keep(
                self._threads.run(operations.transfer, self._engine, wish, at=self._engine.clock())
            )
            try:
                answer = await asyncio.shield(committing)
                if not isinstance(answer, TransferDial):
                    _say_why(answer)
                    return False
                far = await line.place(answer.paper, ring_s=self._ring_s)
                if isinstance(far, NotAnswered):
                    course.parting = Parting(has_talked=False, cause=far.cause)
                    return False
                await self._talk(call, far, board, course)
                return True
            finally:
                self._keep(self._record(committing, wish, course))

    async def _talk(
        self, call: LiveCall, far: LiveCall, board: Switchboard, course: _Course
    ) -> None:
        """Let both hear each other until the far one ends, or the callee leaves."""
        cause = course.parting.cause
        try:
            with board.bridge(call, far):
                cause = await _end_of(far)
        finally:
            course.parting = Parting(has_talked=True, cause=cause, talked_s=far.elapsed_s)
            self._keep(far.hang_up())

    async def _record(
        self, committing: asyncio.Future[_Answer], wish: TransferWish, course: _Course
    ) -> None:
        """Write down how a transfer ended that was committed, and only such a one."""
        try:
            answer = await committing
        except StoreUnavailable:
            return  # its caller has said so
        if isinstance(answer, TransferDial):
            await self._note_over(wish, course.parting)

    def _keep(self, work: Coroutine[Any, Any, _T]) -> asyncio.Future[_T]:
        """Let *work* go on whoever waits for it."""
        task = asyncio.ensure_future(work)
        self._background.add(task)
        task.add_done_callback(self._background.discard)
        return task


async def _took_line(route: OpenRoute, within_s: float) -> bool:
    """Take a line of the route as soon as its pace has one; False when it has none for long."""
    deadline = time.monotonic() + within_s
    while not route.room(now := time.monotonic()):
        if now > deadline:
            return False
        await asyncio.sleep(LINE_EVERY_S)
    route.take(now)
    return True


async def _end_of(call: LiveCall) -> str:
    """Wait until *call* ends; return why it did."""
    while True:
        event = await call.next_event()
        if event is not None and event.what is Happening.ENDED:
            return event.cause


def _say_why(answer: operations.Refused | operations.Gone) -> None:
    if isinstance(answer, operations.Gone):
        log.warning("a transfer was not made", reason=answer.why)
    else:
        reasons = [finding.reason for finding in answer.paper.findings]
        log.warning("a transfer was refused", reasons=reasons)
