"""The dialling loop: it claims what is due, finds each drop a route, and lets it be dialled."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime, timedelta

import structlog

from engine import operations
from engine.bootstrap import Engine
from engine.dialling import Pace
from engine.interfaces import Claim, StoreUnavailable
from ivr.batches import Batches
from ivr.conduct import Conductor
from ivr.gathering import Gathering
from ivr.routes import OpenRoute, Routes
from ivr.tasks import Tasks
from ivr.threads import StoreThreads
from ivr.ways import Ways

#: Seconds between two looks at the queue when nothing is due.
IDLE_S = 0.2

#: Looks for a free line before a claimed drop is put off.
LINE_TRIES = 25

#: How long a drop is put off: its routes are broken; they have no line.
BROKEN_FOR, BUSY_FOR = timedelta(seconds=10), timedelta(seconds=1)

log = structlog.get_logger(__name__)


class Dialling:
    """What one voice process dials, call by call or batch by batch, in its own name *worker*.

    While *is_halted* nobody is dialled; *open_routes* opens those that a campaign newly names;
    what is dialled goes on among *calls*.
    """

    def __init__(
        self,
        engine: Engine,
        routes: Routes,
        conductor: Conductor,
        *,
        worker: str,
        threads: StoreThreads,
        calls: Tasks,
        is_halted: Callable[[], bool],
        open_routes: Callable[[], Awaitable[object]],
    ) -> None:
        settings = engine.settings
        self._engine = engine
        self._routes = routes
        self._conductor = conductor
        self._worker = worker
        self._threads = threads
        self._calls = calls
        self._is_halted = is_halted
        self._open_routes = open_routes
        self._pace = Pace(settings.calls_per_second, settings.calls_at_once)
        self._ways = Ways(engine)
        self._gathering = Gathering()
        self._batches = Batches(
            engine, threads, conductor, is_halted=is_halted, lose_sight=self._lose_sight
        )
        self._lost_sight = False
        self._one_drop = asyncio.Lock()

    async def at_rest(self) -> None:
        """Wait until no drop is between its "dialled" and its call: a stop leaves none unknown."""
        async with self._one_drop:
            return

    async def go_on(self, stopping: asyncio.Event) -> None:
        """Dial until *stopping*; the loop outlives whatever one round meets, and says so."""
        while not stopping.is_set():
            taken = 0
            try:
                taken = await self._round(stopping)
            except StoreUnavailable as error:
                self._lose_sight()
                log.error("nobody is dialled without the store", reason=str(error))
            except Exception:
                log.exception("a round of dialling failed; trying again")
            if not taken:
                await asyncio.sleep(IDLE_S)

    async def hand_over(self, stopping: asyncio.Event) -> None:
        """Let batches leave that are gathered, until *stopping*: their claims are given back."""
        while not stopping.is_set():
            for gathered in self._gathering.due(time.monotonic()):
                self._calls.start(self._batches.hand_over(gathered))
            await asyncio.sleep(IDLE_S)

    def _lose_sight(self) -> None:
        """Have what was dialled while the store went away settled before anybody else is."""
        self._lost_sight = True

    async def _round(self, stopping: asyncio.Event) -> int:
        """Claim what there is room for and start it; return how many drops were taken.

        What is claimed and not dialled when the process stops is given back as it leaves.
        """
        now = time.monotonic()
        room = min(self._pace.room(now, len(self._calls)), self._routes.room(now))
        if room < 1 or self._is_halted():
            return 0
        if self._lost_sight:
            await self._threads.run(self._conductor.settle_lost, self._worker)
            self._lost_sight = False
        most = await self._rooms(now)
        claims = await self._threads.run(
            operations.claim_due,
            self._engine,
            self._worker,
            at=self._engine.clock(),
            beat_at=datetime.now(UTC),
            limit=room,
            most=most,
        )
        for claim in claims:
            async with self._one_drop:
                if stopping.is_set():
                    break
                await self._dial(claim)
        return len(claims)

    async def _rooms(self, now: float) -> dict[str, int]:
        """Return how many calls each running campaign may start on the routes that it names."""
        routes = await self._threads.run(self._ways.running)
        if self._routes.lacks(name for names in routes.values() for name in names):
            await self._open_routes()
        return {campaign: self._routes.room_of(names, now) for campaign, names in routes.items()}

    async def _dial(self, claim: Claim) -> None:
        """Dial one claimed drop on the first of its routes that fits, works and has a line.

        Without one the drop is put off, for as long as nothing was dialled. Where no route fits,
        clearance says why. While an opt-out waits on disk the claim is left to its lease.
        """
        fit = await self._threads.run(self._ways.fit, claim)
        route = await self._free_route(fit) if fit else None
        if route is None and fit:
            await self._put_off(claim, fit)
            return
        if self._is_halted():
            return
        if route is not None and route.deposits is not None:
            self._gathering.take(claim, route, time.monotonic())  # dialled with its batch
            return
        name = route.route.name if route else ""  # no such route: clearance refuses
        dialled = await self._threads.run(self._conductor.dial, claim, name)
        if isinstance(dialled, operations.Dial) and route is not None:
            self._pace.took(time.monotonic())
            route.take(time.monotonic())
            self._calls.start(self._conductor.conduct(dialled, route))

    async def _free_route(self, names: Sequence[str]) -> OpenRoute | None:
        """Wait a moment for a line of one of the routes *names*, unless all are broken."""
        for _ in range(LINE_TRIES):
            route = self._routes.choose(names, time.monotonic())
            if route is not None or self._routes.are_broken(names):
                return route
            await asyncio.sleep(IDLE_S)
        return None

    async def _put_off(self, claim: Claim, names: Sequence[str]) -> None:
        """Give back a drop whose routes are broken, or have no line."""
        after = BROKEN_FOR if self._routes.are_broken(names) else BUSY_FOR
        until = self._engine.clock() + after
        await self._threads.run(operations.put_off, self._engine, claim, until=until)
