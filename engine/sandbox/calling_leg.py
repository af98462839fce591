"""The signalling of a call that a line makes (RFC 3261, 13.2 and 17.1)."""

from __future__ import annotations

import asyncio
import secrets

from sipmessage import Address, CSeq, Parameters, Request, Response

from engine.sandbox.legs import Leg
from engine.sandbox.signalling import Endpoint, Wire


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
