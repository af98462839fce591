"""A call of ours: INVITE, CANCEL, and the answers that may cross (RFC 3261, 9 and 13.2)."""

from __future__ import annotations

from engine.sip import dialog as dialogs
from engine.sip import negotiation
from engine.sip.call import Call, read_sdp, send_bye, within
from engine.sip.compose import Address, HeaderLines, OutgoingRequest
from engine.sip.core import Core
from engine.sip.dialog import Dialog
from engine.sip.digest import Credentials
from engine.sip.events import Answered, CallId, Failed, Provisional, Side
from engine.sip.exchange import Exchange
from engine.sip.message import Response
from engine.sip.sdp import SessionDescription
from engine.sip.states import Act, CallState
from engine.sip.timers import T1, Alarm
from engine.sip.transaction import ClientTransaction

RINGING_AT_MOST_S = 300.0
"A call that its owner forgot is cancelled after this long."
MAX_FORKS = 8
"Answers of one INVITE from different phones that are acknowledged (and ended)."


class OutboundCall(Call):
    """One INVITE of ours and what becomes of it."""

    def __init__(
        self,
        core: Core,
        call: CallId,
        *,
        to_uri: str,
        caller_uri: str,
        destination: Address,
        sdp: SessionDescription,
        credentials: Credentials | None,
        now: float,
    ) -> None:
        super().__init__(core, call, credentials)
        self.local = sdp
        self._to_uri = to_uri
        self._caller_uri = caller_uri
        self._from = f"<{caller_uri}>;tag={core.token()}"
        self._call_id = core.token() + core.token()
        self._cseq = 0
        self._acks: dict[str, tuple[bytes, Address]] = {}
        self._has_cancelled = False
        self._exchange = Exchange(core, self._invite, destination, self, credentials)
        self._exchange.send(now)
        self._alarm: Alarm = core.agenda.set(now + RINGING_AT_MOST_S, self.hang_up)

    def hang_up(self, now: float) -> None:
        """CANCEL before the answer, BYE after it."""
        super().hang_up(now)
        if self.state is CallState.CANCELLING:
            self._exchange.is_abandoned = True
            if self._is_proceeding:
                self._cancel(now)

    def close(self) -> None:
        """Leave no timer and no table entry behind."""
        self._alarm.cancel()
        super().close()

    def on_response(self, sent: ClientTransaction, response: Response, now: float) -> None:
        """Take a response to our INVITE (RFC 3261, 13.2.2)."""
        if response.code < 200:
            self._on_provisional(response, now)
        elif response.code < 300:
            self._on_answer(response, now)
        elif self.step(Act.REFUSAL):
            self._fail(response.code, response.reason, Side.REMOTE, retry_after(response))

    def on_timeout(self, sent: ClientTransaction, now: float) -> None:
        """No response at all (timer B), or none after our CANCEL (RFC 3261, 9.1)."""
        if self.step(Act.REFUSAL):
            if self._has_cancelled:
                self._fail(487, "Cancelled", Side.LOCAL)
            else:
                self._fail(408, "No answer from the trunk", Side.LOCAL)

    def _invite(self, authorization: HeaderLines) -> OutgoingRequest:
        self._cseq += 1
        assert self.local is not None
        return OutgoingRequest(
            "INVITE",
            self._to_uri,
            self.core.via(),
            (),
            self._from,
            f"<{self._to_uri}>",
            self._call_id,
            self._cseq,
            (
                ("P-Asserted-Identity", f"<{self._caller_uri}>"),
                *self.core.invitation_fields(),
                *authorization,
            ),
            bytes(self.local),
        )

    @property
    def _is_proceeding(self) -> bool:
        """Whether a provisional response came: the condition of a CANCEL (RFC 3261, 9.1)."""
        transaction = self._exchange.transaction
        return transaction is not None and transaction.has_provisional

    def _cancel(self, now: float) -> None:
        transaction = self._exchange.transaction
        if self._has_cancelled or transaction is None:
            return
        self._has_cancelled = True
        cancel = transaction.request.cancel()
        self.core.layer.request(cancel, transaction.destination, Unheard(), now)
        self._alarm.cancel()
        self._alarm = self.core.agenda.set(now + 64 * T1, transaction.abandon)

    def _on_provisional(self, response: Response, now: float) -> None:
        if not self.step(Act.PROVISIONAL):
            return
        early = read_sdp(response)
        self.remote = early or self.remote
        event = Provisional(self.id, response.code, response.reason, early)
        self.core.events.append(event)
        if self.state is CallState.CANCELLING:
            self._cancel(now)

    def _on_answer(self, response: Response, now: float) -> None:
        known = self._acks.get(response.to_tag)
        if known is not None:
            self.core.layer.send(*known)
            return
        if len(self._acks) >= MAX_FORKS:
            return
        answered = self._acknowledge(response)
        given_up = self.state is CallState.CANCELLING
        if not self.step(Act.ANSWER):  # another phone answered first (RFC 3261, 13.2.2.4)
            self._dismiss(answered, now)
        elif given_up:  # CANCEL and 200 crossed
            self._dismiss(answered, now)
            self._fail(487, "Cancelled as it was answered", Side.LOCAL)
        else:
            self._begin(answered, response, now)

    def _begin(self, dialog: Dialog, response: Response, now: float) -> None:
        """Go on with an answered call, if its audio can be had."""
        self._alarm.cancel()
        self.remote = read_sdp(response) or self.remote
        assert self.local is not None
        if self.remote is None or not negotiation.agree(self.local, self.remote):
            self.state = CallState.OVER
            self.close()
            self._dismiss(dialog, now)
            self._fail(488, "The answer has no audio that we can use", Side.LOCAL)
            return
        self.dialog = dialog
        self.core.dialogs[dialog.id] = self
        self.core.events.append(Answered(self.id, self.remote))

    def _acknowledge(self, response: Response) -> Dialog:
        """Send the ACK of a 2xx, which is ours to send (RFC 3261, 13.2.2.4)."""
        dialog = dialogs.of_answer(
            response,
            local=self._from,
            target=self._to_uri,
            cseq=self._cseq,
            peer=self._destination,
        )
        ack = within(self.core, dialog, "ACK", self._cseq, self._exchange.authorization)
        self._acks[response.to_tag] = bytes(ack), dialog.next_hop()
        self.core.layer.send(*self._acks[response.to_tag])
        return dialog

    def _dismiss(self, dialog: Dialog, now: float) -> None:
        send_bye(self.core, dialog, self.credentials, _unheard, now)

    @property
    def _destination(self) -> Address:
        assert self._exchange.transaction is not None
        return self._exchange.transaction.destination

    def _fail(self, code: int, reason: str, origin: Side, retry_after_s: int | None = None) -> None:
        self.core.events.append(Failed(self.id, code, reason, origin, retry_after_s))


class Unheard:
    """The user of a CANCEL: only the INVITE's own final response tells anything."""

    def on_response(self, sent: ClientTransaction, response: Response, now: float) -> None:
        """Nothing follows from it."""

    def on_timeout(self, sent: ClientTransaction, now: float) -> None:
        """Nothing follows from it."""


def retry_after(response: Response) -> int | None:
    """The seconds that Retry-After asks for, at most a day (RFC 3261, 20.33)."""
    digits = response.first("retry-after").split("(")[0].split(";")[0].strip()
    if not (digits.isascii() and digits.isdigit()):
        return None
    return min(int(digits[:9]), 86_400)


def _unheard(was_there: bool) -> None:
    """Nothing follows from the end of a call that nobody has."""
