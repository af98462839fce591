"""Drops for a direct-deposit provider: gathered, cleared, and handed over batch by batch."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Callable, Iterable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import timedelta

import structlog

from audio.rendering import pcm_wav_sha256
from engine import operations
from engine.addresses import Addresses
from engine.bootstrap import Engine
from engine.interfaces import (
    AnnouncementVersion,
    CampaignRecord,
    Claim,
    NotAnswered,
    Placed,
    StoreUnavailable,
    Unsure,
)
from engine.interfaces.deposits import (
    AudiosUnknown,
    DepositAudio,
    DepositCarrier,
    Message,
    Throttled,
)
from engine.journal import Json
from engine.operations import deposits
from engine.operations.deposit_audio import Unready, unready
from engine.outcome import Outcome
from ivr.conduct import Conductor
from ivr.gathering import Gathered
from ivr.lines import TakenLine
from ivr.threads import StoreThreads

log = structlog.get_logger(__name__)

#: How long the drops of a batch wait that could not leave.
WAITS = timedelta(seconds=30)
#: Requests that the provider certainly refused for now, before a batch is given up, and the
#: seconds that are waited in between: all within `engine.interfaces.records.HANDING`.
TRIES, PAUSE_S = 3, 15.0
#: Voice Partner: POST /campaign/send, a minute and an hour.
MOST_A_MINUTE, MOST_AN_HOUR = 5, 2_000


@dataclass(frozen=True, slots=True)
class Plan:
    """What a batch is to be: read from the store just before."""

    campaign: CampaignRecord
    version: AnnouncementVersion
    audio: DepositAudio | None
    room: bool
    "Whether the provider's limits allow a request, whichever process made the last ones."

    @property
    def size(self) -> int | None:
        """The operator's own size of a batch."""
        return self.campaign.definition.batch_size

    def message(self) -> Message:
        """Return what the provider is asked to leave: a mailbox's variant."""
        token = self.audio.token if self.audio else ""
        return Message(token, self.version.variants["machine"].text, self.version.language)

    def found(self, *, is_spoken: bool) -> dict[str, Json]:
        """Return which approved words the provider was asked to leave, for the journal."""
        recording = self.version.variants["machine"]
        known: dict[str, Json] = {"variant": "machine", "sha256": recording.sha256}
        if is_spoken:
            return {**known, "spoken_by": "provider"}
        return {**known, "rendered_sha256": pcm_wav_sha256(recording.alaw)}


#: What a batch is that the provider refused for now, again and again.
THROTTLED = NotAnswered(Outcome.FAILED, "429 too many requests", is_routes_fault=True)


