"""SIP without input or output (RFC 3261): messages, transactions, dialogs, user agent.

    agent = UserAgent(("192.0.2.10", 5060))            # what Via and Contact say
    call = agent.invite(
        "sip:+33612345678@trunk.example",              # Request-URI and To
        ("198.51.100.5", 5060),                        # where the datagram goes
        caller_id="+33940000001",                      # in From and P-Asserted-Identity, as is
        domain="trunk.example",                        # the host part of those two
        sdp=offer("192.0.2.10", 4000),
        credentials=Credentials("user", "password"),   # for 401 and 407; optional
        now=now,
    )                                                  # -> int: how events name this call

The owner of the socket drives it with five verbs, *now* being monotonic seconds:

    agent.receive_datagram(data, source, now)          # never raises, whatever *data* is
    agent.datagrams_to_send() -> list[(bytes, (host, port))]
    agent.next_timeout() -> float | None               # the instant, on the same clock
    agent.handle_timeout(now)
    agent.next_event() -> Event | None

and with these on one call, in any state (a call that is over ignores them):

    agent.cancel(call, now)        # give up before the answer (CANCEL when the RFC allows it);
                                   # ends with Failed; after the answer it is `bye`
    agent.bye(call, now)           # end an answered call; ends with Ended(by=LOCAL)
    agent.ring(call, now)          # inbound: 180
    agent.accept(call, sdp, now)   # inbound: 200 with `answer(invited.sdp, host, port)`, or with
                                   # an offer when invited.sdp is None; ACK -> Confirmed
    agent.reject(call, code, reason, now)

100, ACK, CANCEL's glare, OPTIONS, INFO, UPDATE, re-INVITE, retransmissions and digest
authentication happen by themselves. A call ends with exactly one of Failed, Cancelled or Ended
(an inbound call that we reject ends with our own verb, without an event).
Every call that `invite` returned ends so, if only by timers: within 32 s of a dead trunk.
"""

from engine.sip.agent import UserAgent
from engine.sip.digest import Credentials
from engine.sip.events import (
    Answered,
    CallId,
    Cancelled,
    Confirmed,
    Ended,
    Event,
    Failed,
    InfoReceived,
    Invited,
    Provisional,
    Reoffered,
    Side,
)
from engine.sip.negotiation import Agreed, agree, answer, offer
from engine.sip.sdp import Codec, Direction, SdpError, SessionDescription

__all__ = [
    "Agreed",
    "Answered",
    "CallId",
    "Cancelled",
    "Codec",
    "Confirmed",
    "Credentials",
    "Direction",
    "Ended",
    "Event",
    "Failed",
    "InfoReceived",
    "Invited",
    "Provisional",
    "Reoffered",
    "SdpError",
    "SessionDescription",
    "Side",
    "UserAgent",
    "agree",
    "answer",
    "offer",
]
