"""One call's signalling, seen from a line: called by the engine, or calling it back (RFC 3261)."""

from __future__ import annotations

import asyncio
import re
import secrets
from collections.abc import Callable
from typing import Final

from sipmessage import URI, Address, CSeq, MediaType, Parameters, Request, Response

from engine.sandbox.signalling import Endpoint, Repeater, Wire, branch_of, reply

_SDP: Final = MediaType("application/sdp")
_DTMF: Final = MediaType("application/dtmf-relay")
_SIGNAL: Final = re.compile(rb"^Signal\s*=\s*([0-9A-D*#])", re.MULTILINE | re.IGNORECASE)


def _ignore(_: object) -> None:
    """Take no notice."""


class Leg:
    """A dialog. `over` is set when the call has ended, and `ended_by` says by whom."""

    def __init__(self, wire: Wire, *, call_id: str, local: Address, remote: Address) -> None:
        self.call_id = call_id
        self.over = asyncio.Event()
        self.ended_by = ""
        self.on_key: Callable[[str], None] = _ignore
        self.on_acknowledged: Callable[[Request], None] = _ignore
        self.own_sdp = b""
        self._wire = wire
        self._local, self._remote = local, remote
        self._target: URI = remote.uri
        self._far: Endpoint = ("", 0)
        self._routes: list[str] = []
        self._sequence = 0
        self._last_info = -1
        self._final: Repeater | None = None
        self._own_requests: dict[tuple[int, str], Repeater] = {}

    def end(self, by: str) -> None:
        """Note the end of the call; only the first cause counts."""
        if not self.over.is_set():
            self.ended_by = by
            self.over.set()

    def hang_up(self, by: str) -> None:
        """End an answered call from our side (RFC 3261, 15.1.1)."""
        if not self.over.is_set():
            self.end(by)
            self._stop_final()
            self._send_request(self._request("BYE"))

    def press(self, digit: str) -> None:
        """Send a key in an INFO request."""
        body = f"Signal={digit}\r\nDuration=160\r\n".encode()
        request = self._request("INFO", body)
        request.content_type = _DTMF
        self._send_request(request)

    def receive_request(self, request: Request, source: Endpoint) -> None:
        """Answer a request within the dialog."""
        self._far = source
        match request.method:
            case "ACK":
                self._acknowledged(request)
            case "BYE":
                self._answer(request, 200)
                self._stop_final()
                self.end("caller")
            case "INFO":
                self._answer(request, 200)
                self._note_key(request)
            case "INVITE" | "UPDATE":
                self._answer(request, 200, self.own_sdp if request.body else b"")
            case "OPTIONS":
                self._answer(request, 200)
            case _:
                self._answer(request, 405)

    def receive_response(self, response: Response) -> None:
        """Take the answer to one of our requests."""
        self._own_request_answered(response)

    @property
    def is_settled(self) -> bool:
        """Whether nothing that we sent still waits for its answer."""
        return not self._own_requests and self._final is None

    def finish(self) -> None:
        """End the call if it has not ended: the sandbox closes."""
        self.hang_up("sandbox")

    def let_go(self) -> None:
        """Keep answering repetitions, but hold on to nothing of the call."""
        self.on_key = self.on_acknowledged = _ignore

    def forget(self) -> None:
        """Stop every timer."""
        self._stop_final()
        for repeater in self._own_requests.values():
            repeater.stop()
        self._own_requests.clear()

    def _acknowledged(self, request: Request) -> None:
        self._stop_final()

    def _note_key(self, request: Request) -> None:
        """Count the key of an INFO once, however often it is repeated."""
        found = _SIGNAL.search(request.body)
        if request.cseq.sequence > self._last_info and found:
            self._last_info = request.cseq.sequence
            self.on_key(found[1].decode())

    def _stop_final(self) -> None:
        if self._final is not None:
            self._final.stop()
            self._final = None

    def _answer(self, request: Request, code: int, sdp: bytes = b"") -> None:
        response = reply(request, code, self._far, tag=self._local.parameters.get("tag") or "")
        self._describe(response, sdp)
        self._wire.send(response, self._far)

    def _describe(self, message: Request | Response, sdp: bytes) -> None:
        message.contact = [self._wire.contact]
        if sdp:
            message.content_type = _SDP
            message.body = sdp

    def _request(self, method: str, body: bytes = b"") -> Request:
        self._sequence += 1
        request = Request(method, self._target, body)
        request.via = [self._wire.new_via()]
        request.max_forwards = 70
        request.headers.setlist("Route", list(self._routes))
        request.from_address, request.to_address = self._local, self._remote
        request.call_id = self.call_id
        request.cseq = CSeq(self._sequence, method)
        request.contact = [self._wire.contact]
        return request

    def _send_request(self, request: Request) -> None:
        key = (request.cseq.sequence, request.method)
        self._own_requests[key] = Repeater(
            lambda: self._wire.send(request, self._far),
            give_up=lambda: self._drop(key),
        )

    def _drop(self, key: tuple[int, str]) -> None:
        self._own_requests.pop(key, None)

    def _own_request_answered(self, response: Response) -> None:
        key = (response.cseq.sequence, response.cseq.method)
        if key in self._own_requests and (response.code >= 200 or key[1] == "INVITE"):
            self._own_requests.pop(key).stop()


