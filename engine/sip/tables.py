"""The four transactions of RFC 3261, section 17, as RFC 6026 corrects them, in tables.

A pair (state, happening) that is not listed cannot occur: it raises and changes nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum

from engine.sip.timers import Timer


class State(Enum):
    """The states of a transaction."""

    CALLING = "calling"  #: INVITE sent, nothing came back
    TRYING = "trying"  #: Non-INVITE: sent, or received, nothing answered
    PROCEEDING = "proceeding"  #: A provisional response came, or went
    ACCEPTED = "accepted"  #: INVITE answered 2xx; its ACK is not the transaction's business
    COMPLETED = "completed"  #: A final response came, or went
    CONFIRMED = "confirmed"  #: INVITE server: the ACK of a failure came
    TERMINATED = "terminated"  #: Forgotten


class Input(Enum):
    """What happens to a transaction, besides its timers."""

    PROVISIONAL = "1xx"  #: A response came (client) or is to be sent (server)
    SUCCESS = "2xx"
    FAILURE = "300-699"
    REQUEST = "request"  #: Server: the request came again
    ACK = "ACK"  #: INVITE server: an ACK with the INVITE's branch came
    ABANDON = "abandon"  #: INVITE client: the user waited 64*T1 after its CANCEL (RFC 3261, 9.1)


class Do(Enum):
    """What a transaction does on its way to the next state."""

    DELIVER = "deliver"  #: Pass the message to the transaction's user
    SEND = "send"  #: Server: send this response, and keep it
    RESEND = "resend"  #: Send again what was sent last
    ACK = "ack"  #: Acknowledge a failure (RFC 3261, 17.1.1.3)
    TIMEOUT = "timeout"  #: Tell the user that nothing came


@dataclass(frozen=True, slots=True)
class Step:
    """Where a transaction goes, and what it does on the way."""

    state: State
    do: tuple[Do, ...] = ()
    start: tuple[Timer, ...] = ()
    stop: tuple[Timer, ...] = ()


Table = Mapping[tuple[State, Input | Timer], Step]

_OVER = Step(State.TERMINATED)
_GAVE_UP = Step(State.TERMINATED, (Do.TIMEOUT,))

_ACCEPT = Step(State.ACCEPTED, (Do.DELIVER,), start=(Timer.M,), stop=(Timer.A, Timer.B))
_REFUSE = Step(State.COMPLETED, (Do.ACK, Do.DELIVER), start=(Timer.D,), stop=(Timer.A, Timer.B))
INVITE_CLIENT: Table = {
    (State.CALLING, Input.PROVISIONAL): Step(
        State.PROCEEDING, (Do.DELIVER,), stop=(Timer.A, Timer.B)
    ),
    (State.CALLING, Input.SUCCESS): _ACCEPT,
    (State.CALLING, Input.FAILURE): _REFUSE,
    (State.CALLING, Timer.A): Step(State.CALLING, (Do.RESEND,), start=(Timer.A,)),
    (State.CALLING, Timer.B): _GAVE_UP,
    (State.CALLING, Input.ABANDON): _GAVE_UP,
    (State.PROCEEDING, Input.PROVISIONAL): Step(State.PROCEEDING, (Do.DELIVER,)),
    (State.PROCEEDING, Input.SUCCESS): _ACCEPT,
    (State.PROCEEDING, Input.FAILURE): _REFUSE,
    (State.PROCEEDING, Input.ABANDON): _GAVE_UP,
    (State.ACCEPTED, Input.PROVISIONAL): Step(State.ACCEPTED),
    (State.ACCEPTED, Input.SUCCESS): Step(State.ACCEPTED, (Do.DELIVER,)),
    (State.ACCEPTED, Input.FAILURE): Step(State.ACCEPTED),
    (State.ACCEPTED, Input.ABANDON): Step(State.ACCEPTED),
    (State.ACCEPTED, Timer.M): _OVER,
    (State.COMPLETED, Input.PROVISIONAL): Step(State.COMPLETED),
    (State.COMPLETED, Input.SUCCESS): Step(State.COMPLETED),
    (State.COMPLETED, Input.FAILURE): Step(State.COMPLETED, (Do.ACK,)),
    (State.COMPLETED, Input.ABANDON): Step(State.COMPLETED),
    (State.COMPLETED, Timer.D): _OVER,
}
"RFC 3261, figure 5, and RFC 6026, 7.2."

_FINAL = Step(State.COMPLETED, (Do.DELIVER,), start=(Timer.K,), stop=(Timer.E, Timer.F))
CLIENT: Table = {
    (State.TRYING, Input.PROVISIONAL): Step(State.PROCEEDING, (Do.DELIVER,)),
    (State.TRYING, Input.SUCCESS): _FINAL,
    (State.TRYING, Input.FAILURE): _FINAL,
    (State.TRYING, Timer.E): Step(State.TRYING, (Do.RESEND,), start=(Timer.E,)),
    (State.TRYING, Timer.F): _GAVE_UP,
    (State.PROCEEDING, Input.PROVISIONAL): Step(State.PROCEEDING, (Do.DELIVER,)),
    (State.PROCEEDING, Input.SUCCESS): _FINAL,
    (State.PROCEEDING, Input.FAILURE): _FINAL,
    (State.PROCEEDING, Timer.E): Step(State.PROCEEDING, (Do.RESEND,), start=(Timer.E,)),
    (State.PROCEEDING, Timer.F): _GAVE_UP,
    (State.COMPLETED, Input.PROVISIONAL): Step(State.COMPLETED),
    (State.COMPLETED, Input.SUCCESS): Step(State.COMPLETED),
    (State.COMPLETED, Input.FAILURE): Step(State.COMPLETED),
    (State.COMPLETED, Timer.K): _OVER,
}
"RFC 3261, figure 6."

INVITE_SERVER: Table = {
    (State.PROCEEDING, Input.REQUEST): Step(State.PROCEEDING, (Do.RESEND,)),
    (State.PROCEEDING, Input.ACK): Step(State.PROCEEDING),
    (State.PROCEEDING, Input.PROVISIONAL): Step(State.PROCEEDING, (Do.SEND,)),
    (State.PROCEEDING, Input.SUCCESS): Step(State.ACCEPTED, (Do.SEND,), start=(Timer.L,)),
    (State.PROCEEDING, Input.FAILURE): Step(State.COMPLETED, (Do.SEND,), start=(Timer.G, Timer.H)),
    (State.ACCEPTED, Input.REQUEST): Step(State.ACCEPTED),
    (State.ACCEPTED, Input.ACK): Step(State.ACCEPTED, (Do.DELIVER,)),
    (State.ACCEPTED, Input.SUCCESS): Step(State.ACCEPTED, (Do.SEND,)),
    (State.ACCEPTED, Timer.L): _OVER,
    (State.COMPLETED, Input.REQUEST): Step(State.COMPLETED, (Do.RESEND,)),
    (State.COMPLETED, Input.ACK): Step(State.CONFIRMED, start=(Timer.I,), stop=(Timer.G, Timer.H)),
    (State.COMPLETED, Timer.G): Step(State.COMPLETED, (Do.RESEND,), start=(Timer.G,)),
    (State.COMPLETED, Timer.H): _OVER,
    (State.CONFIRMED, Input.REQUEST): Step(State.CONFIRMED),
    (State.CONFIRMED, Input.ACK): Step(State.CONFIRMED),
    (State.CONFIRMED, Timer.I): _OVER,
}
"RFC 3261, figure 7, and RFC 6026, 7.1."

_ANSWER = Step(State.COMPLETED, (Do.SEND,), start=(Timer.J,))
SERVER: Table = {
    (State.TRYING, Input.REQUEST): Step(State.TRYING),
    (State.TRYING, Input.PROVISIONAL): Step(State.PROCEEDING, (Do.SEND,)),
    (State.TRYING, Input.SUCCESS): _ANSWER,
    (State.TRYING, Input.FAILURE): _ANSWER,
    (State.PROCEEDING, Input.REQUEST): Step(State.PROCEEDING, (Do.RESEND,)),
    (State.PROCEEDING, Input.PROVISIONAL): Step(State.PROCEEDING, (Do.SEND,)),
    (State.PROCEEDING, Input.SUCCESS): _ANSWER,
    (State.PROCEEDING, Input.FAILURE): _ANSWER,
    (State.COMPLETED, Input.REQUEST): Step(State.COMPLETED, (Do.RESEND,)),
    (State.COMPLETED, Timer.J): _OVER,
}
"RFC 3261, figure 8."
