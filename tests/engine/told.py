"""Builders of what a carrier tells of one call, as it happened on its network."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from engine.outcome import Outcome
from engine.reports import (
    CallStatus,
    Report,
    Verdict,
    status_report,
    turn_report,
    verdict_report,
)
from tests.engine.operating import OPEN

ROUTE, SID = "twilio", "CA0123456789abcdef0123456789abcdef"
HASH = "ab" * 32


def at(seconds: float) -> datetime:
    return OPEN + timedelta(seconds=seconds)


def status(
    state: CallStatus,
    seconds: float,
    sequence: int | None = None,
    *,
    call_id: int = 1,
    **known: Any,
) -> Report:
    return status_report(
        ROUTE, call_id, state, reference=SID, sequence=sequence, at=at(seconds), **known
    )


def verdict(heard: Verdict, seconds: float, *, call_id: int = 1) -> Report:
    return verdict_report(ROUTE, call_id, heard, reference=SID, after_ms=4_000, at=at(seconds))


def turn(
    number: int,
    node: str,
    seconds: float,
    heard: str | None = None,
    came_to: Outcome | None = None,
    *,
    call_id: int = 1,
    **known: Any,
) -> Report:
    return turn_report(
        ROUTE,
        call_id,
        number,
        reference=SID,
        node=node,
        heard=heard,
        came_to=came_to,
        at=at(seconds),
        **known,
    )


def _ringing(call_id: int) -> list[Report]:
    return [
        status(CallStatus.QUEUED, 1, 0, call_id=call_id),
        status(CallStatus.RINGING, 2, 1, call_id=call_id),
    ]


def _person(number: int, seconds: float, call_id: int) -> Report:
    known = {"variant": "person", "played_sha256": HASH}
    return turn(number, "to_person", seconds, None, Outcome.HUNG_UP, call_id=call_id, **known)


def _answered(call_id: int) -> list[Report]:
    told = [*_ringing(call_id), status(CallStatus.ANSWERED, 10, 2, call_id=call_id)]
    return [*told, _person(0, 10.5, call_id)]


def _over(seconds: float, call_id: int) -> list[Report]:
    return [status(CallStatus.COMPLETED, seconds, 3, call_id=call_id, duration_s=int(seconds - 10))]


def listener(call_id: int = 1) -> list[Report]:
    """A person who listens to the end."""
    return [
        *_answered(call_id),
        verdict(Verdict.PERSON, 14, call_id=call_id),
        turn(1, "again_1", 30, "nothing", Outcome.HEARD, call_id=call_id),
        turn(2, "goodbye", 35, "nothing", None, call_id=call_id),
        *_over(38, call_id),
    ]


def presses_9(call_id: int = 1) -> list[Report]:
    return [
        *_answered(call_id),
        turn(1, "opted_out", 16, "9", Outcome.OPTED_OUT, call_id=call_id),
        verdict(Verdict.PERSON, 17, call_id=call_id),
        *_over(20, call_id),
    ]


def mailbox(call_id: int = 1) -> list[Report]:
    """A machine with a beep: the call was redirected to the machine's variant."""
    known = {"variant": "machine", "played_sha256": HASH}
    return [
        *_answered(call_id),
        verdict(Verdict.BEEP, 20, call_id=call_id),
        turn(1_000, "to_machine", 20.2, None, Outcome.HUNG_UP, call_id=call_id, **known),
        turn(1_001, "end", 40, "nothing", Outcome.DEPOSITED, call_id=call_id),
        *_over(41, call_id),
    ]


def fax(call_id: int = 1) -> list[Report]:
    return [*_answered(call_id), verdict(Verdict.FAX, 14, call_id=call_id), *_over(16, call_id)]


def hangs_up(call_id: int = 1) -> list[Report]:
    return [*_answered(call_id), *_over(12, call_id)]


def nobody(call_id: int = 1) -> list[Report]:
    ended = status(CallStatus.NO_ANSWER, 40, 2, call_id=call_id, sip_code=480)
    return [*_ringing(call_id), ended]


def no_such_number(call_id: int = 1) -> list[Report]:
    outcome = Outcome.INVALID_NUMBER
    ended = status(CallStatus.FAILED, 3, 1, call_id=call_id, sip_code=404, outcome=outcome)
    return [status(CallStatus.QUEUED, 1, 0, call_id=call_id), ended]


def contradicted(call_id: int = 1) -> list[Report]:
    """A call that was told unanswered and, by the account's list, completed."""
    return [*nobody(call_id), status(CallStatus.COMPLETED, 200, call_id=call_id, duration_s=5)]


SCENARIOS = {
    each.__name__: each
    for each in (
        listener,
        presses_9,
        mailbox,
        fax,
        hangs_up,
        nobody,
        no_such_number,
        contradicted,
    )
}

#: What each scenario comes to.
OUTCOMES = {
    "listener": Outcome.HEARD,
    "presses_9": Outcome.OPTED_OUT,
    "mailbox": Outcome.DEPOSITED,
    "fax": Outcome.FAX,
    "hangs_up": Outcome.HUNG_UP,
    "nobody": Outcome.NO_ANSWER,
    "no_such_number": Outcome.INVALID_NUMBER,
    "contradicted": Outcome.FAILED,
}


def without(reports: Sequence[Report], *keys: str) -> list[Report]:
    return [report for report in reports if not report.key.endswith(keys)]
