"""Writing messages: requests of ours, and responses that echo what they must."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from engine.sip.message import Request

Address = tuple[str, int]
HeaderLines = tuple[tuple[str, str], ...]

ALLOW = "INVITE, ACK, CANCEL, BYE, OPTIONS, INFO, UPDATE"
ACCEPT = "application/sdp, application/dtmf-relay, application/dtmf"
SDP_TYPE = "application/sdp"

REASONS = {
    100: "Trying",
    180: "Ringing",
    183: "Session Progress",
    200: "OK",
    400: "Bad Request",
    403: "Forbidden",
    404: "Not Found",
    405: "Method Not Allowed",
    406: "Not Acceptable",
    408: "Request Timeout",
    415: "Unsupported Media Type",
    416: "Unsupported URI Scheme",
    420: "Bad Extension",
    480: "Temporarily Unavailable",
    481: "Call/Transaction Does Not Exist",
    482: "Loop Detected",
    486: "Busy Here",
    487: "Request Terminated",
    488: "Not Acceptable Here",
    491: "Request Pending",
    500: "Server Internal Error",
    503: "Service Unavailable",
    505: "Version Not Supported",
    603: "Decline",
}
"The reason phrases of RFC 3261, section 21."


@dataclass(frozen=True, slots=True)
class OutgoingRequest:
    """A request of ours; `bytes()` of it goes on the wire."""

    method: str
    uri: str
    via: str
    route: tuple[str, ...]
    from_: str
    to: str
    call_id: str
    cseq: int
    extra: HeaderLines = ()
    body: bytes = b""
    body_type: str = SDP_TYPE

    @property
    def branch(self) -> str:
        """The transaction's name."""
        return self.via.rpartition("branch=")[2]

    def __bytes__(self) -> bytes:
        lines = [
            f"{self.method} {self.uri} SIP/2.0",
            f"Via: {self.via}",
            *(f"Route: {entry}" for entry in self.route),
            "Max-Forwards: 70",
            f"From: {self.from_}",
            f"To: {self.to}",
            f"Call-ID: {self.call_id}",
            f"CSeq: {self.cseq} {self.method}",
            *(f"{name}: {value}" for name, value in self.extra),
        ]
        return _finish(lines, self.body, self.body_type)

    def acknowledge(self, to: str) -> OutgoingRequest:
        """The ACK of a failure, which the transaction sends (RFC 3261, 17.1.1.3)."""
        return self._same_branch("ACK", to)

    def cancel(self) -> OutgoingRequest:
        """The CANCEL of this INVITE (RFC 3261, 9.1)."""
        return self._same_branch("CANCEL", self.to)

    def _same_branch(self, method: str, to: str) -> OutgoingRequest:
        return OutgoingRequest(
            method, self.uri, self.via, self.route, self.from_, to, self.call_id, self.cseq
        )


def respond(
    request: Request,
    code: int,
    reason: str | None = None,
    *,
    source: Address,
    to_tag: str = "",
    extra: HeaderLines = (),
    body: bytes = b"",
) -> bytes:
    """Write a response to *request*, which came from *source* (RFC 3261, 8.2.6).

    *to_tag* is added when the request had none and this is not a 100.
    """
    to = request.first("to")
    if to_tag and not request.to_tag and code != 100:
        to = f"{to};tag={to_tag}"
    lines = [
        f"SIP/2.0 {code} {REASONS.get(code, '') if reason is None else reason}",
        f"Via: {received_via(request, source)}",
        *(f"Via: {entry}" for entry in request.vias[1:]),
        *(f"Record-Route: {entry}" for entry in _recorded(request, code)),
        f"From: {request.first('from')}",
        f"To: {to}",
        f"Call-ID: {request.call_id}",
        f"CSeq: {request.first('cseq')}",
        *(f"{name}: {value}" for name, value in extra),
    ]
    return _finish(lines, body, SDP_TYPE)


def received_via(request: Request, source: Address) -> str:
    """The top Via with where it really came from (RFC 3261, 18.2.1; RFC 3581, 4)."""
    value, via = request.vias[0], request.via
    if "rport" in via.parameters:
        port = f";rport={source[1]}"
        kept = [part for part in value.split(";") if part.split("=")[0].strip().lower() != "rport"]
        return ";".join(kept) + f";received={source[0]}{port}"
    if via.host != source[0]:
        return f"{value};received={source[0]}"
    return value


def response_address(request: Request, source: Address) -> Address:
    """Where a response to *request* goes (RFC 3261, 18.2.2; RFC 3581, 4)."""
    if "rport" in request.via.parameters:
        return source
    return source[0], request.via.port or 5060


def stateless_tag(request: Request) -> str:
    """A To tag that a retransmission of *request* gets again (RFC 3261, 8.2.7)."""
    text = f"{request.vias[0]}|{request.call_id}|{request.first('cseq')}"
    return hashlib.blake2b(text.encode("utf-8", "surrogateescape"), digest_size=8).hexdigest()


def _recorded(request: Request, code: int) -> list[str]:
    if request.method == "INVITE" and 100 < code < 300:
        return request.listed_or_nothing("record-route")
    return []


def _finish(lines: list[str], body: bytes, body_type: str) -> bytes:
    if body:
        lines.append(f"Content-Type: {body_type}")
    lines.append(f"Content-Length: {len(body)}\r\n\r\n")
    return "\r\n".join(lines).encode("utf-8", "surrogateescape") + body
