"""The duties of a voice process towards calls that other networks conduct.

Their reports reach the web processes, which commit them; any voice process applies them. What must
be asked of a carrier (to redirect a call, to let it stop ringing, to look where reports are lost)
is asked by the process that placed the call, or by any other once that one is dead. A verdict is
acted upon by whichever process applied it, once: a request that may have failed is not repeated.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, TypeVar

import structlog

from engine import operations
from engine.addresses import Addresses
from engine.bootstrap import Engine
from engine.interfaces import RemoteCarrier, SoughtCall, StoreUnavailable
from engine.interfaces.reports import RemoteCall
from engine.outcome import Outcome
from engine.reports import REDIRECTED, Verdict
from ivr.patience import Patience
from ivr.routes import Routes
from ivr.tasks import Tasks
from ivr.threads import StoreThreads
from ivr.underway import UnderWay

log = structlog.get_logger(__name__)

T = TypeVar("T")

#: Seconds between two looks for reports; a mailbox records from its verdict on.
LISTEN_S = 0.05

#: Seconds between two rounds of what is less urgent.
SETTLE_S, CALL_OFF_S, WATCH_S, WINDOW_S, LOOK_S = 0.5, 0.2, 0.5, 1.0, 5.0

#: The state that a machine's verdict leads to.
STATES = {Verdict.BEEP: "to_machine", Verdict.GREETING_OVER: "to_mute_machine"}

#: Seconds after which a call without its last report is looked for: the longest ring, and what
#: reports take; the call's own limit comes on top.
OVERDUE_S = 120.0

#: A call's longest duration in seconds where its route does not say (`limit_s`).
LIMIT_S = 120.0

#: Seconds after which nobody waits any more for a carrier to tell how a call ended.
GIVEN_UP_S = 24 * 3600.0


class RemoteCalls:
    """What one voice process owes to the calls that other networks conduct."""

    def __init__(
        self,
        engine: Engine,
        routes: Routes,
        under_way: UnderWay,
        *,
        threads: StoreThreads,
        worker: str,
    ) -> None:
        self._engine = engine
        self._routes = routes
        self._under_way = under_way
        self._threads = threads
        self._worker = worker
        self._overdue, self._sought, self._asked = Patience(), Patience(), Patience()
        self._steering = Tasks()
        self.lost_reports = 0
        "Calls whose end their carrier never told, and that had to be asked for."

    def duties(self) -> dict[str, Coroutine[Any, Any, None]]:
        """Return the duties, by their names; each goes on until it is cancelled."""
        return {
            "reports": self._listen(),
            "settling": self._every(SETTLE_S, self.settle),
            "calling off over networks": self._steer(CALL_OFF_S, self.call_off),
            "lines over networks": self._every(WATCH_S, self.free_lines),
            "window": self._steer(WINDOW_S, self.close_window),
            "looking": self._steer(LOOK_S, self.look),
        }

    async def _listen(self) -> None:
        """Apply reports as they come; without such a route there may be late ones still."""
        while True:
            taken = await self._steadily(self.apply)
            await asyncio.sleep(pause_s(taken or 0, has_carriers=self._has_carriers()))

    async def _every(self, period_s: float, duty: Callable[[], Awaitable[object]]) -> None:
        while True:
            await self._steadily(duty)
            await asyncio.sleep(period_s)

    async def _steer(self, period_s: float, duty: Callable[[], Awaitable[object]]) -> None:
        """Do a duty again and again that has something to ask of a carrier."""
        while True:
            if self._has_carriers():
                await self._steadily(duty)
            await asyncio.sleep(period_s)

    def _has_carriers(self) -> bool:
        return any(route.remote is not None for route in self._routes.all)

    async def _steadily(self, duty: Callable[[], Awaitable[T]]) -> T | None:
        """Do a duty; a store that is away is waited for."""
        try:
            return await duty()
        except StoreUnavailable as error:
            log.error("calls over networks wait for the store", reason=str(error))
            await asyncio.sleep(SETTLE_S)
            return None

    async def apply(self) -> int:
        """Apply reports that wait, and steer the calls whose machine records; return how many."""
        at = self._engine.clock()
        applied = await self._threads.run(operations.apply_reports, self._engine, at=at)
        for redirection in applied.redirections:
            self._start(self._redirect(redirection), redirection.call_id)
        for call_id, queue_ms in applied.waited:
            log.error(
                "a carrier let a call wait: lower the route's calls_per_second",
                call=call_id,
                queue_ms=queue_ms,
            )
        for call_id in applied.strange:
            log.error("a report names a call otherwise than its carrier did", call=call_id)
        for call_id in applied.late:
            log.error("a report comes long after its call's end; it changes nothing", call=call_id)
        return applied.count

    async def _redirect(self, redirection: operations.Redirection) -> None:
        carrier, public_url = self._carrier(redirection.route), self._engine.settings.public_url
        if carrier is None or public_url is None:
            log.error("a machine records, and its route is not open", route=redirection.route)
            return
        address = Addresses(public_url, self._engine.keys).answer(
            redirection.route,
            redirection.call_id,
            state=STATES[redirection.verdict],
            turn=REDIRECTED,
        )
        if not await carrier.redirect(redirection.reference, address):
            log.info("a call was over before its machine's beep", call=redirection.call_id)

    async def settle(self) -> int:
        """Conclude the calls whose reports have settled; return how many."""
        at = self._engine.clock()
        return await self._threads.run(operations.settle, self._engine, at=at)

    async def free_lines(self) -> None:
        """Give back the lines of the calls that are over, whichever process was told."""
        if ids := self._under_way.ids:
            self._under_way.are_over(await self._threads.run(operations.over, self._engine, ids))

    async def close_window(self) -> None:
        """Call off what waits or rings while its callee's hours have ended."""
        late = await self._threads.run(
            operations.close_window, self._engine, self._worker, at=self._engine.clock()
        )
        if late:
            log.warning("calls rang that may not any more", count=late)

    async def call_off(self) -> None:
        """Let calls stop ringing whose callee objected, or whose campaign was halted.

        A carrier that did not say whether it took the order is asked again.
        """
        called_off = await self._threads.run(
            operations.called_off_remote, self._engine, self._worker, at=self._engine.clock()
        )
        self._asked.forget_but(frozenset(call.id for call in called_off))
        for call in called_off:
            carrier = self._carrier(call.route)
            if carrier is not None and self._asked.is_due(call.id, time.monotonic()):
                self._start(_call_off(carrier, call), call.id)

    async def look(self) -> None:
        """Look for calls whose last report is overdue, and for those of unknown fate."""
        now, at = time.monotonic(), self._engine.clock()
        calls = await self._threads.run(operations.open_remote, self._engine, self._worker)
        self._overdue.forget_but(frozenset(call.id for call in calls))
        for call in calls:
            age_s = (at - call.dialled_at).total_seconds()
            if age_s > GIVEN_UP_S:
                await self._give_up(call)
            elif age_s > self._patience_s(call.route) and self._overdue.is_due(call.id, now):
                await self._supervised(self._fetch(call.id, call.route, call.reference), call.id)
        await self._look_for_unknown(now)

    async def _give_up(self, call: RemoteCall) -> None:
        """Conclude a call of which its carrier never told the end, asked or not."""
        log.error("a carrier never told how a call ended", call=call.id, route=call.route)
        await self._threads.run(
            operations.conclude,
            self._engine,
            call.id,
            Outcome.UNKNOWN,
            cause="its carrier never told how it ended",
            at=self._engine.clock(),
        )

    async def _look_for_unknown(self, now: float) -> None:
        at, names = self._engine.clock(), [route.route.name for route in self._routes.all]
        wanted: set[int] = set()
        for name in (name for name in names if self._carrier(name)):
            sought = await self._threads.run(
                operations.sought, self._engine, self._worker, name, at=at
            )
            wanted.update(one.call_id for one in sought)
            for one in sought:
                if self._sought.is_due(one.call_id, now):
                    await self._supervised(self._find(one, name), one.call_id)
        self._sought.forget_but(frozenset(wanted))

    def _patience_s(self, route: str) -> float:
        known = self._routes.get(route)
        limit = known.route.settings.get("limit_s") if known else None
        return OVERDUE_S + (float(limit) if isinstance(limit, int | float) else LIMIT_S)

    async def _find(self, sought: SoughtCall, route: str) -> None:
        """Look for a call that may have left; what the account shows of it is taken in."""
        carrier = self._carrier(route)
        reference = await carrier.find(sought) if carrier else None
        if reference is not None:
            await self._threads.run(operations.bind, self._engine, sought.call_id, reference)
            await self._fetch(sought.call_id, route, reference)

    async def _fetch(self, call_id: int, route: str, reference: str) -> None:
        """Take in how a call stands by its carrier's own list."""
        carrier = self._carrier(route)
        if carrier is None:
            return
        report = await carrier.fetch(reference)
        if report is None:
            log.error("a carrier knows no such call any more", call=call_id, route=route)
        at = self._engine.clock()
        if await self._threads.run(operations.take_look, self._engine, call_id, report, at=at):
            self.lost_reports += 1
            log.error(
                "a carrier's last report of a call is lost: check LICITE_PUBLIC_URL",
                call=call_id,
                route=route,
                lost=self.lost_reports,
            )

    def _carrier(self, route: str) -> RemoteCarrier | None:
        known = self._routes.get(route)
        return known.remote if known else None

    def _start(self, steering: Coroutine[Any, Any, None], call_id: int) -> None:
        self._steering.start(self._supervised(steering, call_id))

    async def _supervised(self, steering: Coroutine[Any, Any, None], call_id: int) -> None:
        """Steer one call; the call supervisor of calls that other networks conduct."""
        try:
            await steering
        except OSError as error:
            log.warning("a carrier did not say", call=call_id, reason=str(error))
        except Exception:
            log.exception("a call could not be steered", call=call_id)

    async def steered(self) -> None:
        """Wait until every request to a carrier that is under way was answered."""
        await self._steering.over()


def pause_s(taken: int, *, has_carriers: bool) -> float:
    """Return how long to wait after a round that applied *taken* reports.

    Only where it left some behind is the next one due at once: whoever takes reports one by one as
    they come keeps the web processes waiting to commit the next.
    """
    if taken >= operations.APPLIED_AT_ONCE:
        return 0.0
    return LISTEN_S if has_carriers else SETTLE_S


async def _call_off(carrier: RemoteCarrier, call: RemoteCall) -> None:
    if not await carrier.call_off(call.reference):
        log.info("a call was answered, or over, before it was called off", call=call.id)
