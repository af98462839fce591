"""The sandbox's SIP socket: messages in and out, repeated until they are answered (RFC 3261)."""

from __future__ import annotations

import asyncio
import secrets
import socket
from collections.abc import Callable
from typing import Final, cast

from sipmessage import URI, Address, Message, Parameters, Request, Response, Via

Endpoint = tuple[str, int]

T1_S: Final = 0.5
T2_S: Final = 4.0
GIVE_UP_S: Final = 64 * T1_S
METHODS: Final = "INVITE, ACK, CANCEL, BYE, OPTIONS, INFO, UPDATE, REGISTER"
#: Room for the INVITEs of a burst; the kernel grants what its limit allows.
_RECEIVE_BUFFER_BYTES: Final = 1 << 22
_PHRASES: Final = {
    100: "Trying",
    180: "Ringing",
    183: "Session Progress",
    200: "OK",
    400: "Bad Request",
    401: "Unauthorized",
    404: "Not Found",
    405: "Method Not Allowed",
    407: "Proxy Authentication Required",
    480: "Temporarily Unavailable",
    481: "Call/Transaction Does Not Exist",
    486: "Busy Here",
    487: "Request Terminated",
    488: "Not Acceptable Here",
    503: "Service Unavailable",
    603: "Decline",
}
#: Without these nothing can be answered (RFC 3261, 8.1.1).
_NEEDED: Final = ("Via", "From", "To", "Call-ID", "CSeq")


class Wire(asyncio.DatagramProtocol):
    """One UDP socket; hands each well-formed message to *receive*, drops everything else."""

    def __init__(self, receive: Callable[[Request | Response, Endpoint], None]) -> None:
        self._receive = receive
        self._transport: asyncio.DatagramTransport | None = None
        self.host, self.port = "", 0

    @property
    def contact(self) -> Address:
        """Where the sandbox is reached."""
        return Address(URI("sip", self.host, user="sandbox", port=self.port))

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Remember the socket and its address."""
        self._transport = cast("asyncio.DatagramTransport", transport)
        own = transport.get_extra_info("socket")
        own.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _RECEIVE_BUFFER_BYTES)
        self.host, self.port = own.getsockname()[:2]

    def datagram_received(self, data: bytes, addr: Endpoint) -> None:
        """Parse one datagram; what cannot be read or answered is dropped (RFC 3261, 18.3)."""
        try:
            message = Message.parse(data)
            _check(message)
            self._receive(message, (addr[0], addr[1]))
        except ValueError:
            return

    def send(self, message: Request | Response, to: Endpoint) -> None:
        """Send *message* once."""
        message.headers.set("Content-Length", str(len(message.body)))
        if self._transport is not None and not self._transport.is_closing():
            self._transport.sendto(bytes(message), to)

    def close(self) -> None:
        """Release the socket."""
        if self._transport is not None:
            self._transport.close()

    def new_via(self) -> Via:
        """Return a Via with a new branch (RFC 3261, 8.1.1.7)."""
        branch = "z9hG4bK" + secrets.token_hex(8)
        return Via("UDP", self.host, self.port, Parameters(branch=branch, rport=None))


def _check(message: Message) -> None:
    """Parse what every answer needs. Raises ValueError."""
    if any(message.headers.get(name) is None for name in _NEEDED):
        raise ValueError("a mandatory header is missing")
    if not message.via or message.via[0].parameters.get("branch") is None:
        raise ValueError("the topmost Via has no branch")
    if isinstance(message, Request) and message.cseq.method != message.method:
        raise ValueError("CSeq names another method")
    _ = message.from_address, message.to_address
    length = message.content_length
    if length is not None and not 0 <= length <= len(message.body):
        raise ValueError("the body is cut off")
    message.body = message.body[:length]


def branch_of(message: Message) -> str:
    """Return the branch of the topmost Via, which names the transaction (RFC 3261, 17.1.3)."""
    return message.via[0].parameters.get("branch") or ""


def reply(request: Request, code: int, source: Endpoint, *, tag: str = "") -> Response:
    """Return a response to *request* (RFC 3261, 8.2.6; `received` and `rport`, RFC 3581)."""
    response = Response(code, _PHRASES.get(code, "Refused"))
    vias = request.via
    stamped = vias[0].parameters.replace(received=source[0], rport=str(source[1]))
    vias[0] = Via(vias[0].transport, vias[0].host, vias[0].port, stamped)
    response.via = vias
    response.headers.setlist("Record-Route", list(request.headers.getlist("Record-Route")))
    response.headers.set("From", request.headers["From"])
    response.headers.set("To", request.headers["To"])
    if tag and "tag" not in request.to_address.parameters and code > 100:
        response.headers.set("To", f"{request.headers['To']};tag={tag}")
    response.headers.set("Call-ID", request.call_id)
    response.headers.set("CSeq", request.headers["CSeq"])
    response.headers.set("Server", "Licite sandbox")
    if code in (200, 405):
        response.headers.set("Allow", METHODS)
    return response


class Repeater:
    """Sends a message at once, then again after T1, 2 T1, … (RFC 3261, timers A, E and G)."""

    def __init__(
        self,
        send: Callable[[], None],
        *,
        give_up: Callable[[], None] | None = None,
        at_most_s: float = T2_S,
    ) -> None:
        self._send, self._give_up, self._at_most_s = send, give_up, at_most_s
        self._wait_s = T1_S
        self._spent_s = 0.0
        self._timer: asyncio.TimerHandle | None = None
        send()
        self._arm()

    def stop(self) -> None:
        """It has been answered."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _arm(self) -> None:
        self._timer = asyncio.get_running_loop().call_later(self._wait_s, self._again)

    def _again(self) -> None:
        self._spent_s += self._wait_s
        if self._spent_s >= GIVE_UP_S - T1_S:
            self._timer = None
            if self._give_up is not None:
                self._give_up()
            return
        self._send()
        self._wait_s = min(2 * self._wait_s, self._at_most_s)
        self._arm()
