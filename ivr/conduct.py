"""Conduct one call: from the drop that is due, or the inbound ring, to its outcome."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache

import structlog

from audio.g711 import alaw_to_ulaw
from audio.prompts import Prompts
from audio.script import Variant
from engine import operations
from engine.bootstrap import Engine
from engine.clearance import Sender
from engine.interfaces import Claim, LiveCall, NotAnswered
from engine.journal import Json, Kind
from engine.numbers import parse
from engine.outcome import Outcome
from ivr import flows
from ivr.live import Conversation, hold
from ivr.routes import OpenRoute
from ivr.spool import Spool, SpooledOptOut
from ivr.threads import StoreThreads

log = structlog.get_logger(__name__)

#: What dialling a claimed drop can come to.
Dialled = operations.Dial | operations.Refused | operations.Postponed | operations.Gone

#: How often the store is asked to take an opt-out before it is spooled.
OPT_OUT_TRIES = 3


@dataclass(frozen=True, slots=True)
class Voices:
    """What is played in one call: the approved announcement, and the flow's own prompts."""

    prompts: Prompts
    announcement: Mapping[str, bytes] = field(default_factory=dict)

    def __call__(self, name: str) -> bytes:
        """Return the A-law bytes of a prompt's name; KeyError when there is none."""
        known = self.announcement.get(name)
        return self.prompts(name) if known is None else known


class Conductor:
    """Dials, converses and concludes for one voice process."""

    def __init__(self, engine: Engine, spool: Spool, threads: StoreThreads) -> None:
        self._engine = engine
        self._spool = spool
        self._threads = threads

    def routes_of(self, claim: Claim) -> tuple[str, ...]:
        """Return the routes that a claimed drop's campaign may take, best first (blocking)."""
        with self._engine.store.read() as unit:
            campaign = unit.campaigns.get(claim.campaign_id)
        return campaign.definition.routes if campaign else ()

    def dial(self, claim: Claim, route: str) -> Dialled:
        """Clear and commit one claimed drop, and speak its prompts ahead (blocking)."""
        dialled = operations.dial(self._engine, claim, at=self._engine.clock(), route=route)
        if isinstance(dialled, operations.Dial):
            _prompts_of(dialled.sender, dialled.language, dialled.opt_out_number)
        return dialled

    async def conduct(self, dial: operations.Dial, route: OpenRoute) -> None:
        """Place a dialled call and see it through; the call supervisor.

        Whatever fails after "dialled" leaves the call `unknown`: it is never placed again.
        """
        with route.call() as carrier:
            try:
                reply = await carrier.place(dial.paper, ring_s=dial.ring_s)
                if isinstance(reply, NotAnswered):
                    found: dict[str, Json] = {"sip_code": reply.sip_code}
                    await self._conclude(dial, reply.outcome, reply.cause, found)
                else:
                    await self._converse(dial, reply)
            except Exception:
                log.exception("a call failed on our side", call=dial.call_id)
                await self._conclude(dial, Outcome.UNKNOWN, "a fault of ours; see the log", {})

    async def _converse(self, dial: operations.Dial, call: LiveCall) -> None:
        answered_at = self._engine.clock()

        async def opt_out(_keyed: str) -> None:
            await self._opt_out(dial.sender.id, dial.paper.number, "key")

        prompts = _prompts_of(dial.sender, dial.language, dial.opt_out_number)
        voices = Voices(prompts, {flows.TO_PERSON: dial.person, flows.TO_MACHINE: dial.machine})
        talk = await hold(flows.drop(), call, prompt=voices, opt_out=opt_out)
        await self._threads.run(self._write_down, dial, talk, answered_at, call.codec)
        await self._conclude(dial, talk.outcome or Outcome.FAILED, talk.cause, evidence(talk))

    def _write_down(
        self, dial: operations.Dial, talk: Conversation, answered_at: datetime, codec: str
    ) -> None:
        """Journal who answered, what was played and the keys that were pressed (blocking)."""
        at = self._engine.clock()
        operations.answered(self._engine, dial.call_id, by=answered_by(talk), at=answered_at)
        for at_s, node in talk.steps:
            if variant := flows.VARIANT_OF.get(node):
                detail = {"at_s": round(at_s, 3), **played(dial, variant, codec)}
                operations.note(self._engine, dial.call_id, Kind.HEARD, detail, at=at)
        if talk.keys:
            pressed: dict[str, Json] = {
                "keys": [[round(at_s, 3), digit] for at_s, digit in talk.keys]
            }
            operations.note(self._engine, dial.call_id, Kind.PRESSED, pressed, at=at)

    async def answer(self, call: LiveCall) -> None:
        """Hold the call-back conversation with whoever rings one of our numbers."""
        sender = await self._threads.run(operations.sender_of, self._engine, call.called)
        if sender is None:
            log.warning("nobody's number was called", called=call.called[-2:])
            await call.hang_up()
            return
        await self._threads.run(
            operations.called_back, self._engine, sender.id, call.caller, at=self._engine.clock()
        )
        prompts = await self._threads.run(_prompts_of, sender, sender.language, None)

        async def opt_out(keyed: str) -> None:
            number = parse(keyed).e164 if keyed else call.caller
            if number is not None:
                await self._opt_out(sender.id, number, "call_back")

        flow = flows.call_back() if call.caller else flows.call_back_withheld()
        await hold(flow, call, prompt=Voices(prompts), opt_out=opt_out)

    async def _opt_out(self, sender_id: str, number: str, channel: str) -> None:
        """Commit an opt-out; if the store cannot, keep it on disk and dial nobody meanwhile."""
        at = self._engine.clock()
        for attempt in range(OPT_OUT_TRIES):
            try:
                await self._threads.run(
                    operations.opt_out, self._engine, sender_id, number, channel=channel, at=at
                )
            except OSError:
                await asyncio.sleep(0.2 * attempt)
            else:
                return
        self._spool.keep(SpooledOptOut(sender_id, number, channel, at))

    def take_spooled(self, kept: SpooledOptOut) -> None:
        """Commit an opt-out that was kept on disk (blocking)."""
        operations.opt_out(
            self._engine, kept.sender_id, kept.number, channel=kept.channel, at=kept.at
        )

    async def _conclude(
        self, dial: operations.Dial, outcome: Outcome, cause: str, found: Mapping[str, Json]
    ) -> None:
        await self._threads.run(
            operations.conclude,
            self._engine,
            dial.call_id,
            outcome,
            cause=cause,
            evidence=found,
            at=self._engine.clock(),
        )


