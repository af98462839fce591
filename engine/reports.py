"""What carriers report of the calls that they conduct for us: events that come in any order."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum

from engine.journal import Json


class ReportKind(Enum):
    """What a report tells."""

    STATUS = "status"  #: A state of the call: `CallStatus`, in ``detail["status"]``
    VERDICT = "verdict"  #: Who answered: a `Heard` value, in ``detail["heard"]``
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


@dataclass(frozen=True, slots=True)
class Report:
    """One event of a call, as its carrier tells it.

    `detail` holds, by kind::

        STATUS   status: a `CallStatus`   reference   sequence   duration_s   sip_code   queue_ms
                 error_code   price {"amount", "currency"}
        VERDICT  heard: ``person``, ``beep``, ``greeting_over``, ``unsure``, ``fax``   after_ms
        TURN     turn: 0, 1, 2, …   node   heard: a key, or a `Heard` value   came_to: an outcome
                 variant   played_sha256   keyed: true where keys are a number (never the number)
        DEPOSIT  deposited   of   |   state   duration_s
    """

    kind: ReportKind
    key: str
    "What no other event of the route has: the same again is the same event."
    call_id: int | None
    at: datetime
    detail: Mapping[str, Json] = field(default_factory=dict)
