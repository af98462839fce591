"""The exchange: what SIP and audio tell of each call, brought together."""

from __future__ import annotations

import asyncio
import secrets
import socket
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import structlog

from engine.carriers.causes import MEDIA_LOST, TOO_LONG
from engine.carriers.handles import Handle
from engine.carriers.info import key_in_info
from engine.carriers.lines import Placed, TrunkLine, failure, far_end, rang_out
from engine.carriers.live import KeyPath, TrunkCall
from engine.carriers.media import MediaPort
from engine.carriers.presented import calling_number, number_in
from engine.carriers.signalling import SignallingPort
from engine.carriers.streams import MediaEvent, Stream
from engine.clearance import Clearance
from engine.interfaces import NotAnswered
from engine.outcome import Outcome
from engine.sip import (
    Answered,
    CallId,
    Cancelled,
    Confirmed,
    Credentials,
    Ended,
    Event,
    Failed,
    InfoReceived,
    Invited,
    Provisional,
    Reoffered,
    SessionDescription,
    Side,
    UserAgent,
    agree,
    answer,
    offer,
)

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class TrunkRoute:
    """Where a trunk is, and who we are to it."""

    address: tuple[str, int]
    domain: str
    credentials: Credentials | None = None
    hosts: frozenset[str] = frozenset()
    "The addresses from which the trunk may send: others get no answer."


