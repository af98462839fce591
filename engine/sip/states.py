"""The states of a call, in a table: what a user agent adds to its transactions."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum


class CallState(Enum):
    """Where a call is."""

    CALLING = "calling"  #: Our INVITE is out, nothing came back
    RINGING = "ringing"  #: A provisional response came
    CANCELLING = "cancelling"  #: We gave up; the INVITE's final response is awaited
    INCOMING = "incoming"  #: Somebody calls us
    ANSWERING = "answering"  #: We accepted; the ACK is awaited
    WITHDRAWING = "withdrawing"  #: We accepted, then hung up: BYE follows the ACK (15)
    UP = "up"
    LEAVING = "leaving"  #: Our BYE is out
    OVER = "over"


class Act(Enum):
    """What happens to a call."""

    PROVISIONAL = "provisional"
    ANSWER = "answer"  #: The first 2xx of our INVITE
    REFUSAL = "refusal"  #: A failure of our INVITE, or silence
    HANG_UP = "hang up"  #: Ours
    ACCEPT = "accept"
    REJECT = "reject"
    ACK = "ack"
    UNACKNOWLEDGED = "unacknowledged"  #: Our 2xx had no ACK in 64*T1
    BYE = "bye"  #: Theirs
    CANCEL = "cancel"  #: Theirs
    GONE = "gone"  #: Our BYE has its final response, or never will


NEXT: Mapping[tuple[CallState, Act], CallState] = {
    (CallState.CALLING, Act.PROVISIONAL): CallState.RINGING,
    (CallState.CALLING, Act.ANSWER): CallState.UP,
    (CallState.CALLING, Act.REFUSAL): CallState.OVER,
    (CallState.CALLING, Act.HANG_UP): CallState.CANCELLING,
    (CallState.RINGING, Act.PROVISIONAL): CallState.RINGING,
    (CallState.RINGING, Act.ANSWER): CallState.UP,
    (CallState.RINGING, Act.REFUSAL): CallState.OVER,
    (CallState.RINGING, Act.HANG_UP): CallState.CANCELLING,
    (CallState.CANCELLING, Act.PROVISIONAL): CallState.CANCELLING,
    (CallState.CANCELLING, Act.ANSWER): CallState.OVER,  # glare: ACK and BYE, unheard
    (CallState.CANCELLING, Act.REFUSAL): CallState.OVER,
    (CallState.INCOMING, Act.ACCEPT): CallState.ANSWERING,
    (CallState.INCOMING, Act.REJECT): CallState.OVER,
    (CallState.INCOMING, Act.CANCEL): CallState.OVER,
    (CallState.INCOMING, Act.BYE): CallState.OVER,
    (CallState.ANSWERING, Act.ACK): CallState.UP,
    (CallState.ANSWERING, Act.UNACKNOWLEDGED): CallState.LEAVING,
    (CallState.ANSWERING, Act.HANG_UP): CallState.WITHDRAWING,
    (CallState.ANSWERING, Act.BYE): CallState.OVER,
    (CallState.WITHDRAWING, Act.ACK): CallState.LEAVING,
    (CallState.WITHDRAWING, Act.UNACKNOWLEDGED): CallState.LEAVING,
    (CallState.WITHDRAWING, Act.BYE): CallState.OVER,
    (CallState.UP, Act.ACK): CallState.UP,
    (CallState.UP, Act.UNACKNOWLEDGED): CallState.LEAVING,
    (CallState.UP, Act.HANG_UP): CallState.LEAVING,
    (CallState.UP, Act.BYE): CallState.OVER,
    (CallState.LEAVING, Act.BYE): CallState.OVER,
    (CallState.LEAVING, Act.GONE): CallState.OVER,
}
"RFC 3261, sections 9, 13 to 15. What is not listed changes nothing."

ANSWERED = frozenset({CallState.ANSWERING, CallState.WITHDRAWING, CallState.UP})
"The states in which the far side may talk within the call."
