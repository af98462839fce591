"""The user agent: datagrams and instants in, datagrams and events out."""

from __future__ import annotations

import itertools
import secrets
from collections.abc import Callable, Collection
from typing import NamedTuple

from engine.sip.call import Call, read_sdp
from engine.sip.compose import (
    ACCEPT,
    ALLOW,
    SDP_TYPE,
    Address,
    HeaderLines,
    respond,
    response_address,
    stateless_tag,
)
from engine.sip.core import Core
from engine.sip.digest import Credentials
from engine.sip.events import CallId, Event
from engine.sip.inbound import InboundCall
from engine.sip.layer import TransactionLayer
from engine.sip.message import MessageError, Request, Response, parse, parse_uri
from engine.sip.outbound import OutboundCall
from engine.sip.sdp import SessionDescription
from engine.sip.timers import Agenda
from engine.sip.transaction import ServerTransaction

REQUESTS_AT_ONCE = 50_000
"Server transactions alive at once, which is 32 s of 1,500 requests a second."

WITHIN_A_DIALOG_ONLY = frozenset({"BYE", "INFO", "UPDATE", "PRACK"})


def _token() -> str:
    return secrets.token_hex(8)


class UserAgent:
    """A SIP user agent, client and server, over UDP; `engine.sip` says how to drive it.

    *address* is what Via and Contact say; requests from hosts other than *only_from* are met
    with silence. *credentials* answer challenges within inbound calls. Beyond
    *requests_at_once* server transactions, requests are refused without being remembered.
    """

    def __init__(
        self,
        address: Address,
        *,
        product: str = "Licite",
        only_from: Collection[str] | None = None,
        credentials: Credentials | None = None,
        requests_at_once: int = REQUESTS_AT_ONCE,
        token: Callable[[], str] = _token,
    ) -> None:
        agenda = Agenda()
        self._core = Core(address, product, token, agenda, TransactionLayer(agenda))
        self._only_from = only_from
        self._credentials = credentials
        self._requests_at_once = requests_at_once
        self._ids = itertools.count(1)

    @property
    def unfinished(self) -> int:
        """How many calls, transactions and alarms are alive: 0 when nothing is left behind."""
        return len(self._core.calls) + len(self._core.layer) + len(self._core.agenda)

    # The five verbs of the socket's owner

    def receive_datagram(self, data: bytes, source: Address, now: float) -> None:
        """Take a datagram; whatever it is, nothing is raised (RFC 3261, 18)."""
        if self._only_from is not None and source[0] not in self._only_from:
            return
        try:
            message = parse(data)
        except MessageError as error:
            if error.request is not None and error.request.method != "ACK":
                self._refuse(error.request, source, error.code, error.reason)
            return
        if isinstance(message, Response):
            self._core.layer.receive_response(message, now)
        elif not self._core.layer.absorb(message, now):
            self._receive_request(message, source, now)

    def datagrams_to_send(self) -> list[tuple[bytes, Address]]:
        """What is to leave now, in order."""
        layer = self._core.layer
        out, layer.outbox = layer.outbox, []
        return out

    def next_timeout(self) -> float | None:
        """The instant at which `handle_timeout` is wanted."""
        return self._core.agenda.next_due()

    def handle_timeout(self, now: float) -> None:
        """Let every timer that is due at *now* fire."""
        self._core.agenda.ring(now)

    def next_event(self) -> Event | None:
        """The next thing that happened, in order."""
        return self._core.events.popleft() if self._core.events else None

    # The verbs on calls

    def invite(
        self,
        to_uri: str,
        destination: Address,
        *,
        caller_id: str,
        sdp: SessionDescription,
        now: float,
        domain: str = "",
        credentials: Credentials | None = None,
    ) -> CallId:
        """Call *to_uri* by a datagram to *destination*, offering *sdp*.

        *caller_id* is a URI, or a number that is put before *domain* (or the destination's
        host); From and P-Asserted-Identity carry it as it is. Raises ValueError for what is
        no URI.
        """
        caller_uri = (
            caller_id if ":" in caller_id else f"sip:{caller_id}@{domain or destination[0]}"
        )
        parse_uri(to_uri)
        parse_uri(caller_uri)
        call = OutboundCall(
            self._core,
            next(self._ids),
            to_uri=to_uri,
            caller_uri=caller_uri,
            destination=destination,
            sdp=sdp,
            credentials=credentials,
            now=now,
        )
        self._core.calls[call.id] = call
        return call.id

    def cancel(self, call: CallId, now: float) -> None:
        """Give up a call; one that has been answered by now is ended with a BYE."""
        self._hang_up(call, now)

    def bye(self, call: CallId, now: float) -> None:
        """End a call; one that has not been answered yet is cancelled, or refused."""
        self._hang_up(call, now)

    def ring(self, call: CallId, now: float) -> None:
        """Answer 180 to an inbound call."""
        if isinstance(found := self._core.calls.get(call), InboundCall):
            found.ring(now)

    def accept(self, call: CallId, sdp: SessionDescription, now: float) -> None:
        """Answer an inbound call with *sdp*: an answer to its offer, or an offer."""
        if isinstance(found := self._core.calls.get(call), InboundCall):
            found.accept(sdp, now)

    def reject(
        self, call: CallId, code: int = 603, reason: str | None = None, *, now: float
    ) -> None:
        """Refuse an inbound call with a final *code* from 400 on; no event follows."""
        if not 400 <= code <= 699:
            raise ValueError(f"{code} refuses nothing: a code from 400 to 699 does")
        if isinstance(found := self._core.calls.get(call), InboundCall):
            found.reject(code, reason, now)

    def _hang_up(self, call: CallId, now: float) -> None:
        found = self._core.calls.get(call)
        if found is not None:
            found.hang_up(now)

    # Requests that belong to no transaction yet (RFC 3261, 8.2)

    def _receive_request(self, request: Request, source: Address, now: float) -> None:
        if request.method == "ACK":
            if (call := self._call_of(request)) is not None:
                call.receive_ack(request, now)
            return
        if self._core.layer.servers >= self._requests_at_once:
            self._refuse(request, source, 503, extra=(("Retry-After", "10"),))
            return
        call = self._call_of(request)
        refusal = self._refusal(request, call)
        tag = call.dialog.local_tag if call and call.dialog else self._core.token()
        transaction = self._core.layer.accept(request, source, to_tag=tag)
        self._answer(transaction, call, refusal, now)
        transaction.slim()

    def _answer(
        self,
        transaction: ServerTransaction,
        call: Call | None,
        refusal: Refusal | None,
        now: float,
    ) -> None:
        request = transaction.request
        if request.method == "CANCEL":
            self._on_cancel(request, transaction, now)
        elif refusal is not None:
            transaction.respond(now, refusal.code, extra=refusal.extra)
        elif call is not None:
            call.receive(request, transaction, now)
        elif request.method == "INVITE":
            self._on_invite(request, transaction, now)
        else:
            transaction.respond(now, 200, extra=self._abilities())

    def _refusal(self, request: Request, call: Call | None) -> Refusal | None:
        """Why *request* is refused before it is looked into, if it is (8.2.1 to 8.2.3)."""
        if call is None and request.method in WITHIN_A_DIALOG_ONLY:
            return Refusal(481)
        if call is None and request.method not in ("INVITE", "OPTIONS"):
            return Refusal(405, (("Allow", ALLOW),))
        if self._core.layer.is_merged(request):
            return Refusal(482)
        if call is None and request.to_tag:
            return Refusal(481)
        if required := request.listed_or_nothing("require"):
            return Refusal(420, (("Unsupported", ", ".join(required)),))
        return None if call else _unacceptable(request)

    def _on_invite(self, request: Request, transaction: ServerTransaction, now: float) -> None:
        offered = read_sdp(request)
        if request.body and (offered is None or offered.audio is None):
            transaction.respond(now, 488)
            return
        call = InboundCall(
            self._core,
            next(self._ids),
            transaction,
            offered=offered,
            now=now,
            credentials=self._credentials,
        )
        self._core.calls[call.id] = call

    def _on_cancel(self, request: Request, transaction: ServerTransaction, now: float) -> None:
        """Answer a CANCEL, and the INVITE it is about (RFC 3261, 9.2)."""
        invite = self._core.layer.cancelled(request)
        if invite is None:
            transaction.respond(now, 481)
            return
        transaction.to_tag = invite.to_tag
        transaction.respond(now, 200)
        key = request.call_id, invite.to_tag, request.from_tag
        if isinstance(call := self._core.dialogs.get(key), InboundCall):
            call.on_cancel(now)

    def _call_of(self, request: Request) -> Call | None:
        if not request.to_tag:
            return None
        return self._core.dialogs.get((request.call_id, request.to_tag, request.from_tag))

    def _abilities(self) -> HeaderLines:
        return (("Allow", ALLOW), ("Accept", ACCEPT), *self._core.product_field("Server"))

    def _refuse(
        self,
        request: Request,
        source: Address,
        code: int,
        reason: str | None = None,
        *,
        extra: HeaderLines = (),
    ) -> None:
        """Refuse without remembering (RFC 3261, 8.2.7)."""
        tag = stateless_tag(request)
        wire = respond(request, code, reason, source=source, to_tag=tag, extra=extra)
        self._core.layer.send(wire, response_address(request, source))


class Refusal(NamedTuple):
    """A final response to a request that nobody looked into."""

    code: int
    extra: HeaderLines = ()


def _unacceptable(request: Request) -> Refusal | None:
    """Why the content of a request outside a dialog is refused, if it is (8.2.3)."""
    if request.method != "INVITE":
        return None
    accepted = [
        entry.split(";")[0].strip().lower() for entry in request.listed_or_nothing("accept")
    ]
    if accepted and not {SDP_TYPE, "application/*", "*/*"}.intersection(accepted):
        return Refusal(406)
    encoding = request.first("content-encoding").lower()
    kind = request.first("content-type").split(";")[0].strip().lower()
    if request.body and (kind != SDP_TYPE or encoding not in ("", "identity")):
        return Refusal(415, (("Accept", SDP_TYPE), ("Accept-Encoding", "identity")))
    return None
