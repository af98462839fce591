"""What a user agent tells its owner, in the order in which it happened."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum

from engine.sip.sdp import SessionDescription

CallId = int
"How a user agent and its owner name one call; never seen on the wire."


class Side(Enum):
    """Who did it."""

    LOCAL = "local"  #: This user agent, or its timers
    REMOTE = "remote"  #: The far side


@dataclass(frozen=True, slots=True)
class Provisional:
    """The far side works on our INVITE (RFC 3261, 13.2.2.1).

    `sdp`, with a 183 or a 180, is where early media will come from.
    """

    call: CallId
    code: int
    reason: str
    sdp: SessionDescription | None


@dataclass(frozen=True, slots=True)
class Answered:
    """The far side answered our INVITE; the ACK is on its way."""

    call: CallId
    sdp: SessionDescription


@dataclass(frozen=True, slots=True)
class Failed:
    """Our INVITE came to nothing: no other event of this call follows.

    From the far side, `code` is the final response's. From ours it is 408 when nothing or no
    final response came in time, 487 when our cancel took effect without the far side's word
    (or crossed an answer, which was acknowledged and ended), 488 when the answer's media cannot
    be used.
    """

    call: CallId
    code: int
    reason: str
    origin: Side
    retry_after_s: int | None = None


@dataclass(frozen=True, slots=True)
class Invited:
    """Somebody calls us; 100 has been sent, `accept` or `reject` is expected.

    `caller` and `asserted` are the URIs of From and of P-Asserted-Identity (RFC 3325), `privacy`
    the Privacy header (RFC 3323), `called` the Request-URI. Without `sdp` the caller
    wants our offer; its answer comes with `Confirmed`.
    """

    call: CallId
    caller: str = field(repr=False)
    asserted: str | None = field(repr=False)
    privacy: str
    called: str = field(repr=False)
    sdp: SessionDescription | None


@dataclass(frozen=True, slots=True)
class Cancelled:
    """An inbound call was given up before we accepted it; nothing follows."""

    call: CallId


@dataclass(frozen=True, slots=True)
class Confirmed:
    """The ACK of an inbound call arrived; `sdp` is set when it answers our offer."""

    call: CallId
    sdp: SessionDescription | None


@dataclass(frozen=True, slots=True)
class InfoReceived:
    """An INFO arrived in the call (RFC 6086) and was answered 200."""

    call: CallId
    content_type: str
    body: bytes


@dataclass(frozen=True, slots=True)
class Reoffered:
    """The far side changed its media (re-INVITE or UPDATE), and we answered with `local`."""

    call: CallId
    sdp: SessionDescription
    local: SessionDescription


@dataclass(frozen=True, slots=True)
class Ended:
    """An answered call is over; nothing follows.

    By us: the far side agreed, or did not within 32 seconds.
    """

    call: CallId
    by: Side
    reason: str = ""
    was_there: bool = True
    "False when our BYE met silence, or no dialog any more (408, 481; RFC 3261, 12.2.1.2)."


Event = (
    Provisional
    | Answered
    | Failed
    | Invited
    | Cancelled
    | Confirmed
    | InfoReceived
    | Reoffered
    | Ended
)
