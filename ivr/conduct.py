"""Conduct one call: from the drop that is due, or the inbound ring, to its outcome."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from typing import ParamSpec, TypeVar

import structlog

from audio.prompts import Prompts
from engine import operations
from engine.bootstrap import Engine
from engine.clearance import Sender
from engine.interfaces import Claim, LiveCall, NotAnswered, StoreUnavailable, Unsure
from engine.numbers import as_called, parse
from engine.operations import TransferWish
from engine.outcome import Outcome
from engine.reports import Picture
from ivr import flows
from ivr.flow import Flow
from ivr.live import hold
from ivr.pictures import picture_of
from ivr.ringing import Ringing
from ivr.routes import OpenRoute, TakenLine
from ivr.scenarios import call_back_flow, drop_flow, recordings, talk_s
from ivr.speakers import speaker_of
from ivr.spool import Spool, SpooledOptOut
from ivr.tasks import Tasks
from ivr.threads import StoreThreads
from ivr.transfer import Transfers
from ivr.underway import UnderWay

log = structlog.get_logger(__name__)

#: What dialling a claimed drop can come to.
Dialled = operations.Dial | operations.Refused | operations.Postponed | operations.Gone

#: What the store is granted to take an opt-out before it is spooled.
OPT_OUT_WITHIN_S = 2.0

P = ParamSpec("P")
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Voices:
    """What is played in one call: the approved announcement, and the flow's own prompts."""

    prompts: Prompts
    announcement: Mapping[str, bytes] = field(default_factory=dict)

    def __call__(self, name: str) -> bytes:
        """Return the A-law bytes of a prompt's name; KeyError when there is none."""
        known = self.announcement.get(name)
        return self.prompts(name) if known is None else known

    def speak_ahead(self, flow: Flow) -> None:
        """Speak what *flow* can play, but for what depends on keys; nobody waits for a word then.

        The first prompt of a process takes seconds of a core, others some hundredths.
        """
        for name in {prompt for node in flow.nodes.values() for prompt in node.prompts}:
            if "{" not in name:
                self(name)