class CalledLeg(Leg):
    """A call that a line gets."""

    def __init__(self, wire: Wire, invite: Request, source: Endpoint) -> None:
        tagged = Parameters(tag=secrets.token_hex(6))
        local = Address(invite.to_address.uri, invite.to_address.name, tagged)
        super().__init__(wire, call_id=invite.call_id, local=local, remote=invite.from_address)
        self.invite = invite
        self.answered = False
        self._far = source
        self._target = invite.contact[0].uri if invite.contact else invite.from_address.uri
        self._routes = invite.headers.getlist("Record-Route")
        self._last: Response | None = None
        self._refused = False

    def progress(self, code: int, sdp: bytes = b"") -> None:
        """Send a provisional response."""
        self._last = self._response(code, sdp)
        self._wire.send(self._last, self._far)

    def accept(self, sdp: bytes) -> int:
        """Answer; 200 is repeated until its ACK comes (RFC 3261, 13.3.1.4)."""
        self.answered, self.own_sdp = True, sdp
        self._finally(self._response(200, sdp), give_up=lambda: self.hang_up("no_ack"))
        return 200

    def refuse(self, code: int, by: str = "refused") -> int:
        """Refuse; the response is repeated until its ACK comes (RFC 3261, 17.2.1)."""
        self._refused = True
        self.end(by)
        self._finally(self._response(code), give_up=self._stop_final)
        return code

    def finish(self) -> None:
        """End the call if it has not ended: the sandbox closes."""
        if self.answered:
            self.hang_up("sandbox")
        elif not self.over.is_set():
            self.refuse(480, "sandbox")

    def receive_request(self, request: Request, source: Endpoint) -> None:
        """Answer a request of this call, the INVITE's own repetitions and CANCEL included."""
        if request.method == "CANCEL":
            self._cancelled(request)
        elif request.method == "INVITE" and "tag" not in request.to_address.parameters:
            if branch_of(request) == branch_of(self.invite) and self._last is not None:
                self._wire.send(self._last, self._far)
        else:
            super().receive_request(request, source)

    def _cancelled(self, request: Request) -> None:
        """RFC 3261, 9.2: too late once a final response has been sent."""
        if branch_of(request) != branch_of(self.invite):
            self._answer(request, 481)
            return
        self._answer(request, 200)
        if not self.answered and not self._refused:
            self.refuse(487, "cancelled")

    def _acknowledged(self, request: Request) -> None:
        super()._acknowledged(request)
        if self.answered:
            self.on_acknowledged(request)

    def _response(self, code: int, sdp: bytes = b"") -> Response:
        response = reply(self.invite, code, self._far, tag=self._local.parameters["tag"] or "")
        self._describe(response, sdp)
        return response

    def _finally(self, response: Response, *, give_up: Callable[[], None]) -> None:
        self._last = response
        self._final = Repeater(lambda: self._wire.send(response, self._far), give_up=give_up)


class CallingLeg(Leg):
    """A call that a line makes. `final` becomes the last response to its INVITE."""

    def __init__(self, wire: Wire, *, to: Address, from_: Address, far: Endpoint) -> None:
        tagged = Address(from_.uri, from_.name, Parameters(tag=secrets.token_hex(6)))
        call_id = f"{secrets.token_hex(12)}@{wire.host}"
        super().__init__(wire, call_id=call_id, local=tagged, remote=to)
        self.final: asyncio.Future[Response] = asyncio.get_running_loop().create_future()
        self._far = far
        self._invite: Request | None = None
        self._ack: Request | None = None

    @property
    def own_address(self) -> Address:
        """Who calls, without the dialog's tag."""
        return Address(self._local.uri, self._local.name)

    def invite(self, sdp: bytes, *, asserted: Address | None) -> Request:
        """Ring (RFC 3261, 13.2); the number is asserted, or withheld (RFC 3323, RFC 3325)."""
        self.own_sdp = sdp
        request = self._request("INVITE")
        self._describe(request, sdp)
        if asserted is not None:
            request.headers.set("P-Asserted-Identity", str(asserted))
        else:
            request.headers.set("Privacy", "id")
        self._invite = request
        self._send_request(request)
        return request

    def finish(self) -> None:
        """End the call if it has not ended: the sandbox closes."""
        if not self.final.done():
            self.give_up("sandbox")
        elif self.final.result().code < 300:
            self.hang_up("sandbox")

    def give_up(self, by: str = "line") -> None:
        """Cancel while it rings (RFC 3261, 9.1)."""
        if self._invite is None or self.final.done() or self.over.is_set():
            return
        self.end(by)
        cancel = self._request("CANCEL")
        cancel.via, cancel.cseq = self._invite.via, CSeq(self._invite.cseq.sequence, "CANCEL")
        self._sequence = self._invite.cseq.sequence
        self._send_request(cancel)

    def receive_response(self, response: Response) -> None:
        """Take the answer to our INVITE, or to a later request."""
        super().receive_response(response)
        if response.cseq.method == "INVITE" and response.code >= 200:
            self._acknowledge(response)
            if not self.final.done():
                self.final.set_result(response)

    def _acknowledge(self, response: Response) -> None:
        """Send the ACK, again for every repetition (RFC 3261, 13.2.2.4 and 17.1.1.3)."""
        assert self._invite is not None
        crossed_cancel = self._ack is None and self.over.is_set() and response.code < 300
        if self._ack is None:
            self._ack = self._new_ack(response)
        self._wire.send(self._ack, self._far)
        if crossed_cancel:
            self._send_request(self._request("BYE"))

    def _new_ack(self, response: Response) -> Request:
        assert self._invite is not None
        self._remote = response.to_address
        if response.code < 300:
            self._target = response.contact[0].uri if response.contact else self._target
            self._routes = response.headers.getlist("Record-Route")[::-1]
        ack = self._request("ACK")
        self._sequence -= 1
        ack.cseq = CSeq(self._invite.cseq.sequence, "ACK")
        if response.code >= 300:
            ack.via = self._invite.via
        return ack
