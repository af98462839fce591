"""The signalling of a call that a line gets (RFC 3261, 13.3 and 17.2)."""

from __future__ import annotations

import secrets
from collections.abc import Callable

from sipmessage import Address, Parameters, Request, Response

from engine.sandbox.legs import Leg
from engine.sandbox.signalling import Endpoint, Repeater, Wire, branch_of, reply


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
