"""The one UDP port through which all calls speak and listen."""

from __future__ import annotations

import asyncio
import socket
import sys
import threading
from collections import deque
from collections.abc import Callable, Sequence

import numpy as np
import structlog

from engine.carriers.datagrams import bind, destination
from engine.carriers.pacer import PHASES, Pacer
from engine.carriers.streams import Counts, Ear, FarEnd, MediaEvent, Stream
from engine.rtp.sources import source_of

NO_AUDIO_S = 20.0  #: Without one RTP packet for so long, a call is dead
SWITCH_S = 0.001  #: The longest that another thread may keep the interpreter from the pacer

log = structlog.get_logger(__name__)


class MediaPort:
    """Paces, sends and receives up to *capacity* calls from a thread of its own.

    Its methods are called on the event loop, and never wait: the thread obeys at its next phase.
    Events come back to the loop in batches, through *on_events*.
    """

    def __init__(
        self,
        bound: socket.socket,
        *,
        capacity: int,
        ear: Ear | None,
        no_audio_s: float,
        on_events: Callable[[Sequence[MediaEvent]], None],
    ) -> None:
        self._socket = bound
        self.address: tuple[str, int] = bound.getsockname()
        self.receive_buffer_bytes = bound.getsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF)
        self._loop = asyncio.get_running_loop()
        self._on_events = on_events
        self._random = np.random.default_rng()
        self._pacer = Pacer(
            bound, capacity, ear, random=self._random, no_audio_s=no_audio_s, post=self._post
        )
        self._free = [deque(range(phase, capacity, PHASES)) for phase in range(PHASES)]
        self._opened = 0
        self._thread = threading.Thread(target=self._pacer.run, name="media", daemon=True)

    @classmethod
    def open(
        cls,
        host: str,
        port: int,
        *,
        capacity: int,
        ear: Ear | None = None,
        no_audio_s: float = NO_AUDIO_S,
        on_events: Callable[[Sequence[MediaEvent]], None],
    ) -> MediaPort:
        """Bind the port (0: any) and start the thread; OSError when it is taken."""
        media = cls(
            bind(host, port),
            capacity=capacity,
            ear=ear,
            no_audio_s=no_audio_s,
            on_events=on_events,
        )
        wanted_bytes = min(capacity, 2000) * 2048
        if media.receive_buffer_bytes < wanted_bytes:
            log.warning(
                "small receive buffer: raise net.core.rmem_max",
                bytes=media.receive_buffer_bytes,
                wanted=wanted_bytes,
            )
        sys.setswitchinterval(min(sys.getswitchinterval(), SWITCH_S))
        media._pacer.drain()
        media._thread.start()
        return media

    @property
    def counts(self) -> Counts:
        """What passed through the port so far."""
        return self._pacer.counts

    def reserve(self) -> Stream | None:
        """Set a slot aside for a call to come; `None` when all are taken."""
        fullest = max(self._free, key=len)
        if not fullest:
            return None
        self._opened += 1
        return Stream(self._opened, fullest.popleft(), int(self._random.integers(1, 1 << 32)))

    def connect(self, stream: Stream, far_end: FarEnd, *, listens: bool) -> None:
        """Speak with *far_end* from now on, in silence at first, and hear it.

        On a stream already connected, goes on with another far end. ValueError or OSError when
        *far_end* has no IPv4 address.
        """
        name = destination(far_end.host, far_end.port)
        source = source_of(far_end.host, far_end.port)
        self._pacer.obey(lambda: self._pacer.connect(stream, far_end, name, source, listens))

    def play(self, stream: Stream, payload: bytes, *, serial: int) -> None:
        """Send *payload* (A-law); a `Happening.PLAYED` with *serial* follows its last frame."""
        self._pacer.obey(lambda: self._pacer.play(stream, payload, serial))

    def fall_silent(self, stream: Stream) -> None:
        """Stop what is playing."""
        self._pacer.obey(lambda: self._pacer.fall_silent(stream))

    def press(self, stream: Stream, keys: str, *, payload_type: int) -> None:
        """Send *keys* (RFC 4733)."""
        self._pacer.obey(lambda: self._pacer.press(stream, keys, payload_type))

    def bridge(self, one: Stream, other: Stream) -> None:
        """Send each of two streams what the other one hears, instead of what is ours to play."""
        self._pacer.obey(lambda: self._pacer.bridge(one, other))

    def part(self, one: Stream, other: Stream) -> None:
        """Undo `bridge`: both fall silent, and are listened to again."""
        self._pacer.obey(lambda: self._pacer.part(one, other))

    def stop(self, stream: Stream) -> None:
        """Speak and listen no more on the stream."""
        self._pacer.obey(lambda: self._pacer.stop(stream))

    def release(self, stream: Stream) -> None:
        """Stop the stream and give its slot back."""
        self.stop(stream)
        self._free[stream.slot % PHASES].append(stream.slot)

    async def close(self) -> None:
        """Stop the thread and close the socket."""
        self._pacer.is_closing = True
        await self._loop.run_in_executor(None, self._thread.join)
        self._socket.close()

    def _post(self, events: Sequence[MediaEvent]) -> None:
        """Hand events over to the loop (called by the thread)."""
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._on_events, events)
