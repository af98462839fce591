"""A carrier over a SIP trunk: signalling and audio of our own, each on one UDP port."""

from __future__ import annotations

import asyncio
import math
import socket
from collections.abc import Collection
from contextlib import AbstractContextManager

from engine.carriers.datagrams import bind
from engine.carriers.exchange import Exchange, TrunkRoute
from engine.carriers.lines import Placed, check_paper
from engine.carriers.live import TrunkCall
from engine.carriers.media import NO_AUDIO_S, MediaPort
from engine.carriers.streams import Counts, Ear
from engine.clearance import Clearance
from engine.interfaces import LiveCall, NotAnswered
from engine.outcome import Outcome
from engine.sip import Credentials

MAX_CALL_S = 180.0  #: No call of ours has reason to last longer
CANCELLED_WITHIN_S = 3.0  #: What a trunk is granted to agree to a CANCEL
CLOSING_S = 5.0  #: What `TrunkCarrier.close` grants the far ends to agree


class TrunkCarrier:
    """`engine.interfaces.Carrier` over one SIP trunk; made by `open`."""

    def __init__(
        self,
        route: TrunkRoute,
        signalling_socket: socket.socket,
        *,
        public_host: str,
        max_call_s: float,
        cancelled_within_s: float,
        outbound_most: int,
    ) -> None:
        self.sip_address: tuple[str, int] = signalling_socket.getsockname()
        self._outbound_most = outbound_most
        self._inbound: asyncio.Queue[TrunkCall] = asyncio.Queue()
        self._exchange = Exchange(
            route,
            signalling_socket,
            public_host=public_host,
            max_call_s=max_call_s,
            cancelled_within_s=cancelled_within_s,
            on_inbound=self._inbound.put_nowait,
        )

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
        cancelled_within_s: float = CANCELLED_WITHIN_S,
        no_audio_s: float = NO_AUDIO_S,
        ear: Ear | None = None,
    ) -> TrunkCarrier:
        """Bind both ports (0: any) and be ready to call and be called.

        *public_host* is what far ends are told, by default the address that faces the trunk.
        Only the trunk is spoken with, and the addresses *inbound_from*. Of *calls_at_once*,
        *inbound_share* is kept for callees who call back, unless there is one line only. A call
        ends after *max_call_s*, or after *no_audio_s* without a packet while nothing is played.
        Without an *ear*, calls are not listened to; with one, those that we place are. Raises
        OSError when a port is taken or the trunk's name cannot be resolved.
        """
        address = await _resolved(trunk)
        carrier = cls(
            TrunkRoute(address, domain, credentials, frozenset({address[0], *inbound_from})),
            bind(bind_host, sip_port),
            public_host=public_host or _facing(bind_host, address),
            max_call_s=max_call_s,
            cancelled_within_s=cancelled_within_s,
            outbound_most=max(1, calls_at_once - math.ceil(calls_at_once * inbound_share)),
        )
        try:
            carrier._exchange.media = MediaPort.open(
                bind_host,
                rtp_port,
                capacity=calls_at_once,
                ear=ear,
                no_audio_s=no_audio_s,
                on_events=carrier._exchange.hear,
            )
        except OSError:
            await carrier._exchange.close(within_s=0)
            raise
        return carrier

    @property
    def rtp_address(self) -> tuple[str, int]:
        """Where the one media port is bound."""
        return self._exchange.media.address

    @property
    def media_counts(self) -> Counts:
        """What passed through the media port."""
        return self._exchange.media.counts

    @property
    def free_lines(self) -> int:
        """How many more calls `place` would take now: ask before dialling, not by dialling."""
        return 0 if self._exchange.is_closing else self._outbound_most - self._exchange.outbound

    @property
    def calls_in_progress(self) -> int:
        """Calls being placed, ringing or live, both ways."""
        return len(self._exchange.lines)

    async def place(self, paper: Clearance, *, ring_s: float) -> TrunkCall | NotAnswered:
        """Call ``paper.number`` showing ``paper.caller_id``; ring for at most *ring_s* seconds.

        Returns `CANCELLED_WITHIN_S` after that at the latest, whatever the trunk does. Raises
        ValueError when *paper* is not granted: no call without its paper.
        """
        check_paper(paper)
        exchange, loop = self._exchange, asyncio.get_running_loop()
        stream = exchange.media.reserve() if self.free_lines > 0 else None
        if stream is None:
            return NotAnswered(Outcome.FAILED, "no free line on this route")
        placed: asyncio.Future[Placed] = loop.create_future()
        number = exchange.invite(paper, stream, placed)
        ringing = loop.call_later(ring_s, exchange.stop_ringing, number)
        try:
            return await asyncio.shield(placed)
        except asyncio.CancelledError:
            exchange.end(number)
            raise
        finally:
            ringing.cancel()

    async def next_inbound(self) -> TrunkCall:
        """Wait for the next inbound call; it has been answered when it came."""
        return await self._inbound.get()

    def bridge(self, one: LiveCall, other: LiveCall) -> AbstractContextManager[None]:
        """Let two calls hear each other until the block is left (`Switchboard.bridge`).

        Both laws of G.711 may meet. A call may then last for an hour, and is no longer than
        any other afterwards.
        """
        if not isinstance(one, TrunkCall) or not isinstance(other, TrunkCall):
            raise ValueError("only calls of one carrier can be bridged")
        return one.bridged(other)

    async def close(self) -> None:
        """Hang up every call, waiting `CLOSING_S` at most, and release the sockets."""
        if not self._exchange.is_closing:
            await self._exchange.close(within_s=CLOSING_S)
            await self._exchange.media.close()


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
