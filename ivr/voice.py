"""The voice process: it dials what is due, converses, and answers who calls back."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import UTC, datetime

import structlog

from engine import operations
from engine.bootstrap import Engine, check_clock
from engine.interfaces import Carrier, Route, StoreUnavailable
from engine.operations import deposits
from ivr.conduct import Conductor
from ivr.dialling import Dialling
from ivr.guards import Guards
from ivr.remote import RemoteCalls
from ivr.routes import OpenRoute, RouteRefused, Routes
from ivr.spool import Spool
from ivr.tasks import Tasks
from ivr.threads import StoreThreads

#: Seconds between two rounds of each duty that keeps the house.
BEAT_S, SEAL_S, RECOVER_S, SPOOL_S, ROUTES_S = 1.0, 0.5, 2.0, 1.0, 2.0

#: Seconds between two looks of the health guards.
GUARDS_S = 5.0

#: Seconds between two looks at what providers told of deposits.
DEPOSITS_S = 0.5

#: Seconds between two looks for ringing calls that must stop ringing.
CALL_OFF_S = 0.2

log = structlog.get_logger(__name__)


class Voice:
    """One voice process.

    It claims due drops, dials each after a clearance of that instant, holds the
    conversation and concludes; it answers inbound calls; it beats, recovers the
    calls of dead processes, delivers spooled opt-outs and seals the journal.
    """

    def __init__(self, engine: Engine, routes: Routes, *, worker: str) -> None:
        settings = engine.settings
        self._engine = engine
        self._routes = routes
        self._worker = worker
        self._threads = StoreThreads()
        self._spool = Spool(settings.data_dir / "opt_outs.spool")
        self._conductor = Conductor(engine, self._spool, self._threads)
        self._remote = RemoteCalls(
            engine, routes, self._conductor.under_way, threads=self._threads, worker=worker
        )
        self._calls = Tasks()
        self._answering: dict[str, asyncio.Task[None]] = {}
        self._stopping = asyncio.Event()
        self._guards = Guards(engine, worker)
        self._dialling = Dialling(
            engine,
            routes,
            self._conductor,
            worker=worker,
            threads=self._threads,
            calls=self._calls,
            is_halted=lambda: not self._spool.is_empty,
            open_routes=self._open_routes,
        )

    async def run(self) -> None:
        """Work until `stop` is called, then let the calls end; raises what a duty raised."""
        await self._threads.run(self._beat)
        refused = await self._open_routes()
        if refused and not self._routes.names:
            raise refused[0]
        duties = {
            asyncio.create_task(self._until_cancelled(self._dialling.go_on), name="dialling"),
            asyncio.create_task(self._keep_routes(), name="routes"),
            asyncio.create_task(self._every(BEAT_S, self._beat), name="heartbeat"),
            asyncio.create_task(self._every(SEAL_S, self._seal), name="journal"),
            asyncio.create_task(self._every(RECOVER_S, self._recover), name="recovery"),
            asyncio.create_task(self._every(SPOOL_S, self._deliver), name="spool"),
            asyncio.create_task(self._every(GUARDS_S, self._guards.look), name="guards"),
            asyncio.create_task(self._call_off(), name="calling off"),
            *(asyncio.create_task(d, name=name) for name, d in self._remote.duties().items()),
            asyncio.create_task(self._until_cancelled(self._dialling.hand_over), name="batches"),
            asyncio.create_task(self._every(DEPOSITS_S, self._apply_deposits), name="deposits"),
        }
        stopping = asyncio.create_task(self._stopping.wait())
        try:
            over, _ = await asyncio.wait({*duties, stopping}, return_when=asyncio.FIRST_COMPLETED)
            for task in over - {stopping}:
                task.result()
            with suppress(TimeoutError):
                await asyncio.wait_for(self._dialling.at_rest(), self._engine.settings.drain_s)
            await self._calls.drain(self._engine.settings.drain_s)
        finally:
            await self._close({*duties, stopping, *self._answering.values()})

    def stop(self) -> None:
        """Dial nobody any more; the calls that are open may end by themselves."""
        self._stopping.set()

    async def _close(self, tasks: set[asyncio.Task[None] | asyncio.Task[bool]]) -> None:
        """End every task and call, and leave the journal sealed."""
        self._threads.is_closing = True
        self._conductor.under_way.close()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self._routes.close()
        await self._calls.over()
        await self._threads.run(self._deliver)
        await self._threads.run(self._leave)
        await self._threads.run(self._seal)
        self._threads.close()

    async def _keep_routes(self) -> None:
        """Open the carriers of routes that were added, or could not be opened before."""
        while True:
            await asyncio.sleep(ROUTES_S)
            try:
                await self._open_routes()
            except OSError as error:
                log.error("the routes cannot be read", reason=str(error))

    async def _open_routes(self) -> list[RouteRefused]:
        """Open every route that is not, and answer its inbound calls; return why some cannot."""
        refused = await self._routes.open_all(await self._threads.run(self._known_routes))
        for route in self._routes.all:
            if route.live is not None and route.route.name not in self._answering:
                answering = asyncio.create_task(self._answer(route, route.live))
                self._answering[route.route.name] = answering
        return refused

    def _known_routes(self) -> list[Route]:
        with self._engine.store.read() as unit:
            routes = list(unit.setup.routes())
        check_clock(self._engine.settings, routes)
        return routes

    async def _answer(self, route: OpenRoute, carrier: Carrier) -> None:
        while True:
            call = await carrier.next_inbound()
            self._calls.start(self._conductor.answer(call, route))

    async def _until_cancelled(self, duty: Callable[[asyncio.Event], Awaitable[None]]) -> None:
        """Do *duty* until the process stops; then wait: a duty that ends would end the process."""
        await duty(self._stopping)
        await asyncio.Event().wait()

    async def _every(self, period_s: float, duty: Callable[[], None]) -> None:
        """Do *duty* again and again; a store that is away, or a full disk, is waited for."""
        while True:
            try:
                await self._threads.run(duty)
            except OSError as error:
                log.error("a duty is put off", duty=duty.__name__, reason=str(error))
            await asyncio.sleep(period_s)

    async def _call_off(self) -> None:
        """Let calls stop ringing whose callee objected, or whose campaign was halted."""
        ringing = self._conductor.ringing
        while True:
            await asyncio.sleep(CALL_OFF_S)
            if ringing:
                with suppress(StoreUnavailable):
                    ringing.call_off(
                        await self._threads.run(operations.called_off, self._engine, self._worker)
                    )

    def _apply_deposits(self) -> None:
        at = self._engine.clock()
        deposits.apply_deposits(self._engine, at=at)
        if unknown := deposits.judge_overdue(self._engine, at=at):
            log.warning("a provider never told what became of its deposits", calls=unknown)

    def _beat(self) -> None:
        operations.beat(self._engine, self._worker, beat_at=_now())

    def _leave(self) -> None:
        operations.leave(self._engine, self._worker, at=self._engine.clock())

    def _seal(self) -> None:
        operations.seal(self._engine, self._engine.settings.heads_path, at=self._engine.clock())

    def _recover(self) -> None:
        """Settle what dead processes left; after an absence of the store, say first we live."""
        self._beat()
        found = operations.recover(
            self._engine,
            at=self._engine.clock(),
            beat_at=_now(),
            silent_s=self._engine.settings.worker_silence_s,
        )
        if found.unknown or found.released:
            log.warning("a voice process died", unknown=found.unknown, released=found.released)

    def _deliver(self) -> None:
        delivered = self._spool.deliver(self._conductor.take_spooled)
        if delivered:
            log.warning("spooled opt-outs reached the store", count=delivered)


def _now() -> datetime:
    return datetime.now(UTC)
