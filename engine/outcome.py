"""What became of a drop: one closed vocabulary for every carrier."""

from __future__ import annotations

from enum import Enum


class Outcome(Enum):
    """The outcomes a drop or a call can have."""

    DEPOSITED = "deposited"  #: Played to its end after a beep, or confirmed by the provider
    DEPOSITED_UNCONFIRMED = "deposited_unconfirmed"  #: Played: no beep, or nobody left
    HEARD = "heard"  #: A person listened to the end
    OPTED_OUT = "opted_out"  #: A person pressed 9
    HUNG_UP = "hung_up"  #: The far end hung up before the end
    SCREENED = "screened"  #: A robot asked who calls
    NO_ANSWER = "no_answer"  #: It rang, nobody came
    BUSY = "busy"
    REJECTED = "rejected"  #: The callee, or the far network, refused the call
    INVALID_NUMBER = "invalid_number"  #: The network knows no such number
    UNREACHABLE = "unreachable"  #: The network cannot reach the number now
    FAX = "fax"
    FAILED = "failed"  #: With a cause
    CANCELLED = "cancelled"  #: By the operator, before or while it rang
    HANDED_OVER = "handed_over"  #: A provider has it; not final
    REFUSED = "refused"  #: By clearance; no call was made
    UNKNOWN = "unknown"  #: Nobody can tell whether it left; never redialled


#: What a conversation can achieve, the most telling first: nothing later takes it away.
ACHIEVED = (
    Outcome.OPTED_OUT,
    Outcome.DEPOSITED,
    Outcome.HEARD,
    Outcome.DEPOSITED_UNCONFIRMED,
)


def further(now: Outcome | None, then: Outcome | None) -> Outcome | None:
    """Return what a call that had come to *now* has come to after *then*."""
    if then is None or now is None:
        return then or now
    return then if _rank(then) <= _rank(now) else now


def _rank(outcome: Outcome) -> int:
    return ACHIEVED.index(outcome) if outcome in ACHIEVED else len(ACHIEVED)


#: Outcomes after which a further attempt may be made: nothing can have been heard. A call that was
#: called off is one: a campaign that was paused goes on.
RETRIABLE = frozenset(
    {Outcome.NO_ANSWER, Outcome.BUSY, Outcome.UNREACHABLE, Outcome.FAILED, Outcome.CANCELLED}
)
