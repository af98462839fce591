"""What is answered when a network asks what to say next: one turn of a drop, or of a call-back.

What a turn does and tells is committed before it is answered, so that the far end hears "done" only
of what is done. A store that is away takes no word from anybody: a 9 is kept on disk and confirmed,
and the flow goes on from what the address remembers. Never an error: a mailbox would record it.
"""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import datetime, timedelta

import structlog

from engine import operations
from engine.bootstrap import Engine
from engine.interfaces import StoreUnavailable
from engine.reports import (
    Report,
    ReportKind,
    Verdict,
    turn_report,
    verdict_of,
    verdict_report,
)
from engine.reports.picture import is_conversing
from ivr import flows, transfers, turns
from ivr.callbacks import ANSWERED_BY
from ivr.effects import Effects
from ivr.flow import Effect, Heard, argument, node_name
from ivr.scenarios import heard_prompt
from ivr.talks import Asked, Talk, Talks, number_of
from ivr.turns import Step
from ivr.twiml import HANG_UP, document

log = structlog.get_logger(__name__)

#: How old a machine's verdict must be before a turn acts on it: the call is redirected at once, and
#: a message that had begun would begin again.
REDIRECTED_WITHIN = timedelta(seconds=5)

_MACHINES = {Verdict.BEEP: "to_machine", Verdict.GREETING_OVER: "to_mute_machine"}
_TO_MACHINES = frozenset({*_MACHINES.values(), "to_machine_again"})


class Answering:
    """Answers the turns of one web process."""

    def __init__(self, engine: Engine, talks: Talks, effects: Effects) -> None:
        self._engine = engine
        self._talks = talks
        self._effects = effects
        self._transfers = transfers.Transfers(engine, effects)

    def drop(self, asked: Asked) -> str:
        """Return the document of a drop's next turn; it hangs up when nothing is known.

        Raises AnotherCall.
        """
        try:
            talk = self._talks.of_drop(asked)
        except StoreUnavailable as error:
            log.error("a call ends unheard without the store", reason=str(error))
            return HANG_UP
        if talk is None or not _is_in_flow(talk):
            return HANG_UP
        return self._answer(talk, self._judged(talk, _step(talk)))

    def call_back(self, asked: Asked) -> str:
        """Return the document of a call-back's next turn. Raises AnotherCall."""
        try:
            talk = self._talks.of_call_back(asked)
        except StoreUnavailable as error:
            log.error("a call-back ends unheard without the store", reason=str(error))
            return HANG_UP
        if talk is None or not _is_in_flow(talk):
            return HANG_UP
        if asked.is_first:
            self._note_call_back(talk)
        return self._answer(talk, _step(talk))

    def _answer(self, talk: Talk, step: Step) -> str:
        """Let *step* take effect, report it, and return its document."""
        effect = turns.effect_of(talk.flow, step)
        if effect is Effect.OPT_OUT:
            self._opt_out(talk, step)
        elif effect is Effect.CALL_ME_BACK:
            self._wish(talk)
        elif effect is Effect.TRANSFER:
            talk, step = self._transfers.begin(talk, step, _report(talk, step, self._now()))
        if transfers.is_over(talk.asked):
            self._transfers.over(talk, _report(talk, step, self._now()))
        elif talk.asked.call_id is not None:
            self._effects.report(*self._told_by(talk, step))
        return document(talk.flow, step, talk)

    def _opt_out(self, talk: Talk, step: Step) -> None:
        """Suppress the number that was keyed, or else the far end's own."""
        keyed = argument(step.state or "")
        number = number_of(keyed) if keyed else talk.callee
        if number is None:
            log.error("an opt-out names nobody", call=talk.asked.call_id)
            return
        channel = "call_back" if talk.asked.call_id is None else "key"
        self._effects.opt_out(talk.speaker.sender.id, number, channel)

    def _wish(self, talk: Talk) -> None:
        """Write down that the callee asked to be called back, once."""
        call_id, at = talk.asked.call_id, self._now()
        if call_id is not None:
            self._effects.insist(lambda: operations.wish_call_back(self._engine, call_id, at=at))

    def _told_by(self, talk: Talk, step: Step) -> list[Report]:
        """Return what a drop's turn tells, and the verdict where the first one holds it."""
        at = self._now()
        reports = [_report(talk, step, at)]
        heard = _answered_by(talk.asked)
        if heard is not None:
            asked = talk.asked
            reports.append(
                verdict_report(
                    asked.route.name, asked.call_id or 0, heard, reference=asked.sid, at=at
                )
            )
        return reports

    def _note_call_back(self, talk: Talk) -> None:
        """Journal an inbound call, once however often its first turn is asked for."""
        at, engine, sender_id = self._now(), self._engine, talk.speaker.sender.id
        told = _report(talk, _step(talk), at)
        self._effects.insist(
            lambda: operations.called_back(engine, sender_id, talk.callee, at=at, told=told)
        )

    def _judged(self, talk: Talk, step: Step) -> Step:
        """Return where *step* leads by who answered, as far as that is told by now."""
        asked = talk.asked
        if asked.is_sync or asked.is_first or asked.pressed or step.state is None:
            return step
        told = self._told(asked.call_id or 0)
        verdict = verdict_of(told)
        machine = _MACHINES.get(verdict) if verdict and self._is_overdue(told) else None
        if machine and node_name(asked.memory.state if asked.memory else "") not in _TO_MACHINES:
            return turns.enter(talk.flow, machine)
        is_late = time.time() - talk.since_s >= flows.LISTENING_LIMIT_S
        return turns.judged(talk.flow, step, verdict, is_late=is_late)

    def _told(self, call_id: int) -> list[Report]:
        try:
            return list(self._effects.soon(lambda: operations.told(self._engine, call_id)))
        except StoreUnavailable:
            return []

    def _is_overdue(self, told: list[Report]) -> bool:
        """Tell whether a call should have been redirected by now, and was not."""
        said = [one.at for one in told if one.kind is ReportKind.VERDICT]
        is_old = bool(said) and self._now() - min(said) > REDIRECTED_WITHIN
        return is_old and not is_conversing(told)

    def _now(self) -> datetime:
        return self._engine.clock()