class Batches:
    """Clears batches and hands them over, for one voice process."""

    def __init__(
        self,
        engine: Engine,
        threads: StoreThreads,
        conductor: Conductor,
        *,
        is_halted: Callable[[], bool],
    ) -> None:
        self._engine = engine
        self._threads = threads
        self._conductor = conductor
        self._is_halted = is_halted
        self._addresses = Addresses(engine.settings.public_url, engine.keys)

    async def hand_over(self, gathered: Gathered) -> None:
        """Clear a batch and hand it over; the supervisor of its calls.

        Whatever fails after "dialled" leaves its calls `unknown`: they never leave again.
        """
        with ExitStack() as lines:
            taken = [lines.enter_context(gathered.route.call()) for _ in gathered.claims]
            try:
                await self._hand_over(gathered, taken[0])
            except StoreUnavailable as error:
                log.error("a batch is left to its lease without the store", reason=str(error))

    async def _hand_over(self, gathered: Gathered, line: TakenLine) -> None:
        claims = gathered.claims
        while claims:
            plan = await self._threads.run(self._plan, gathered)
            if plan is None or not await self._may_leave(gathered, plan):
                await self._put_off(claims)
                return
            size = min(plan.size or gathered.carrier.batch_size, gathered.carrier.batch_size)
            leaving, claims = claims[:size], claims[size:]
            await self._send(gathered, plan, leaving, line)

    def _plan(self, gathered: Gathered) -> Plan | None:
        """Return what the batch is to be; `None` once the campaign is gone (blocking)."""
        route = gathered.route.route
        sent = deposits.sent(self._engine, route.name, at=self._engine.clock())
        with self._engine.store.read() as unit:
            campaign = unit.campaigns.get(gathered.campaign_id)
            if campaign is None:
                return None
            version = unit.setup.announcement_version(campaign.announcement_id)
            if version is None:
                return None
            audio = unit.deposits.audio(route.name, version.variants["machine"].sha256)
        room = sent.last_minute < MOST_A_MINUTE and sent.last_hour < MOST_AN_HOUR
        return Plan(campaign, version, audio, room)

    async def _may_leave(self, gathered: Gathered, plan: Plan) -> bool:
        """Tell whether a batch may leave now: file, credit, limits; say why not, and pause."""
        if self._is_halted() or not plan.room or gathered.carrier.free_lines < 1:
            return False
        try:
            why = await self._unready(gathered.carrier, plan)
        except AudiosUnknown as error:
            log.error("no batch leaves", route=gathered.route.route.name, reason=str(error))
            return False
        if why is None and await self._is_spent(gathered.carrier):
            why = "credit"
        if why is not None:
            await self._pause(gathered, why)
        return why is None

    async def _unready(self, carrier: DepositCarrier, plan: Plan) -> str | None:
        kept = None if carrier.is_spoken else await carrier.audios()
        if plan.audio and plan.audio.is_spoken is not carrier.is_spoken:
            return Unready.UNBOUND.value
        why = unready(plan.audio, kept)
        return why.value if why else None

    async def _is_spent(self, carrier: DepositCarrier) -> bool:
        left = await carrier.credit()
        return left is not None and left <= 0

    async def _pause(self, gathered: Gathered, why: str) -> None:
        """Pause a campaign that cannot be deposited: nothing is lost, its operator resumes it."""
        name = gathered.route.route.name
        log.error("a campaign is paused", campaign=gathered.campaign_id, route=name, reason=why)
        await self._threads.run(self._pause_now, gathered.campaign_id)

    def _pause_now(self, campaign_id: str) -> None:
        operations.pause(self._engine, campaign_id, at=self._engine.clock())

    async def _put_off(self, claims: Iterable[Claim]) -> None:
        until = self._engine.clock() + WAITS
        for claim in claims:
            await self._threads.run(operations.put_off, self._engine, claim, until=until)

    async def _send(
        self, gathered: Gathered, plan: Plan, claims: Sequence[Claim], line: TakenLine
    ) -> None:
        """Clear and dial *claims*, then hand them over in one request."""
        dials = await self._threads.run(self._dial, claims, gathered.route.route.name)
        ids = set(dials)
        self._conductor.open |= ids  # an absence of the store must not settle them meanwhile
        try:
            await self._hand(gathered, plan, dials, line)
        except Exception:
            log.exception("a batch failed on our side", route=gathered.route.route.name)
            await self._threads.insist(self._lose, ids)
        finally:
            self._conductor.open -= ids

    def _dial(self, claims: Sequence[Claim], route: str) -> dict[int, operations.Dial]:
        """Clear each callee at this instant and commit "dialled" (blocking)."""
        dials = {}
        for claim in claims:
            if self._is_halted():
                break
            at = self._engine.clock()
            dialled = operations.dial(self._engine, claim, at=at, route=route)
            if isinstance(dialled, operations.Dial):
                dials[dialled.call_id] = dialled
        return dials

    async def _hand(
        self,
        gathered: Gathered,
        plan: Plan,
        dials: dict[int, operations.Dial],
        line: TakenLine,
    ) -> None:
        """Make the request, again only after one that certainly left nothing."""
        for left in range(TRIES, 0, -1):
            batch_id = secrets.token_hex(12)
            leaving = await self._threads.run(self._open, batch_id, gathered, dials)
            if not leaving:
                return
            papers = [dials[call_id].paper for call_id in leaving]
            handing = gathered.carrier.deposit(
                papers,
                plan.message(),
                notify_url=self._notify_url(gathered, batch_id),
            )
            reply = await line.hand_over(handing)
            if not isinstance(reply, Throttled) or left == 1 or reply.after_s > PAUSE_S:
                await self._conclude(batch_id, gathered, plan, reply)
                return
            await asyncio.sleep(reply.after_s)
            dials = {call_id: dials[call_id] for call_id in leaving}

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

    def _lose(self, call_ids: Iterable[int]) -> None:
        at = self._engine.clock()
        deposits.lose_calls(self._engine, sorted(call_ids), "a fault of ours; see the log", at=at)