def played(dial: operations.Dial, variant: Variant, codec: str) -> dict[str, Json]:
    """Return which approved bytes were played, and the hash of their rendering where one was."""
    hashes = dial.paper.announcements
    is_person = variant is Variant.PERSON
    detail: dict[str, Json] = {
        "variant": variant.value,
        "sha256": hashes.person if is_person else hashes.machine,
        "codec": codec,
    }
    if codec == "PCMU":
        rendered = alaw_to_ulaw(dial.person if is_person else dial.machine)
        detail["rendered_sha256"] = hashlib.sha256(rendered).hexdigest()
    return detail


def answered_by(talk: Conversation) -> str:
    """Return who it was in the end: ``person``, ``machine`` or ``unsure``."""
    if talk.keys:
        return "person"
    nodes = [name for _, name in talk.steps]
    if any(name in ("greeted", "to_machine", "to_mute_machine") for name in nodes[-3:]):
        return "machine"
    return "person" if "to_person" in nodes else "unsure"


def evidence(talk: Conversation) -> dict[str, Json]:
    """Return what a conversation leaves in the journal: times in seconds from the answer."""
    return {
        "steps": [[round(at_s, 3), name] for at_s, name in talk.steps],
        "keys": [[round(at_s, 3), digit] for at_s, digit in talk.keys],
        "heard": [[round(at_s, 3), what] for at_s, what in talk.heard],
    }


@lru_cache(maxsize=256)
def _prompts_of(sender: Sender, language: str, opt_out_number: str | None) -> Prompts:
    """Return a sender's prompts, each spoken once so that no call waits for it."""
    prompts = Prompts(
        language,
        sender_name=sender.registered_name,
        opt_out_number=opt_out_number,
        contact=sender.contact,
    )
    for name in prompts.names():
        prompts(name)
    return prompts