def _step(talk: Talk) -> Step:
    """Return where the request leads, whoever answered."""
    asked, memory = talk.asked, talk.asked.memory
    if memory is None:
        heard = _answered_by(asked)
        if heard is not None:
            return turns.enter(talk.flow, heard=turns.HEARD[heard])
        return turns.enter(talk.flow, asked.state)
    if transfers.is_over(asked):
        return turns.after_transfer(talk.flow, memory.state, transfers.came_to(asked))
    return turns.follow(talk.flow, memory.state, memory.part, asked.pressed)


def _answered_by(asked: Asked) -> Verdict | None:
    """Return who answered, where the first request is to say so; unsure, where it does not."""
    if not asked.is_sync or not asked.is_first or asked.state or asked.call_id is None:
        return None
    return ANSWERED_BY.get(asked.told.get("AnsweredBy", ""), Verdict.UNSURE)


def _report(talk: Talk, step: Step, at: datetime) -> Report:
    """Return what a turn tells; a number that was keyed is never told."""
    asked = talk.asked
    name = node_name(step.state) if step.state and not step.goes_on else ""
    heard = step.heard.value if isinstance(step.heard, Heard) else step.heard
    report = turn_report(
        asked.route.name,
        asked.call_id or 0,
        asked.turn,
        reference=asked.sid,
        node=name,
        heard=None if step.is_number else heard,
        came_to=step.came_to,
        at=at,
        keyed=step.is_number or None,
        **_plays(talk, name),
    )
    return replace(report, call_id=asked.call_id)


def _plays(talk: Talk, node: str) -> dict[str, str | None]:
    """Return what a node plays of the announcement or of the scenario, by its hash."""
    if variant := flows.VARIANT_OF.get(node):
        hashes = talk.speaker.hashes
        return {
            "variant": variant.value,
            "played_sha256": hashes.get(f"announcement/{variant.value}"),
        }
    heard = heard_prompt(talk.scenario, node)
    return {"prompt": heard["prompt"], "played_sha256": heard["sha256"]} if heard else {}


def _is_in_flow(talk: Talk) -> bool:
    """Tell whether the flow has the state that an address names: settings may have changed."""
    memory = talk.asked.memory
    state = memory.state if memory else talk.asked.state or talk.flow.entry
    if node_name(state) in talk.flow.nodes:
        return True
    log.error("a call stands where its flow has nothing", state=node_name(state))
    return False
