"""Drops for a direct-deposit provider: gathered, cleared, and handed over batch by batch."""

from __future__ import annotations

import asyncio
import secrets
from collections import defaultdict, deque
from collections.abc import Callable, Collection, Iterable, Sequence
from contextlib import ExitStack
from datetime import datetime, timedelta

import structlog

from engine import operations
from engine.addresses import Addresses
from engine.bootstrap import Engine
from engine.health import Hindered
from engine.interfaces import Claim, NotAnswered, Placed, StoreUnavailable, Unsure
from engine.interfaces.deposits import AudiosUnknown, Throttled
from engine.operations import deposits
from engine.outcome import Outcome
from ivr.batch_plans import Plan, hindrance, plan_of
from ivr.conduct import Conductor
from ivr.gathering import Gathered
from ivr.lines import TakenLine
from ivr.threads import StoreThreads

log = structlog.get_logger(__name__)

#: How long the drops of a batch wait that could not leave.
WAITS = timedelta(seconds=30)
#: Requests that the provider certainly refused for now, before a batch is given up, and the
#: most seconds that are waited in between.
TRIES, PAUSE_S = 3, 15.0
#: From a batch's first clearance: until when callees are added to it, and until when a request may
#: be made. What is left of `engine.interfaces.records.HANDING` is the request's own time.
DIALS_WITHIN, LEAVES_WITHIN = timedelta(seconds=20), timedelta(seconds=40)

#: What a batch is that the provider refused for now, again and again.
THROTTLED = NotAnswered(Outcome.FAILED, "429 too many requests", is_routes_fault=True)


