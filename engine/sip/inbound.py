"""Somebody's call to us: INVITE, and our answer to it (RFC 3261, 13.3)."""

from __future__ import annotations

from engine.sip import dialog as dialogs
from engine.sip.call import Call
from engine.sip.core import Core
from engine.sip.digest import Credentials
from engine.sip.events import CallId, Cancelled, Invited
from engine.sip.fields import name_addr
from engine.sip.message import Request
from engine.sip.sdp import SessionDescription
from engine.sip.states import Act, CallState
from engine.sip.transaction import ServerTransaction

UNANSWERED_AT_MOST_S = 180.0
"An inbound call that its owner forgot is refused after this long (RFC 3261, 13.3.1.1)."


class InboundCall(Call):
    """One INVITE of the far side's."""

    def __init__(
        self,
        core: Core,
        call: CallId,
        transaction: ServerTransaction,
        *,
        offered: SessionDescription | None,
        now: float,
        credentials: Credentials | None = None,
    ) -> None:
        super().__init__(core, call, credentials)
        self.state = CallState.INCOMING
        self.remote = offered
        self._transaction = transaction
        request = transaction.request
        self.dialog = dialogs.of_invite(request, to_tag=transaction.to_tag, peer=transaction.source)
        core.dialogs[self.dialog.id] = self
        self._alarm = core.agenda.set(now + UNANSWERED_AT_MOST_S, self._on_forgotten)
        transaction.respond(now, 100)
        core.events.append(_invited(call, request, offered))

    def ring(self, now: float) -> None:
        """Say that we are being called."""
        if self.state is CallState.INCOMING:
            self._transaction.respond(now, 180, extra=(("Contact", self.core.contact),))

    def accept(self, local: SessionDescription, now: float) -> None:
        """Answer with *local*; `Confirmed` follows the ACK."""
        if self.step(Act.ACCEPT):
            self._alarm.cancel()
            self.answer_invite(self._transaction, local, now)

    def reject(self, code: int, reason: str | None, now: float) -> None:
        """Refuse; nothing follows."""
        if self.step(Act.REJECT):
            self._transaction.respond(now, code, reason)

    def hang_up(self, now: float) -> None:
        """Refuse before the answer, BYE after it."""
        self.reject(603, None, now)
        super().hang_up(now)

    def on_cancel(self, now: float) -> None:
        """Take the far side's CANCEL, which comes to nothing after our answer (9.2)."""
        if self.step(Act.CANCEL):
            self._transaction.respond(now, 487)
            self.core.events.append(Cancelled(self.id))

    def close(self) -> None:
        """Leave no timer and no table entry behind."""
        self._alarm.cancel()
        super().close()

    def on_bye(self, request: Request, transaction: ServerTransaction, now: float) -> None:
        """A BYE before our answer gives the INVITE up (RFC 3261, 15.1.2)."""
        if self.state is CallState.INCOMING:
            transaction.respond(now, 200)
            self.on_cancel(now)
        else:
            super().on_bye(request, transaction, now)

    def _on_forgotten(self, now: float) -> None:
        if self.step(Act.CANCEL):
            self._transaction.respond(now, 480)
            self.core.events.append(Cancelled(self.id))


def _invited(call: CallId, request: Request, offered: SessionDescription | None) -> Invited:
    asserted = [
        uri for entry in request.listed_or_nothing("p-asserted-identity") if (uri := _uri(entry))
    ]
    return Invited(
        call=call,
        caller=_uri(request.first("from")) or "",
        asserted=asserted[0] if asserted else None,
        privacy=request.first("privacy").lower(),
        called=request.uri,
        sdp=offered,
    )


def _uri(entry: str) -> str | None:
    try:
        return name_addr(entry).uri
    except ValueError:
        return None