class Conductor:
    """Dials, converses and concludes for one voice process."""

    def __init__(self, engine: Engine, spool: Spool, threads: StoreThreads) -> None:
        self._engine = engine
        self._spool = spool
        self._threads = threads
        self._senders: dict[str, Sender] = {}
        self._notes = Tasks()
        self._transfers = Transfers(engine, threads, self._parted)
        self.ringing = Ringing()
        self.under_way = UnderWay()
        self.open: set[int] = set()
        "The calls under way, by their id."

    def dial(self, claim: Claim, route: str) -> Dialled:
        """Clear and commit one claimed drop (blocking)."""
        dialled = operations.dial(self._engine, claim, at=self._engine.clock(), route=route)
        if isinstance(dialled, operations.Dial):
            for number in (dialled.paper.caller_id, as_called(dialled.opt_out_number)):
                self._senders[number] = dialled.sender
        return dialled

    def settle_lost(self, worker: str) -> int:
        """Give up dialled calls that never began, the store having gone meanwhile (blocking)."""
        with self._engine.store.read() as unit:
            lost = [call_id for call_id in unit.calls.open_of(worker) if call_id not in self.open]
        at, cause = self._engine.clock(), "the store went away while it was dialled"
        return sum(
            operations.conclude(self._engine, call_id, Outcome.UNKNOWN, cause=cause, at=at)
            for call_id in lost
        )

    async def conduct(self, dial: operations.Dial, route: OpenRoute) -> None:
        """Place a dialled call and see it through; the call supervisor.

        Whatever fails after "dialled" leaves the call `unknown`: it is never placed again.
        """
        self.open.add(dial.call_id)
        with route.call() as line:
            try:
                if route.remote is None:
                    await self._call(dial, route, line)
                else:
                    await self._hand_over(dial, line)
            except Exception:
                log.exception("a call failed on our side", call=dial.call_id)
                await self._conclude(dial, Picture(Outcome.UNKNOWN, "a fault of ours; see the log"))
            finally:
                self.open.discard(dial.call_id)

    async def _call(self, dial: operations.Dial, route: OpenRoute, line: TakenLine) -> None:
        """Place a call and converse."""
        flow = drop_flow(dial.scenario, dial.sender, at=self._engine.clock())
        voices = _voices_of(dial)
        await self._threads.run(voices.speak_ahead, flow)
        placing = line.place(dial.paper, ring_s=dial.ring_s)
        reply = await self.ringing.place(dial.call_id, placing)
        if isinstance(reply, NotAnswered):
            await self._conclude(dial, _refused(reply))
        else:
            await self._converse(dial, reply, voices, route)

    async def _hand_over(self, dial: operations.Dial, line: TakenLine) -> None:
        """Let the carrier conduct a call: ask for it, once, and hold its line until it is over.

        Where nobody can tell whether it left it is `unknown` at once; a report may say more later.
        """
        call_id = dial.call_id
        reply = await line.place_remotely(
            dial.paper,
            call_id=call_id,
            ring_s=dial.ring_s,
            talk_s=talk_s(dial.scenario),
            about=speaker_of(dial).to_text(),
        )
        if isinstance(reply, NotAnswered):
            await self._conclude(dial, _refused(reply))
        elif isinstance(reply, Unsure):
            await self._conclude(dial, Picture(Outcome.UNKNOWN, reply.cause))
        elif await self._threads.insist(operations.bind, self._engine, call_id, reply.reference):
            await self.under_way.until_over(call_id)
        else:
            log.error("a carrier gives a call two names; the first stands", call=call_id)

    async def _converse(
        self, dial: operations.Dial, call: LiveCall, voices: Voices, route: OpenRoute
    ) -> None:
        answered_at = self._engine.clock()
        sender_id, shown = dial.sender.id, dial.paper.caller_id

        async def opt_out(_keyed: str) -> None:
            await self._opt_out(sender_id, dial.paper.number, "key")

        async def transfer(target: str) -> bool:
            wish = TransferWish(sender_id, target, shown, route.route.name, call_id=dial.call_id)
            return await self._transfers.connect(call, route, wish)

        async def call_me_back() -> None:
            await self._wish(dial.call_id)

        talk = await hold(
            drop_flow(dial.scenario, dial.sender, at=answered_at),
            call,
            prompt=voices,
            opt_out=opt_out,
            call_me_back=call_me_back,
            transfer=transfer,
        )
        drawn = picture_of(
            dial,
            talk,
            codec=call.codec,
            answered_at=answered_at,
            over_at=self._engine.clock(),
            duration_s=call.elapsed_s,
        )
        await self._conclude(dial, drawn)

    async def _parted(self, wish: TransferWish, parting: operations.Parting) -> None:
        """Record how a transfer ended, however long the store is away."""
        at = self._engine.clock()
        await self._threads.insist(operations.transfer_over, self._engine, wish, parting, at=at)

    async def answer(self, call: LiveCall, route: OpenRoute | None = None) -> None:
        """Hold the call-back conversation with whoever rings one of our numbers on *route*."""
        try:
            sender = await self._sender_of(call.called)
            if sender is None:
                log.warning("nobody's number was called", called=call.called[-2:])
            else:
                await self._hear_out(call, sender, route)
        except Exception:
            log.exception("an inbound call failed on our side")
        finally:
            await call.hang_up()

    async def _sender_of(self, number: str) -> Sender | None:
        """Return whom *number* reaches, from memory while the store is away."""
        try:
            sender = await self._threads.run(operations.sender_of, self._engine, number)
        except StoreUnavailable:
            return self._senders.get(number)
        if sender is not None:
            self._senders[number] = sender
        return sender

    async def _hear_out(self, call: LiveCall, sender: Sender, route: OpenRoute | None) -> None:
        at = self._engine.clock()
        self._note(operations.called_back, self._engine, sender.id, call.caller, at=at)
        flow = call_back_flow(sender, at=at, withheld=call.caller is None)
        voices = Voices(_prompts_of(sender, sender.language, None))
        await self._threads.run(voices.speak_ahead, flow)

        async def opt_out(keyed: str) -> None:
            number = parse(keyed).e164 if keyed else call.caller
            if number is not None:
                await self._opt_out(sender.id, number, "call_back")

        async def transfer(target: str) -> bool:
            if route is None:
                return False
            wish = TransferWish(
                sender.id, target, call.called, route.route.name, callee=call.caller
            )
            return await self._transfers.connect(call, route, wish)

        await hold(flow, call, prompt=voices, opt_out=opt_out, transfer=transfer)

    def _note(
        self, operation: Callable[P, object], /, *arguments: P.args, **keywords: P.kwargs
    ) -> asyncio.Task[object]:
        """Have something written down however long the store is away; nobody waits for it."""
        return self._notes.start(self._threads.insist(operation, *arguments, **keywords))

    async def _wish(self, call_id: int) -> None:
        """Record that a callee asked to be called back, before it is confirmed if the store can."""
        at = self._engine.clock()
        noting = self._note(operations.wish_call_back, self._engine, call_id, at=at)
        await asyncio.wait({noting}, timeout=OPT_OUT_WITHIN_S)

    async def _opt_out(self, sender_id: str, number: str, channel: str) -> None:
        """Commit an opt-out; what the store does not take soon is kept on disk.

        While anything is kept nobody is dialled. Opting out twice does no harm.
        """
        at = self._engine.clock()
        committing = asyncio.create_task(self._took(sender_id, number, channel=channel, at=at))
        await asyncio.wait({committing}, timeout=OPT_OUT_WITHIN_S)
        if not (committing.done() and committing.result()):
            self._spool.keep(SpooledOptOut(sender_id, number, channel, at))

    async def _took(self, sender_id: str, number: str, *, channel: str, at: datetime) -> bool:
        """Tell whether the store took an opt-out."""
        try:
            await self._threads.run(
                operations.opt_out, self._engine, sender_id, number, channel=channel, at=at
            )
        except Exception:
            log.exception("the store did not take an opt-out; it is kept on disk")
            return False
        return True

    def take_spooled(self, kept: SpooledOptOut) -> None:
        """Commit an opt-out that was kept on disk (blocking)."""
        operations.opt_out(
            self._engine, kept.sender_id, kept.number, channel=kept.channel, at=kept.at
        )

    async def _conclude(self, dial: operations.Dial, drawn: Picture) -> None:
        """Write down who answered, what was played, what was pressed, and the outcome."""
        at = self._engine.clock()
        await self._threads.insist(operations.write_down, self._engine, dial.call_id, drawn, at=at)


def _refused(reply: NotAnswered) -> Picture:
    return Picture(reply.outcome, reply.cause, reply.evidence)


def _voices_of(dial: operations.Dial) -> Voices:
    """Return all that a drop's call can play."""
    announced = {flows.TO_PERSON: dial.person, flows.TO_MACHINE: dial.machine}
    prompts = _prompts_of(dial.sender, dial.language, dial.opt_out_number)
    return Voices(prompts, {**announced, **recordings(dial.scenario)})


@lru_cache(maxsize=256)
def _prompts_of(sender: Sender, language: str, opt_out_number: str | None) -> Prompts:
    """Return a sender's prompts."""
    return Prompts(
        language,
        sender_name=sender.registered_name,
        opt_out_number=opt_out_number,
        contact=sender.contact,
    )
