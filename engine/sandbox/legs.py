"""What the two sides of a call have in common: a dialog, seen from a line (RFC 3261, 12)."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from typing import Final

from sipmessage import URI, Address, CSeq, MediaType, Request, Response

from engine.sandbox.signalling import Endpoint, Repeater, Wire, reply

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
