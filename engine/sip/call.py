"""A call once it has a dialog: what either side may do in it (RFC 3261, sections 12 to 15)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from engine.sip import negotiation, sdp_reader
from engine.sip.compose import ALLOW, SDP_TYPE, HeaderLines, OutgoingRequest
from engine.sip.core import Core
from engine.sip.dialog import Dialog
from engine.sip.digest import Credentials
from engine.sip.events import CallId, Confirmed, Ended, InfoReceived, Reoffered, Side
from engine.sip.exchange import Exchange
from engine.sip.message import Message, Request, Response
from engine.sip.sdp import Codec, SdpError, SessionDescription
from engine.sip.states import ANSWERED, NEXT, Act, CallState
from engine.sip.transaction import ClientTransaction, ServerTransaction
from engine.sip.unacknowledged import Unacknowledged

NO_DIALOG = frozenset({408, 481})
"What says that the far side has no such dialog any more (RFC 3261, 12.2.1.2)."

MAX_UNACKNOWLEDGED = 4
"Our 2xx to INVITEs of one call that may wait for an ACK at once."


class Call:
    """One call; `OutboundCall` and `InboundCall` add how it begins."""

    def __init__(self, core: Core, call: CallId, credentials: Credentials | None) -> None:
        self.id = call
        self.core = core
        self.state = CallState.CALLING
        self.dialog: Dialog | None = None
        self.local: SessionDescription | None = None
        self.remote: SessionDescription | None = None
        self.credentials = credentials
        self._unacknowledged: dict[int, Unacknowledged] = {}
        self._ending = Ended(call, Side.LOCAL)

    def step(self, act: Act) -> bool:
        """Take one step of the table; False, changing nothing, when it has none."""
        state = NEXT.get((self.state, act))
        if state is None:
            return False
        self.state = state
        if state is CallState.OVER:
            self.close()
        return True

    def close(self) -> None:
        """Leave no timer and no table entry behind."""
        self.core.calls.pop(self.id, None)
        if self.dialog is not None:
            self.core.dialogs.pop(self.dialog.id, None)
        for waiting in self._unacknowledged.values():
            waiting.stop()
        self._unacknowledged.clear()

    def hang_up(self, now: float) -> None:
        """End it in the way its state asks for."""
        if self.step(Act.HANG_UP) and self.state is CallState.LEAVING:
            self.leave(now)

    def leave(self, now: float) -> None:
        """Send our BYE; `Ended` follows its final response (RFC 3261, 15.1.1)."""
        assert self.dialog is not None
        send_bye(self.core, self.dialog, self.credentials, self._on_gone, now)

    def _on_gone(self, was_there: bool) -> None:
        if self.step(Act.GONE):
            self.core.events.append(replace(self._ending, was_there=was_there))

    # What the far side asks within the dialog

    def receive(self, request: Request, transaction: ServerTransaction, now: float) -> None:
        """Answer a request that came within the dialog (RFC 3261, 12.2.2)."""
        assert self.dialog is not None
        in_order = self.dialog.takes_in(request)
        if not in_order and request.method != "BYE":
            transaction.respond(now, 500, "CSeq Out Of Order")
            return
        match request.method:
            case "BYE":
                self.on_bye(request, transaction, now)
            case "INFO":
                self._on_info(request, transaction, now)
            case "INVITE":
                self._on_reinvite(request, transaction, now)
            case "OPTIONS":
                transaction.respond(now, 200, extra=self.core.answer_fields())
            case "UPDATE":
                self._on_update(request, transaction, now)
            case _:
                transaction.respond(now, 405, extra=(("Allow", ALLOW),))

    def receive_ack(self, ack: Request, now: float) -> None:
        """Take the ACK of one of our 2xx; a retransmission does nothing."""
        waiting = self._unacknowledged.pop(ack.cseq.number, None)
        if waiting is None:
            return
        waiting.stop()
        if waiting.wants_answer and not self._learn_answer(ack):
            self._ending = Ended(self.id, Side.LOCAL, "The ACK carries no usable answer")
            self.step(Act.ACK)
            self.hang_up(now)
            return
        begins = self.state is CallState.ANSWERING
        if self.step(Act.ACK) and self.state is CallState.LEAVING:
            self.leave(now)
        elif begins:
            answered = self.remote if waiting.wants_answer else None
            self.core.events.append(Confirmed(self.id, answered))
        elif waiting.wants_answer and self.remote is not None and self.local is not None:
            self.core.events.append(Reoffered(self.id, self.remote, self.local))

    def answer_invite(
        self, transaction: ServerTransaction, local: SessionDescription, now: float
    ) -> None:
        """Send 200 with *local* until the ACK comes (RFC 3261, 13.3.1.4)."""
        self.local = local
        wire = transaction.respond(now, 200, extra=self.core.answer_fields(), body=bytes(local))
        waiting = Unacknowledged(
            transaction,
            wire,
            agenda=self.core.agenda,
            give_up=self.on_unacknowledged,
            wants_answer=not transaction.request.body,
            now=now,
        )
        self._unacknowledged[transaction.request.cseq.number] = waiting

    def on_unacknowledged(self, cseq: int, now: float) -> None:
        """Give up on an ACK: the call is ended with a BYE (RFC 3261, 13.3.1.4)."""
        del self._unacknowledged[cseq]
        if self.step(Act.UNACKNOWLEDGED):
            self._ending = Ended(self.id, Side.LOCAL, "The answer was never acknowledged")
            self.leave(now)

    def _learn_answer(self, ack: Request) -> bool:
        remote = read_sdp(ack)
        if remote is None or self.local is None or not negotiation.agree(self.local, remote):
            return False
        self.remote = remote
        return True

    def on_bye(self, request: Request, transaction: ServerTransaction, now: float) -> None:
        """Take the far side's BYE (RFC 3261, 15.1.2)."""
        transaction.respond(now, 200)
        was_leaving = self.state is CallState.LEAVING
        if self.step(Act.BYE):
            theirs = Ended(self.id, Side.REMOTE, request.first("reason"))
            self.core.events.append(self._ending if was_leaving else theirs)

    def _on_info(self, request: Request, transaction: ServerTransaction, now: float) -> None:
        transaction.respond(now, 200)
        if self.state in ANSWERED:
            kind = request.first("content-type")
            self.core.events.append(InfoReceived(self.id, kind, request.body))

    def _on_update(self, request: Request, transaction: ServerTransaction, now: float) -> None:
        """Answer an UPDATE: an offer with an answer, none with none (RFC 3311, 5.2)."""
        assert self.dialog is not None
        body = b""
        if request.body:
            local = self._answer_offer(request, transaction, now)
            if local is None:
                return
            self.local = local
            body = bytes(local)
        self.dialog.refresh_target(request)
        transaction.respond(now, 200, extra=self.core.answer_fields(), body=body)
        self._tell_reoffered(request)

    def _on_reinvite(self, request: Request, transaction: ServerTransaction, now: float) -> None:
        """Answer a re-INVITE with the media that we have (RFC 3261, 14.2)."""
        assert self.dialog is not None
        if self.state not in ANSWERED or self.local is None:
            transaction.respond(now, 491)
            return
        if len(self._unacknowledged) >= MAX_UNACKNOWLEDGED:
            transaction.respond(now, 500, extra=(("Retry-After", "5"),))
            return
        local: SessionDescription | None = negotiation.revise(self.local)
        if request.body:
            local = self._answer_offer(request, transaction, now)
        if local is not None:
            self.dialog.refresh_target(request)
            self.answer_invite(transaction, local, now)
            self._tell_reoffered(request)

    def _tell_reoffered(self, request: Request) -> None:
        if request.body and self.remote is not None and self.local is not None:
            self.core.events.append(Reoffered(self.id, self.remote, self.local))

    def _answer_offer(
        self, request: Request, transaction: ServerTransaction, now: float
    ) -> SessionDescription | None:
        """Our answer to the offer in *request*; `None` once it has been refused."""
        if request.first("content-type").split(";")[0].strip().lower() != SDP_TYPE:
            transaction.respond(now, 415, extra=(("Accept", SDP_TYPE),))
            return None
        offered = read_sdp(request)
        local = self._same_media(offered) if offered else None
        if local is None:
            transaction.respond(now, 488)
            return None
        self.remote = offered
        return local

    def _same_media(self, offered: SessionDescription) -> SessionDescription | None:
        local, audio = self.local, self.local.audio if self.local else None
        if local is None or audio is None:
            return None
        spoken = self.remote and negotiation.agree(local, self.remote)
        codecs: tuple[Codec, ...] = negotiation.PREFERRED
        if spoken:
            codecs = (spoken.codec, *(codec for codec in codecs if codec is not spoken.codec))
        return negotiation.answer(
            offered,
            audio.host,
            audio.port,
            codecs=codecs,
            session_id=local.session_id,
            version=local.version + 1,
        )