class Exchange:
    """Every call of a trunk, by the user agent's number and by its audio stream.

    `media` is set by the owner before the loop turns, with `hear` as its listener.
    """

    media: MediaPort

    def __init__(
        self,
        route: TrunkRoute,
        signalling_socket: socket.socket,
        *,
        public_host: str,
        max_call_s: float,
        cancelled_within_s: float,
        on_inbound: Callable[[TrunkCall], None],
    ) -> None:
        self.lines: dict[CallId, TrunkLine] = {}
        self.outbound = 0
        self.is_closing = False
        self._route = route
        self._host = public_host
        self._max_call_s = max_call_s
        self._cancelled_within_s = cancelled_within_s
        self._on_inbound = on_inbound
        self._by_stream: dict[int, TrunkLine] = {}
        self._emptied = asyncio.Event()
        self._loop = asyncio.get_running_loop()
        own_address = public_host, signalling_socket.getsockname()[1]
        agent = UserAgent(own_address, only_from=route.hosts or None)
        self._signalling = SignallingPort(signalling_socket, agent, self._take)

    def invite(self, paper: Clearance, stream: Stream, placed: asyncio.Future[Placed]) -> CallId:
        """Send the INVITE that *paper* allows; *placed* will tell what came of it."""
        local = self._offer(stream)
        number = self._signalling.agent.invite(
            f"sip:{paper.number}@{self._route.domain}",
            self._route.address,
            caller_id=paper.caller_id,
            domain=self._route.domain,
            sdp=local,
            credentials=self._route.credentials,
            now=time.monotonic(),
        )
        line = TrunkLine(stream, local, called=paper.number, caller=paper.caller_id, placed=placed)
        self._keep(number, line)
        self.outbound += 1
        self._signalling.flush()
        return number

    def _keep(self, number: CallId, line: TrunkLine) -> None:
        self.lines[number] = line
        self._by_stream[line.stream.number] = line

    def stop_ringing(self, number: CallId) -> None:
        """Cancel the call, unless it has been answered by now.

        A trunk that does not agree in time is not waited for; the line is held until its dialog
        is over all the same, and an answer that comes late is acknowledged and ended.
        """
        line = self.lines.get(number)
        if line is not None and line.live is None:
            self.end(number)
            within_s, result = self._cancelled_within_s, rang_out(line)
            line.guard = self._loop.call_later(within_s, line.conclude, result)

    def end(self, number: CallId) -> None:
        """Cancel the call while it rings, hang it up once it is answered."""
        line = self.lines.get(number)
        if line is not None:
            self._signalling.agent.bye(number, time.monotonic())  # or CANCEL, as it may
            self.media.stop(line.stream)
            self._signalling.flush()

    def guard(self, line: TrunkLine, longest_s: float | None = None) -> None:
        """End an answered call that lasts *longest_s* more, by default a call's longest time."""
        if line.guard is not None:
            line.guard.cancel()
        if line.live is not None and self._by_stream.get(line.stream.number) is line:
            within_s = self._max_call_s if longest_s is None else longest_s
            line.guard = self._loop.call_later(within_s, line.live.end_for, TOO_LONG)

    def hear(self, events: Sequence[MediaEvent]) -> None:
        """Take what happened in the audio of all calls."""
        for event in events:
            line = self._by_stream.get(event.stream)
            if line is not None and line.live is not None:
                line.live.take_media(event)

    async def close(self, *, within_s: float) -> None:
        """End every call, waiting *within_s* at most for the far ends, and close the SIP port."""
        self.is_closing = True
        for number, line in list(self.lines.items()):
            line.is_called_off = line.live is None
            self.end(number)
        try:
            async with asyncio.timeout(within_s):
                while self.lines:
                    self._emptied.clear()
                    await self._emptied.wait()
        except TimeoutError:
            log.warning("closed with calls that never ended", calls=len(self.lines))
        for number, line in list(self.lines.items()):
            line.conclude(NotAnswered(Outcome.UNKNOWN, "closed before the trunk answered"))
            self._finish(number, line, by_us=True, was_there=False)
        self._signalling.close()

    def _offer(self, stream: Stream) -> SessionDescription:
        return offer(
            self._host, self.media.address[1], session_id=secrets.randbits(31), ssrc=stream.ssrc
        )

    def _answer(self, offered: SessionDescription, stream: Stream) -> SessionDescription | None:
        session_id, port = secrets.randbits(31), self.media.address[1]
        return answer(offered, self._host, port, session_id=session_id, ssrc=stream.ssrc)

    def _take(self, event: Event) -> None:
        """Take what the user agent tells."""
        if isinstance(event, Invited):
            self._take_invited(event)
        elif (line := self.lines.get(event.call)) is not None:
            self._take_of_line(event, line)

    def _take_of_line(self, event: Event, line: TrunkLine) -> None:
        match event:
            case Provisional():
                line.was_heard_of = True
            case Answered(sdp=sdp):
                self._go_live(event.call, line, sdp)
            case Confirmed(sdp=sdp) if sdp is not None:
                self._connect(line, sdp)
            case Reoffered(sdp=sdp, local=local):
                line.local = local
                self._connect(line, sdp)
            case InfoReceived() if line.live is not None:
                digit = key_in_info(event.content_type, event.body)
                if digit:
                    line.live.take_key(digit, KeyPath.INFO)
            case Failed():
                line.conclude(failure(event, line))
                self._finish(event.call, line, by_us=event.origin is Side.LOCAL)
            case Cancelled():
                self._finish(event.call, line, by_us=False)
            case Ended(by=side, was_there=was_there):
                self._finish(event.call, line, by_us=side is Side.LOCAL, was_there=was_there)

    def _take_invited(self, event: Invited) -> None:
        """Answer an inbound call at once, or say why not."""
        now, agent = time.monotonic(), self._signalling.agent
        stream = None if self.is_closing else self.media.reserve()
        if stream is None:
            agent.reject(event.call, 486, now=now)
            return
        local = self._answer(event.sdp, stream) if event.sdp else self._offer(stream)
        if local is None:
            self.media.release(stream)
            agent.reject(event.call, 488, now=now)
            return
        caller = calling_number(event.caller, event.asserted, event.privacy)
        line = TrunkLine(stream, local, called=number_in(event.called) or "", caller=caller)
        self._keep(event.call, line)
        agent.accept(event.call, local, now)
        self._go_live(event.call, line, event.sdp)

    def _go_live(self, number: CallId, line: TrunkLine, sdp: SessionDescription | None) -> None:
        """Make the answered call, start its audio, and hand it over."""
        live = TrunkCall(Handle(self, number, line), caller=line.caller, called=line.called)
        line.live = live
        self.guard(line)
        if sdp is not None:
            self._connect(line, sdp)
        if line.is_outbound:
            line.conclude(live)
        else:
            self._on_inbound(live)

    def _connect(self, line: TrunkLine, sdp: SessionDescription) -> None:
        """Start the audio, or change it, by what offer and answer agreed."""
        agreed = agree(line.local, sdp)
        try:
            self.media.connect(line.stream, far_end(agreed, sdp), listens=line.is_outbound)
        except (OSError, ValueError) as error:
            log.warning("no audio with the far end", reason=str(error))
            if line.live is not None:
                line.live.end_for(MEDIA_LOST)
        line.key_type = agreed.event_payload_type if agreed else None
        if line.live is not None and agreed is not None:
            line.live.take_codec(agreed.codec.name)

    def _finish(
        self, number: CallId, line: TrunkLine, *, by_us: bool, was_there: bool = True
    ) -> None:
        """Forget a call whose dialog is over."""
        del self.lines[number], self._by_stream[line.stream.number]
        self.outbound -= line.is_outbound
        self.media.release(line.stream)
        if line.guard is not None:
            line.guard.cancel()
        if line.live is not None:
            line.live.take_end(by_us=by_us, was_there=was_there)
        if not self.lines:
            self._emptied.set()
