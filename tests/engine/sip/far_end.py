"""A far end that says exactly what a test wants it to say."""

from __future__ import annotations

import itertools

from engine.sip import Event, UserAgent, offer
from engine.sip.compose import Address, HeaderLines, respond
from engine.sip.digest import Credentials
from engine.sip.message import Request, Response, parse

US, THEM = ("192.0.2.1", 5060), ("198.51.100.5", 5060)
AUDIO = bytes(offer(THEM[0], 6000))
SDP = (("Content-Type", "application/sdp"),)


class FarEnd:
    """Holds one user agent and answers it by hand."""

    def __init__(self, agent: UserAgent | None = None) -> None:
        self.agent = agent or UserAgent(US)
        self.now = 0.0
        self._cseq = itertools.count(100)
        self._branch = itertools.count(1)
        self._pending: list[Request | Response] = []

    def call(self, credentials: Credentials | None = None) -> int:
        return self.agent.invite(
            f"sip:+33612345678@{THEM[0]}",
            THEM,
            caller_id="+33940000001",
            sdp=offer(US[0], 4000),
            credentials=credentials,
            now=self.now,
        )

    def sent(self) -> list[Request | Response]:
        """What the agent has sent since the last time."""
        return [parse(data) for data, _ in self.agent.datagrams_to_send()]

    def request(self, method: str) -> Request:
        """The only thing that the agent has sent, which is a *method*."""
        (message,) = self.sent()
        assert isinstance(message, Request)
        assert message.method == method
        return message

    def request_all(self, method: str) -> int:
        """How many requests the agent has sent, all of them *method*s."""
        messages = self.sent()
        assert {m.method for m in messages if isinstance(m, Request)} <= {method}
        assert all(isinstance(message, Request) for message in messages) or method == "ACK"
        return len([m for m in messages if isinstance(m, Request)])

    def response(self) -> Response:
        """The only thing that the agent has sent, which is a response."""
        (message,) = self.sent()
        assert isinstance(message, Response)
        return message

    def events(self) -> list[Event]:
        events = []
        while (event := self.agent.next_event()) is not None:
            events.append(event)
        return events

    def answer(
        self,
        request: Request,
        code: int,
        *,
        tag: str = "far",
        extra: HeaderLines = (),
        body: bytes = b"",
        contact: str = f"<sip:{THEM[0]}:{THEM[1]}>",
    ) -> None:
        """Respond to *request*."""
        extra = (("Contact", contact), *extra)
        self.hear(respond(request, code, source=US, to_tag=tag, extra=extra, body=body))

    def accept(self, request: Request, *, tag: str = "far", extra: HeaderLines = ()) -> None:
        """Respond 200 with audio."""
        self.answer(request, 200, tag=tag, body=AUDIO, extra=extra)

    def hear(self, data: bytes, source: Address = THEM) -> None:
        self.agent.receive_datagram(data, source, self.now)

    def wait(self, seconds: float) -> None:
        """Let time pass, every timer firing at its instant."""
        until = self.now + seconds
        while (at := self.agent.next_timeout()) is not None and at <= until:
            self.now = max(self.now, at)
            self.agent.handle_timeout(self.now)
        self.now = until

    def ask(
        self,
        method: str,
        *,
        call_id: str = "far-call",
        from_: str = "<sip:+33612345678@198.51.100.5>;tag=far",
        to: str = f"<sip:licite@{US[0]}>",
        cseq: int | None = None,
        branch: str | None = None,
        extra: HeaderLines = (),
        body: bytes = b"",
        body_type: str = "application/sdp",
    ) -> bytes:
        """Send a request, and return it for another time."""
        branch = branch or f"z9hG4bKfar{next(self._branch)}"
        cseq = next(self._cseq) if cseq is None else cseq
        lines = [
            f"{method} sip:licite@{US[0]}:{US[1]} SIP/2.0",
            f"Via: SIP/2.0/UDP {THEM[0]}:{THEM[1]};branch={branch};rport",
            "Max-Forwards: 70",
            f"From: {from_}",
            f"To: {to}",
            f"Call-ID: {call_id}",
            f"CSeq: {cseq} {method}",
            f"Contact: <sip:{THEM[0]}:{THEM[1]}>",
            *(f"{name}: {value}" for name, value in extra),
            *([f"Content-Type: {body_type}"] if body else []),
            f"Content-Length: {len(body)}",
        ]
        data = ("\r\n".join(lines) + "\r\n\r\n").encode() + body
        self.hear(data)
        return data

    def ask_within(
        self,
        invite: Request,
        method: str,
        *,
        cseq: int | None = None,
        extra: HeaderLines = (),
        body: bytes = b"",
        body_type: str = "application/sdp",
    ) -> bytes:
        """Send a request within the dialog that an answered INVITE of the agent's made."""
        return self.ask(
            method,
            call_id=invite.call_id,
            from_=f"{invite.first('to')};tag=far",
            to=invite.first("from"),
            cseq=cseq,
            extra=extra,
            body=body,
            body_type=body_type,
        )


def an_answered_call() -> tuple[FarEnd, Request, int]:
    """A far end that answered, the INVITE it answered, and the agent's name for the call."""
    far = FarEnd()
    call = far.call()
    invite = far.request("INVITE")
    far.accept(invite)
    far.request("ACK")
    far.events()
    return far, invite, call
