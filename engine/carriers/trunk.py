"""A carrier over a SIP trunk: signalling and audio of our own, each on one UDP port."""

from __future__ import annotations

import asyncio
import math
import secrets
import socket
import time
from collections.abc import Collection, Sequence
from dataclasses import dataclass

import structlog

from engine.carriers.causes import MEDIA_LOST, TOO_LONG
from engine.carriers.datagrams import bind
from engine.carriers.info import key_in_info
from engine.carriers.lines import TrunkLine, check_paper, failure, far_end
from engine.carriers.live import KeyPath, TrunkCall
from engine.carriers.media import NO_AUDIO_S, MediaPort
from engine.carriers.presented import calling_number, number_in
from engine.carriers.signalling import SignallingPort
from engine.carriers.streams import Counts, Ear, MediaEvent, Stream
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

MAX_CALL_S = 180.0  #: No call of ours has reason to last longer
CLOSING_S = 5.0  #: What `TrunkCarrier.close` grants the far ends to agree

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class TrunkRoute:
    """Where a trunk is, and who we are to it."""

    address: tuple[str, int]
    domain: str
    credentials: Credentials | None = None
    hosts: frozenset[str] = frozenset()
    "The addresses from which the trunk may send: others get no answer."


class _Handle:
    """What a live call asks of its carrier (`engine.carriers.live.Line`)."""

    def __init__(self, carrier: TrunkCarrier, number: CallId, line: TrunkLine) -> None:
        self._carrier, self._number, self._line = carrier, number, line

    def play(self, payload: bytes, serial: int) -> None:
        """Send *payload*."""
        self._carrier.media.play(self._line.stream, payload, serial=serial)

    def fall_silent(self) -> None:
        """Send silence."""
        self._carrier.media.fall_silent(self._line.stream)

    def press(self, keys: str) -> bool:
        """Send *keys* under the payload type that the far end takes, if any."""
        if self._line.key_type is None:
            return False
        self._carrier.media.press(self._line.stream, keys, payload_type=self._line.key_type)
        return True

    def end(self) -> None:
        """Send BYE and stop the audio."""
        self._carrier.end(self._number)