class Farewell:
    """A BYE whose answer matters only in whether there was anybody to give it."""

    def __init__(self, gone: Callable[[bool], None]) -> None:
        self._gone = gone

    def on_response(self, sent: ClientTransaction, response: Response, now: float) -> None:
        """Any final response ends it: 481 and 408 say that the dialog is no more."""
        if response.code >= 200:
            self._gone(response.code not in NO_DIALOG)

    def on_timeout(self, sent: ClientTransaction, now: float) -> None:
        """Nobody agreed: it is over all the same."""
        self._gone(False)


def send_bye(
    core: Core,
    dialog: Dialog,
    credentials: Credentials | None,
    gone: Callable[[bool], None],
    now: float,
) -> None:
    """Send a BYE in *dialog* (RFC 3261, 15.1.1).

    Once it is settled, *gone* is told whether the far side still had the dialog.
    """

    def build(authorization: HeaderLines) -> OutgoingRequest:
        return within(core, dialog, "BYE", dialog.next_cseq(), authorization)

    Exchange(core, build, dialog.next_hop(), Farewell(gone), credentials).send(now)


def within(
    core: Core, dialog: Dialog, method: str, cseq: int, extra: HeaderLines = ()
) -> OutgoingRequest:
    """A request of ours within *dialog* (RFC 3261, 12.2.1.1)."""
    uri, route = dialog.routed()
    return OutgoingRequest(
        method, uri, core.via(), route, dialog.local, dialog.remote, dialog.call_id, cseq, extra
    )


def read_sdp(message: Message) -> SessionDescription | None:
    """The session description that *message* carries, if it can be read."""
    if message.first("content-type").split(";")[0].strip().lower() != SDP_TYPE:
        return None
    try:
        return sdp_reader.parse(message.body) if message.body else None
    except SdpError:
        return None
