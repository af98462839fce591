"""Transfers over a network that connects calls itself: cleared, committed, then asked for."""

from __future__ import annotations

import time
from dataclasses import replace

import structlog

from engine import operations
from engine.bootstrap import Engine
from engine.carriers.twilio.statuses import whole
from engine.dialling import Pace
from engine.interfaces import Route, StoreUnavailable
from engine.reports import Report
from ivr import turns
from ivr.effects import Effects
from ivr.flow import Heard
from ivr.talks import Asked, Talk
from ivr.turns import Step

log = structlog.get_logger(__name__)

#: What the network says of a second call that was answered, and is over (Twilio: DialCallStatus).
_TALKED = frozenset({"completed", "answered"})


class Transfers:
    """The transfers that one web process asks for."""

    def __init__(self, engine: Engine, effects: Effects) -> None:
        self._engine = engine
        self._effects = effects
        self._paces: dict[str, Pace] = {}

    def begin(self, talk: Talk, step: Step, report: Report) -> tuple[Talk, Step]:
        """Clear and commit a transfer; return the talk that shows the cleared number.

        A refusal and a store that is away lead on as nobody who answers does: no second call leaves
        that is not in the journal. Asked again, a request is answered as it was. Transfers leave at
        the route's pace: until then the step leads back to the state before, where keys are heard.
        """
        wish, at = self._wish(talk, step.state or ""), report.at
        pace, memory = self._pace(talk.asked.route), talk.asked.memory
        try:
            if memory and not pace.room(time.monotonic(), 0) and not self._was_told(report):
                return talk, replace(step, state=memory.state, goes_on=True)
            cleared = self._effects.soon(
                lambda: operations.transfer(self._engine, wish, at=at, told=report)
            )
            if isinstance(cleared, operations.TransferDial):
                pace.took(time.monotonic())
                return talk.showing(cleared.paper.caller_id), step
            log.warning("a transfer is refused", route=wish.route, call=wish.call_id)
        except StoreUnavailable as error:
            log.error("nobody is connected without the store", reason=str(error))
        refused = turns.after_transfer(talk.flow, step.state or "", Heard.NOT_CONNECTED)
        return talk, replace(refused, came_to=step.came_to)

    def _pace(self, route: Route) -> Pace:
        """Return the pace of this process's transfers on a route: that of its calls."""
        per_second = float(str(route.settings.get("calls_per_second", 1.0)))
        known = self._paces.get(route.name)
        if known is None or known.calls_per_second != per_second:
            known = self._paces[route.name] = Pace(per_second, 1)
        return known

    def _was_told(self, report: Report) -> bool:
        return self._effects.soon(lambda: operations.was_told(self._engine, report))

    def over(self, talk: Talk, report: Report) -> None:
        """Journal how a transfer ended, once, with the turn that tells it."""
        asked, memory = talk.asked, talk.asked.memory
        if memory is None:
            return
        wish = self._wish(talk, memory.state)
        parting = operations.Parting(
            has_talked=came_to(asked) is Heard.TALKED,
            cause=asked.told.get("DialCallStatus", ""),
            talked_s=float(whole(asked.told.get("DialCallDuration")) or 0),
        )
        self._effects.insist(
            lambda: operations.transfer_over(self._engine, wish, parting, at=report.at, told=report)
        )

    def _wish(self, talk: Talk, state: str) -> operations.TransferWish:
        return operations.TransferWish(
            sender_id=talk.speaker.sender.id,
            target=talk.flow.node(state).target,
            caller_id=talk.caller_id,
            route=talk.asked.route.name,
            call_id=talk.asked.call_id,
            callee=talk.callee,
        )


def is_over(asked: Asked) -> bool:
    """Tell whether a request comes after a transfer."""
    return "DialCallStatus" in asked.told


def came_to(asked: Asked) -> Heard:
    """Return what a transfer came to."""
    talked = asked.told.get("DialCallStatus", "") in _TALKED
    return Heard.TALKED if talked else Heard.NOT_CONNECTED
