"""Transactions: one request and its responses, run by the tables (RFC 3261, section 17)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from engine.sip.compose import Address, HeaderLines, OutgoingRequest, respond, response_address
from engine.sip.message import Request, Response
from engine.sip.tables import (
    CLIENT,
    INVITE_CLIENT,
    INVITE_SERVER,
    SERVER,
    Do,
    Input,
    State,
    Table,
)
from engine.sip.timers import CAP_S, DURATION_S, T2, Agenda, Alarm, Timer

Send = Callable[[bytes, Address], None]


class ClientUser(Protocol):
    """Whoever sent a request, and hears what becomes of it."""

    def on_response(self, sent: ClientTransaction, response: Response, now: float) -> None:
        """Take a response: each provisional, the final one, and each 2xx to an INVITE."""

    def on_timeout(self, sent: ClientTransaction, now: float) -> None:
        """Learn that no final response came."""


class Transaction:
    """What client and server transactions share: a place in a table, and timers."""

    __slots__ = ("_agenda", "_alarms", "_forget", "_intervals", "_table", "state")

    def __init__(
        self, table: Table, state: State, agenda: Agenda, forget: Callable[[], None]
    ) -> None:
        self.state = state
        self._table = table
        self._agenda = agenda
        self._alarms: dict[Timer, Alarm] = {}
        self._intervals: dict[Timer, float] = {}
        self._forget = forget

    def feed(self, happening: Input | Timer, now: float, message: object = None) -> None:
        """Take one step of the table; raises KeyError, changing nothing, when there is none."""
        step = self._table[self.state, happening]
        self.state = step.state
        for timer in step.stop:
            self._stop(timer)
        for timer in step.start:
            self._start(timer, now)
        if step.state is State.TERMINATED:
            self.forget()
        for do in step.do:
            self.perform(do, now, message)

    def perform(self, do: Do, now: float, message: object) -> None:
        """Do what a step says; each kind of transaction knows how."""

    def forget(self) -> None:
        """Stop every timer and leave the tables of the layer."""
        for timer in tuple(self._alarms):
            self._stop(timer)
        self._forget()

    def _start(self, timer: Timer, now: float) -> None:
        wait_s = DURATION_S[timer]
        if timer in CAP_S:
            wait_s = min(self._intervals.get(timer, wait_s), CAP_S[timer])
            self._intervals[timer] = wait_s * 2
            if timer is Timer.E and self.state is State.PROCEEDING:
                wait_s = T2  # RFC 3261, 17.1.2.2
        self._alarms[timer] = self._agenda.set(now + wait_s, lambda now: self._ring(timer, now))

    def _stop(self, timer: Timer) -> None:
        alarm = self._alarms.pop(timer, None)
        if alarm is not None:
            alarm.cancel()

    def _ring(self, timer: Timer, now: float) -> None:
        del self._alarms[timer]
        self.feed(timer, now)


class ClientTransaction(Transaction):
    """A request of ours until nothing more can come back."""

    __slots__ = ("_ack", "_send", "_user", "_wire", "destination", "request")

    def __init__(
        self,
        request: OutgoingRequest,
        destination: Address,
        user: ClientUser,
        *,
        send: Send,
        agenda: Agenda,
        forget: Callable[[], None],
        now: float,
    ) -> None:
        invites = request.method == "INVITE"
        table, state = (INVITE_CLIENT, State.CALLING) if invites else (CLIENT, State.TRYING)
        super().__init__(table, state, agenda, forget)
        self.request = request
        self.destination = destination
        self._user = user
        self._send = send
        self._wire = bytes(request)
        self._ack = b""
        self._send(self._wire, destination)
        for timer in (Timer.A, Timer.B) if invites else (Timer.E, Timer.F):
            self._start(timer, now)

    def receive(self, response: Response, now: float) -> None:
        """Take a response that the layer matched."""
        if response.code < 200:
            self.feed(Input.PROVISIONAL, now, response)
        elif response.code < 300:
            self.feed(Input.SUCCESS, now, response)
        else:
            self.feed(Input.FAILURE, now, response)

    @property
    def has_provisional(self) -> bool:
        """Whether it may be cancelled (RFC 3261, 9.1)."""
        return self.state is State.PROCEEDING

    def abandon(self, now: float) -> None:
        """Wait no longer for a final response to a cancelled INVITE (RFC 3261, 9.1)."""
        if self.state is not State.TERMINATED:
            self.feed(Input.ABANDON, now)

    def perform(self, do: Do, now: float, message: object) -> None:
        """Do what a step says."""
        if do is Do.DELIVER and isinstance(message, Response):
            self._user.on_response(self, message, now)
        elif do is Do.RESEND:
            self._send(self._wire, self.destination)
        elif do is Do.ACK and isinstance(message, Response):
            self._ack = self._ack or bytes(self.request.acknowledge(message.first("to")))
            self._send(self._ack, self.destination)
        elif do is Do.TIMEOUT:
            self._user.on_timeout(self, now)


class ServerTransaction(Transaction):
    """A request of the far side's until its retransmissions can no longer come."""

    __slots__ = ("_last", "_on_ack", "_send", "_to", "request", "source", "to_tag")

    def __init__(
        self,
        request: Request,
        source: Address,
        *,
        to_tag: str,
        send: Send,
        agenda: Agenda,
        forget: Callable[[], None],
    ) -> None:
        invited = request.method == "INVITE"
        table, state = (INVITE_SERVER, State.PROCEEDING) if invited else (SERVER, State.TRYING)
        super().__init__(table, state, agenda, forget)
        self.request = request
        self.source = source
        self.to_tag = to_tag
        self._to = response_address(request, source)
        self._send = send
        self._last = b""

    def respond(
        self,
        now: float,
        code: int,
        reason: str | None = None,
        *,
        extra: HeaderLines = (),
        body: bytes = b"",
    ) -> bytes:
        """Answer with *code*; a final answer after the final answer is not sent."""
        happening = (
            Input.PROVISIONAL if code < 200 else Input.SUCCESS if code < 300 else Input.FAILURE
        )
        if (self.state, happening) not in self._table:
            return b""
        wire = respond(
            self.request,
            code,
            reason,
            source=self.source,
            to_tag=self.to_tag,
            extra=extra,
            body=body,
        )
        self.feed(happening, now, wire)
        return wire

    def slim(self) -> None:
        """Let go of what only an answer needs, once there is one: it may be 64 KiB."""
        if self.state is State.COMPLETED:
            self.request.fields = {}
            self.request.body = b""

    def repeat(self, wire: bytes, now: float) -> None:
        """Send a 2xx again, as its user must until the ACK (RFC 3261, 13.3.1.4)."""
        if self.state is State.ACCEPTED:
            self.feed(Input.SUCCESS, now, wire)
        else:
            self._send(wire, self._to)

    def perform(self, do: Do, now: float, message: object) -> None:
        """Do what a step says."""
        if do is Do.SEND and isinstance(message, bytes):
            self._last = message
            self._send(message, self._to)
        elif do is Do.RESEND and self._last:
            self._send(self._last, self._to)