class Batches:
    """Clears batches and hands them over, for one voice process.

    While *is_halted* nobody is cleared and no request leaves; *lose_sight* is told that the store
    was away while callees were dialled: what it took of it is settled once it is back.
    """

    def __init__(
        self,
        engine: Engine,
        threads: StoreThreads,
        conductor: Conductor,
        *,
        is_halted: Callable[[], bool],
        lose_sight: Callable[[], None],
    ) -> None:
        self._engine = engine
        self._threads = threads
        self._conductor = conductor
        self._is_halted = is_halted
        self._lose_sight = lose_sight
        self._addresses = Addresses(engine.settings.public_url, engine.keys)
        self._turns: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)

    async def hand_over(self, gathered: Gathered) -> None:
        """Clear a batch and hand it over; the supervisor of its calls.

        Whatever fails after "dialled" leaves its calls `unknown`: they never leave again. A route
        has one request at a time, so that the next one learns from what became of the last.
        """
        with ExitStack() as lines:
            taken = deque(lines.enter_context(gathered.route.call()) for _ in gathered.claims)
            try:
                async with self._turns[gathered.route.route.name]:
                    await self._hand_over(gathered, taken)
            except StoreUnavailable as error:
                log.error("a batch is left to its lease without the store", reason=str(error))

    async def _hand_over(self, gathered: Gathered, lines: deque[TakenLine]) -> None:
        """Let one request leave after the other, as long as all goes well."""
        claims, route, goes_well = gathered.claims, gathered.route.route.name, True
        while claims and goes_well:
            plan = await self._threads.run(plan_of, self._engine, gathered.campaign_id, route)
            if plan is None or not await self._may_leave(gathered, plan, lines[0]):
                break
            size = plan.size(gathered.carrier)
            leaving, claims = claims[:size], claims[size:]
            goes_well = await self._send(gathered, plan, leaving, lines.popleft())
        await self._put_off(claims)

    async def _may_leave(self, gathered: Gathered, plan: Plan, line: TakenLine) -> bool:
        """Tell whether a batch may leave now: limits, file, credit; say why not, and pause."""
        is_full = not plan.room or gathered.carrier.free_lines < 1
        if self._is_halted() or is_full or not line.is_current:
            return False
        route, callees = gathered.route.route, len(gathered.claims)
        size = min(callees, plan.size(gathered.carrier))
        try:
            why = await hindrance(gathered.carrier, plan, route, size)
        except AudiosUnknown as error:
            log.error("no batch leaves", route=route.name, reason=str(error))
            return False
        if why is not None:
            await self._pause(gathered, why)
        return why is None

    async def _pause(self, gathered: Gathered, why: str) -> None:
        """Pause a campaign that cannot be deposited: nothing is lost, its operator resumes it."""
        campaign, because = gathered.campaign_id, Hindered(gathered.route.route.name, why)
        log.error("a campaign is paused", campaign=campaign, route=because.of, reason=why)
        at = self._engine.clock()
        await self._threads.run(operations.pause, self._engine, campaign, at=at, because=because)

    async def _put_off(self, claims: Iterable[Claim]) -> None:
        until = self._engine.clock() + WAITS
        for claim in claims:
            await self._threads.run(operations.put_off, self._engine, claim, until=until)

    async def _send(
        self, gathered: Gathered, plan: Plan, claims: Sequence[Claim], line: TakenLine
    ) -> bool:
        """Clear and dial *claims*, then hand them over; tell whether the provider took them."""
        dials: dict[int, operations.Dial] = {}
        try:
            await self._threads.run(self._dial, claims, gathered.route.route.name, dials)
            return await self._hand(gathered, plan, dials, line)
        except Exception:
            log.exception("a batch failed on our side", route=gathered.route.route.name)
            await self._threads.insist(self._lose, sorted(dials))
            return False
        finally:
            self._conductor.open -= set(dials)

    def _dial(self, claims: Sequence[Claim], route: str, dials: dict[int, operations.Dial]) -> None:
        """Clear each callee at this instant and commit "dialled" (blocking).

        *dials* gets each at once: whatever fails next, it is known what was dialled.
        """
        began = self._engine.clock()
        for claim in claims:
            at = self._engine.clock()
            if self._is_halted() or at - began > DIALS_WITHIN:
                break
            try:
                dialled = operations.dial(self._engine, claim, at=at, route=route)
            except StoreUnavailable as error:
                log.error("the rest of a batch is left to its lease", reason=str(error))
                self._lose_sight()
                break
            if isinstance(dialled, operations.Dial):
                self._conductor.open.add(dialled.call_id)  # no absence of the store settles it
                dials[dialled.call_id] = dialled

    async def _hand(
        self,
        gathered: Gathered,
        plan: Plan,
        dials: dict[int, operations.Dial],
        line: TakenLine,
    ) -> bool:
        """Make the request, again only after one that certainly left nothing."""
        for left in range(TRIES, 0, -1):
            if why := self._hinders(dial.paper.at for dial in dials.values()):
                await self._threads.insist(self._end, dials.keys(), why)
                return False
            batch_id = secrets.token_hex(12)
            leaving = await self._threads.run(self._open, batch_id, gathered, dials)
            if not leaving:
                return True
            handing = gathered.carrier.deposit(
                [dials[call_id].paper for call_id in leaving],
                plan.message(),
                notify_url=self._notify_url(gathered, batch_id),
            )
            reply = await line.hand_over(handing, of=len(leaving))
            if not isinstance(reply, Throttled) or left == 1 or reply.after_s > PAUSE_S:
                await self._conclude(batch_id, gathered, plan, reply)
                return isinstance(reply, Placed)
            await asyncio.sleep(reply.after_s)
            dials = {call_id: dials[call_id] for call_id in leaving}
        return False

    def _hinders(self, cleared_at: Iterable[datetime]) -> str | None:
        """Return why callees cleared at these instants can leave no more; nothing of them has."""
        if self._is_halted():
            return "an opt-out waits to be written down"
        is_late = self._engine.clock() - min(cleared_at, default=self._engine.clock())
        return "cleared too long ago" if is_late > LEAVES_WITHIN else None

    def _end(self, call_ids: Collection[int], why: str) -> None:
        """Conclude dialled calls of which certainly nothing left (blocking)."""
        at = self._engine.clock()
        deposits.end_calls(self._engine, sorted(call_ids), Outcome.CANCELLED, cause=why, at=at)

    def _notify_url(self, gathered: Gathered, batch_id: str) -> str:
        name = gathered.route.route.name
        if gathered.carrier.is_spoken:
            return self._addresses.deposit_status(name, batch_id)
        return self._addresses.deposit_notify(name, batch_id)

    def _open(
        self, batch_id: str, gathered: Gathered, dials: dict[int, operations.Dial]
    ) -> Sequence[int]:
        at = self._engine.clock()
        return deposits.open_batch(self._engine, batch_id, gathered.route.route, set(dials), at=at)

    async def _conclude(
        self,
        batch_id: str,
        gathered: Gathered,
        plan: Plan,
        reply: Placed | NotAnswered | Unsure | Throttled,
    ) -> None:
        at, engine = self._engine.clock(), self._engine
        match reply:
            case Placed(reference):
                found = plan.found(is_spoken=gathered.carrier.is_spoken)
                await self._threads.insist(
                    deposits.hand_over, engine, batch_id, reference, found=found, at=at
                )
            case Unsure(cause):
                log.error("nobody can tell whether a batch left", batch=batch_id, cause=cause)
                await self._threads.insist(deposits.lose, engine, batch_id, cause, at=at)
            case NotAnswered():
                log.error("a batch was refused", batch=batch_id, cause=reply.cause)
                await self._threads.insist(deposits.fail, engine, batch_id, reply, at=at)
            case Throttled():
                await self._threads.insist(deposits.fail, engine, batch_id, THROTTLED, at=at)

    def _lose(self, call_ids: Sequence[int]) -> None:
        at, cause = self._engine.clock(), "a fault of ours; see the log"
        deposits.end_calls(self._engine, call_ids, Outcome.UNKNOWN, cause=cause, at=at)