class TrunkCarrier:
    """`engine.interfaces.Carrier` over one SIP trunk; made by `open`."""

    def __init__(
        self,
        route: TrunkRoute,
        signalling_socket: socket.socket,
        *,
        public_host: str,
        calls_at_once: int,
        inbound_share: float,
        max_call_s: float,
    ) -> None:
        self.sip_address: tuple[str, int] = signalling_socket.getsockname()
        self._route = route
        self._host = public_host
        self._outbound_most = calls_at_once - math.ceil(calls_at_once * inbound_share)
        self._max_call_s = max_call_s
        self._loop = asyncio.get_running_loop()
        self._lines: dict[CallId, TrunkLine] = {}
        self._by_stream: dict[int, TrunkLine] = {}
        self._outbound = 0
        self._inbound: asyncio.Queue[TrunkCall] = asyncio.Queue()
        self._emptied = asyncio.Event()
        self._is_closing = False
        own_address = public_host, self.sip_address[1]
        agent = UserAgent(own_address, only_from=route.hosts or None)
        self._signalling = SignallingPort(signalling_socket, agent, self._take)
        self.media: MediaPort

    @classmethod
    async def open(
        cls,
        bind_host: str,
        sip_port: int,
        rtp_port: int,
        *,
        trunk: tuple[str, int],
        domain: str,
        credentials: Credentials | None = None,
        inbound_from: Collection[str] = (),
        public_host: str | None = None,
        calls_at_once: int = 200,
        inbound_share: float = 0.1,
        max_call_s: float = MAX_CALL_S,
        no_audio_s: float = NO_AUDIO_S,
        ear: Ear | None = None,
    ) -> TrunkCarrier:
        """Bind both ports (0: any) and be ready to call and be called.

        *public_host* is what far ends are told, by default the address that faces the trunk.
        Only the trunk is spoken with, and the addresses *inbound_from*.
        Of *calls_at_once*, *inbound_share* is kept for callees who call back. A call ends after
        *max_call_s*, or *no_audio_s* without a packet. Without an *ear*, calls are not listened
        to. Raises OSError when a port is taken or the trunk's name
        cannot be resolved.
        """
        address = await _resolved(trunk)
        carrier = cls(
            TrunkRoute(address, domain, credentials, frozenset({address[0], *inbound_from})),
            bind(bind_host, sip_port),
            public_host=public_host or _facing(bind_host, address),
            calls_at_once=calls_at_once,
            inbound_share=inbound_share,
            max_call_s=max_call_s,
        )
        try:
            carrier.media = MediaPort.open(
                bind_host,
                rtp_port,
                capacity=calls_at_once,
                ear=ear,
                no_audio_s=no_audio_s,
                on_events=carrier._hear,
            )
        except OSError:
            carrier._signalling.close()
            raise
        return carrier

    @property
    def rtp_address(self) -> tuple[str, int]:
        """Where the one media port is bound."""
        return self.media.address

    @property
    def media_counts(self) -> Counts:
        """What passed through the media port."""
        return self.media.counts

    @property
    def calls_in_progress(self) -> int:
        """Calls being placed, ringing or live, both ways."""
        return len(self._lines)

    async def place(self, paper: Clearance, *, ring_s: float) -> TrunkCall | NotAnswered:
        """Call ``paper.number`` showing ``paper.caller_id``; ring for at most *ring_s* seconds.

        Raises ValueError when *paper* is not granted: no call without its paper.
        """
        check_paper(paper)
        is_full = self._is_closing or self._outbound >= self._outbound_most
        stream = None if is_full else self.media.reserve()
        if stream is None:
            return NotAnswered(Outcome.FAILED, "no free line on this route")
        placed: asyncio.Future[TrunkCall | NotAnswered] = self._loop.create_future()
        number = self._invite(paper, stream, placed)
        ringing = self._loop.call_later(ring_s, self._stop_ringing, number)
        try:
            return await asyncio.shield(placed)
        except asyncio.CancelledError:
            self.end(number)
            raise
        finally:
            ringing.cancel()

    async def next_inbound(self) -> TrunkCall:
        """Wait for the next inbound call; it has been answered when it came."""
        return await self._inbound.get()

    def end(self, number: CallId) -> None:
        """Cancel the call while it rings, hang it up once it is answered."""
        line = self._lines.get(number)
        if line is not None:
            self._signalling.agent.bye(number, time.monotonic())  # or CANCEL, as it may
            self.media.stop(line.stream)
            self._signalling.flush()

    async def close(self) -> None:
        """Hang up every call, waiting `CLOSING_S` at most, and release the sockets."""
        if self._is_closing:
            return
        self._is_closing = True
        for number, line in list(self._lines.items()):
            line.is_called_off = line.live is None
            self.end(number)
        try:
            async with asyncio.timeout(CLOSING_S):
                while self._lines:
                    self._emptied.clear()
                    await self._emptied.wait()
        except TimeoutError:
            log.warning("closed with calls that never ended", calls=len(self._lines))
        for number, line in list(self._lines.items()):
            line.conclude(NotAnswered(Outcome.UNKNOWN, "closed before the trunk answered"))
            self._finish(number, line, by_us=True)
        self._signalling.close()
        await self.media.close()

    def _invite(
        self, paper: Clearance, stream: Stream, placed: asyncio.Future[TrunkCall | NotAnswered]
    ) -> CallId:
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
        self._outbound += 1
        self._signalling.flush()
        return number

    def _keep(self, number: CallId, line: TrunkLine) -> None:
        self._lines[number] = line
        self._by_stream[line.stream.number] = line

    def _stop_ringing(self, number: CallId) -> None:
        line = self._lines.get(number)
        if line is not None and line.live is None:
            self.end(number)

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
        elif (line := self._lines.get(event.call)) is not None:
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
            case Ended(by=side):
                self._finish(event.call, line, by_us=side is Side.LOCAL)

    def _take_invited(self, event: Invited) -> None:
        """Answer an inbound call at once, or say why not."""
        now, agent = time.monotonic(), self._signalling.agent
        stream = None if self._is_closing else self.media.reserve()
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
        live = TrunkCall(_Handle(self, number, line), caller=line.caller, called=line.called)
        line.live = live
        line.guard = self._loop.call_later(self._max_call_s, live.end_for, TOO_LONG)
        if sdp is not None:
            self._connect(line, sdp)
        if line.is_outbound:
            line.conclude(live)
        else:
            self._inbound.put_nowait(live)

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

    def _hear(self, events: Sequence[MediaEvent]) -> None:
        """Take what happened in the audio of all calls."""
        for event in events:
            line = self._by_stream.get(event.stream)
            if line is not None and line.live is not None:
                line.live.take_media(event)

    def _finish(self, number: CallId, line: TrunkLine, *, by_us: bool) -> None:
        """Forget a call whose dialog is over."""
        del self._lines[number], self._by_stream[line.stream.number]
        self._outbound -= line.is_outbound
        self.media.release(line.stream)
        if line.guard is not None:
            line.guard.cancel()
        if line.live is not None:
            line.live.take_end(by_us=by_us)
        if not self._lines:
            self._emptied.set()


async def _resolved(address: tuple[str, int]) -> tuple[str, int]:
    """Return *address* with its host as IPv4."""
    found = await asyncio.get_running_loop().getaddrinfo(
        *address, family=socket.AF_INET, type=socket.SOCK_DGRAM
    )
    host, port = found[0][4][:2]
    return str(host), int(port)


def _facing(bind_host: str, trunk: tuple[str, int]) -> str:
    """Return the address under which the trunk sees us, when nothing else is told."""
    if bind_host not in ("", "0.0.0.0"):  # noqa: S104  (compared, not bound)
        return bind_host
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.connect(trunk)  # sends nothing: it asks the routing table
        return str(probe.getsockname()[0])
