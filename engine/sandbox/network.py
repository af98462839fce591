"""The sandbox itself: a network of lines behind one SIP address."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from pathlib import Path
from types import TracebackType
from typing import Any, Final

from sipmessage import Request, Response

from engine.sandbox import called, calling
from engine.sandbox.called_leg import CalledLeg
from engine.sandbox.calls import Exchange
from engine.sandbox.digest import Doorkeeper
from engine.sandbox.kinds import Kind
from engine.sandbox.legs import Leg
from engine.sandbox.lines import Line, Lines
from engine.sandbox.media import Metronome, Stream
from engine.sandbox.records import CallRecord, Ledger
from engine.sandbox.signalling import Endpoint, Wire, reply

#: What challenging lines and REGISTER ask for unless told otherwise.
CREDENTIALS: Final = ("licite", "rehearsal")
CALLS_AT_ONCE: Final = 1000
_REGISTERED_S: Final = 3600
#: A finished call still answers repetitions for so long (RFC 3261, timers I and J).
_LINGERS_S: Final = 32.0
_CLOSES_WITHIN_S: Final = 1.0


class Sandbox:
    """A telephone network in a box; use it as an asynchronous context manager."""

    def __init__(
        self,
        lines: Lines | None = None,
        *,
        host: str = "127.0.0.1",
        sip_port: int = 0,
        mailboxes: Path | None = None,
        events: Path | None = None,
        inbound: Endpoint | None = None,
        credentials: tuple[str, str] = CREDENTIALS,
        rtp_timeout_s: float = 5.0,
    ) -> None:
        self.lines = lines or Lines()
        self.inbound = inbound
        self._host, self._sip_port = host, sip_port
        self._doorkeeper = Doorkeeper(*credentials)
        if mailboxes is not None:
            mailboxes.mkdir(parents=True, exist_ok=True)
        self._exchange = Exchange(
            Wire(self._receive), Metronome(), Ledger(events), mailboxes, rtp_timeout_s
        )
        self._legs: dict[str, Leg] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def address(self) -> Endpoint:
        """Where it is called."""
        return self._exchange.wire.host, self._exchange.wire.port

    @property
    def records(self) -> list[CallRecord]:
        """The finished calls, in the order of their ends."""
        return self._exchange.ledger.records

    async def settle(self) -> None:
        """Wait until no call is left and every call back has been made."""
        while self._tasks:
            await asyncio.wait(self._tasks)

    async def __aenter__(self) -> Sandbox:
        await asyncio.get_running_loop().create_datagram_endpoint(
            lambda: self._exchange.wire, local_addr=(self._host, self._sip_port)
        )
        self._exchange.metronome.start()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for leg in self._legs.values():
            leg.finish()
        await self._end_tasks()
        await self._say_goodbye()
        await self._exchange.metronome.stop()
        for leg in self._legs.values():
            leg.forget()
        self._exchange.wire.close()

    async def _end_tasks(self) -> None:
        """Let the calls write their records; then drop the calls back that were to be made."""
        if self._tasks:
            _, pending = await asyncio.wait(self._tasks, timeout=_CLOSES_WITHIN_S)
            for task in pending:
                task.cancel()
            await asyncio.gather(*pending, return_exceptions=True)

    async def _say_goodbye(self) -> None:
        """Give the far ends a moment to answer the last BYEs."""
        loop = asyncio.get_running_loop()
        ends_at = loop.time() + _CLOSES_WITHIN_S
        while loop.time() < ends_at and not all(leg.is_settled for leg in self._legs.values()):
            await asyncio.sleep(0.02)

    def _receive(self, message: Request | Response, source: Endpoint) -> None:
        leg = self._legs.get(message.call_id)
        if isinstance(message, Response):
            if leg is not None:
                leg.receive_response(message)
        elif leg is not None:
            leg.receive_request(message, source)
        elif message.method != "ACK":
            self._receive_outside(message, source)

    def _receive_outside(self, request: Request, source: Endpoint) -> None:
        """Answer a request that belongs to no call."""
        in_a_dialog = "tag" in request.to_address.parameters
        match request.method:
            case "INVITE" if not in_a_dialog:
                self._invited(request, source)
            case "OPTIONS" if not in_a_dialog:
                self._reply(request, 200, source)
            case "REGISTER":
                self._register(request, source)
            case "INVITE" | "OPTIONS" | "BYE" | "CANCEL" | "INFO" | "UPDATE":
                self._reply(request, 481, source)
            case _:
                self._reply(request, 405, source)

    def _reply(self, request: Request, code: int, source: Endpoint) -> None:
        self._exchange.wire.send(reply(request, code, source, tag="sandbox"), source)

    def _invited(self, invite: Request, source: Endpoint) -> None:
        line = self.lines.at(e164(invite.uri.user or ""))
        if line.kind is Kind.CHALLENGES and not self._admits(invite):
            response = reply(invite, 407, source, tag="sandbox")
            response.proxy_authenticate = self._doorkeeper.challenge(invite.call_id)
            self._exchange.wire.send(response, source)
        elif (stream := self._free_stream()) is None:
            self._reply(invite, 503, source)
        else:
            leg = CalledLeg(self._exchange.wire, invite, source)
            self._legs[leg.call_id] = leg
            self._start(self._serve(leg, line, stream))

    def _free_stream(self) -> Stream | None:
        """Return a call's audio; `None` when the sandbox is full, or out of sockets."""
        if len(self._tasks) >= CALLS_AT_ONCE:
            return None
        try:
            return Stream(self._host)
        except OSError:
            return None

    def _admits(self, invite: Request) -> bool:
        given = invite.proxy_authorization
        return self._doorkeeper.admits(given, method="INVITE", call_id=invite.call_id)

    def _register(self, request: Request, source: Endpoint) -> None:
        """Take a registration; lines that call back then ring its contact (RFC 3261, 10.3)."""
        response = reply(request, 401, source, tag="sandbox")
        if self._doorkeeper.admits(
            request.authorization, method="REGISTER", call_id=request.call_id
        ):
            response = reply(request, 200, source, tag="sandbox")
            response.contact, response.expires = request.contact, _REGISTERED_S
            self.inbound = source
        else:
            response.www_authenticate = self._doorkeeper.challenge(request.call_id)
        self._exchange.wire.send(response, source)

    async def _serve(self, leg: CalledLeg, line: Line, stream: Stream) -> None:
        """Take a call, and ring back when the line is of that kind."""
        record = await called.take(self._exchange, leg, line, stream)
        self._linger(leg)
        if line.calls_back and self.inbound is not None:
            await asyncio.sleep(line.call_back_after_s)
            back = calling.leg_to(self._exchange, line, record.caller_id, self.inbound)
            self._legs[back.call_id] = back
            await calling.make(self._exchange, back, line)
            self._linger(back)

    def _linger(self, leg: Leg) -> None:
        leg.let_go()
        asyncio.get_running_loop().call_later(_LINGERS_S, self._drop, leg)

    def _drop(self, leg: Leg) -> None:
        leg.forget()
        self._legs.pop(leg.call_id, None)

    def _start(self, serving: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(serving)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


def e164(dialled: str) -> str:
    """Return the E.164 form of what was dialled: `+33…`, `0033…` or a French `0…`."""
    if dialled.startswith("00"):
        return "+" + dialled[2:]
    if dialled.startswith("0"):
        return "+33" + dialled[1:]
    return dialled
