"""One event of a call, as its carrier tells it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from typing import Any

from engine.journal import Json
from engine.outcome import Outcome

#: The first turn of a call that was redirected: no turn that a callee brings about comes near.
REDIRECTED = 1_000


class ReportKind(Enum):
    """What a report tells."""

    STATUS = "status"  #: A state of the call: `CallStatus`, in ``detail["status"]``
    VERDICT = "verdict"  #: Who answered: a `Verdict`, in ``detail["heard"]``
    TURN = "turn"  #: The network asked what to say next: a node of the flow was reached
    DEPOSIT = "deposit"  #: A provider's count, or one callee's state, of what it deposited


class CallStatus(Enum):
    """The states of a call, whatever the carrier calls them."""

    QUEUED = "queued"
    RINGING = "ringing"
    ANSWERED = "answered"
    COMPLETED = "completed"  #: It was answered, and is over
    BUSY = "busy"
    NO_ANSWER = "no_answer"
    FAILED = "failed"
    CANCELLED = "cancelled"


#: The states after which nothing follows.
TERMINAL = frozenset(
    {
        CallStatus.COMPLETED,
        CallStatus.BUSY,
        CallStatus.NO_ANSWER,
        CallStatus.FAILED,
        CallStatus.CANCELLED,
    }
)


class Verdict(Enum):
    """Who answered, by the carrier's detection of answering machines."""

    PERSON = "person"
    BEEP = "beep"  #: A machine, and its beep is over
    GREETING_OVER = "greeting_over"  #: A machine whose greeting ended; no beep is known of
    MACHINE = "machine"  #: A machine that still greets
    UNSURE = "unsure"
    FAX = "fax"


@dataclass(frozen=True, slots=True)
class Report:
    """One event of a call, as its carrier tells it.

    `detail` holds, by kind::

        STATUS   status: a `CallStatus`   reference   sequence   duration_s   sip_code   queue_ms
                 error_code   outcome (what a failed or busy call came to, by its codes)   cause
                 price {"amount", "currency"}
        VERDICT  heard: a `Verdict`   after_ms   reference
        TURN     turn: 0, 1, 2, …   node   heard: a key, or a `Heard` value   came_to: an outcome
                 variant, or prompt   played_sha256   reference
                 keyed: true where keys are a number (never the number)
        DEPOSIT  deposited   of   |   state   duration_s

    What is unknown is left out.
    """

    kind: ReportKind
    key: str
    "What no other event of the route has: the same again is the same event."
    call_id: int | None
    at: datetime
    "The law's clock when it was received."
    detail: Mapping[str, Json] = field(default_factory=dict)
    route: str = ""
    "The route over which it came; a report without one is not stored."


def status_report(
    route: str,
    call_id: int | None,
    status: CallStatus,
    *,
    reference: str,
    sequence: int | None,
    at: datetime,
    outcome: Outcome | None = None,
    **known: Any,
) -> Report:
    """Return a state of a call; without *sequence* it was asked for, not told.

    *outcome* says what a `CallStatus.FAILED` or `BUSY` call came to where its codes tell.
    *known*: ``duration_s``, ``sip_code``, ``queue_ms``, ``error_code``, ``cause``, ``price``;
    `None` is left out.
    """
    # a price is told late: the same state with it says more, and is another event
    asked = ":".join(["polled", status.value, *_price_key(known.get("price"))])
    which = asked if sequence is None else str(sequence)
    told = {"status": status.value, "reference": reference, "sequence": sequence, **known}
    told["outcome"] = outcome.value if outcome else None
    return Report(ReportKind.STATUS, f"{reference}:{which}", call_id, at, _known(told), route)


def _price_key(price: Json) -> list[str]:
    return [str(price.get("amount"))] if isinstance(price, Mapping) else []


def verdict_report(
    route: str,
    call_id: int,
    heard: Verdict,
    *,
    reference: str,
    after_ms: int | None = None,
    at: datetime,
) -> Report:
    """Return who answered a call, *after_ms* milliseconds of listening; one of a call."""
    told = {"heard": heard.value, "after_ms": after_ms, "reference": reference}
    key = f"{reference}:verdict"
    return Report(ReportKind.VERDICT, key, call_id, at, _known(told), route)


def turn_report(
    route: str,
    call_id: int,
    turn: int,
    *,
    reference: str,
    node: str,
    heard: str | None = None,
    came_to: Outcome | None = None,
    at: datetime,
    **known: Any,
) -> Report:
    """Return a turn of the conversation: *heard* led to *node*.

    Turns count from 0; from `REDIRECTED` on once we redirected the call. What
    has the same turn is the same event. *came_to* is what the call has come to by it: the further
    of what the node left counts for, played to its end, and of what reaching *node* does. *known*:
    ``variant`` or ``prompt``, with ``played_sha256``, of what *node* plays, ``keyed``; `None` is
    left out.
    """
    told = {
        "turn": turn,
        "node": node,
        "heard": heard,
        "came_to": came_to.value if came_to else None,
        "reference": reference,
        **known,
    }
    return Report(ReportKind.TURN, f"{reference}:turn:{turn}", call_id, at, _known(told), route)


def _known(told: Mapping[str, Any]) -> dict[str, Json]:
    return {name: value for name, value in told.items() if value is not None}
