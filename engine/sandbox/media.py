"""The audio of every call: a socket each, one clock for all, arrivals stamped by the kernel.

A trunk gives each call its own address; so does the sandbox. Its sockets are read once every
20 ms, since the kernel notes when each datagram came in.
"""

from __future__ import annotations

import asyncio
import socket
import struct
import time
from collections.abc import Callable
from typing import Final

from engine.sandbox.hearing import Hearing
from engine.sandbox.performance import FRAME_S, KeyByInfo, Performance
from engine.sandbox.rtp import Packet
from engine.sandbox.sdp import Media
from engine.sandbox.speaking import Speaking

#: Linux (socket.7): each datagram comes with its arrival, a `struct timespec`.
_SO_TIMESTAMPNS: Final = 35
_TIMESPEC: Final = struct.Struct("@ll")
_ANCILLARY_BYTES: Final = socket.CMSG_SPACE(_TIMESPEC.size)
_RECEIVE_BYTES: Final = 2048
_TICK_S: Final = 0.005


class Stream:
    """One call's audio, from its first frame to its last."""

    def __init__(self, host: str) -> None:
        self.hearing = Hearing()
        self.speaking = Speaking()
        self.media: Media | None = None
        self.performance: Performance | None = None
        self.on_finished: Callable[[], None] = lambda: None
        self.on_key_by_info: Callable[[str], None] = lambda digit: None
        self._began_at = self._due_at = 0.0
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.setblocking(False)
        self._socket.setsockopt(socket.SOL_SOCKET, _SO_TIMESTAMPNS, 1)
        self._socket.bind((host, 0))
        self.port: int = self._socket.getsockname()[1]

    def begin(self, performance: Performance, media: Media | None, now: float) -> None:
        """Start to speak: the first frame leaves at the next tick, and *now* is second 0."""
        self.hearing, self.speaking = Hearing(), Speaking()
        self.performance, self.media = performance, media
        self._began_at = self._due_at = now

    def silent_s(self, now: float) -> float:
        """Return for how long nothing has been received."""
        return now - self._began_at - self.hearing.last_s

    def tick(self, now: float, epoch_offset_s: float) -> None:
        """Once every 20 ms: read what came in, then send each frame that is due."""
        if self.performance is None or now < self._due_at:
            return
        self.read(epoch_offset_s)
        while self.performance is not None and now >= self._due_at:
            self._perform(self.performance)
            self._due_at = self._began_at + self.speaking.frames * FRAME_S

    def read(self, epoch_offset_s: float) -> None:
        """Take every datagram that has come in since the last time."""
        while (received := self._next_datagram()) is not None:
            data, epoch_s = received
            at_s = epoch_s - epoch_offset_s - self._began_at
            if self.media is not None and at_s >= 0:
                self.hearing.receive(data, at_s, media=self.media, performance=self.performance)

    def close(self) -> None:
        """Release the socket."""
        self.performance = None
        self._socket.close()

    def _perform(self, performance: Performance) -> None:
        frame = performance.next_frame()
        while isinstance(frame, KeyByInfo):
            self.on_key_by_info(frame.digit)
            frame = performance.next_frame()
        if frame is None:
            self.performance = None
            self.on_finished()
            return
        self._send(self.speaking.packet(frame, self.media))

    def _send(self, packet: Packet | None) -> None:
        if packet is None or self.media is None:
            return
        try:
            self._socket.sendto(bytes(packet), self.media.address)
        except OSError:
            return  # nobody listens there, or the buffer is full: networks lose packets

    def _next_datagram(self) -> tuple[bytes, float] | None:
        """Return a datagram and its arrival (seconds since the epoch); `None`: no more."""
        while True:
            try:
                data, ancillary, _, _ = self._socket.recvmsg(_RECEIVE_BYTES, _ANCILLARY_BYTES)
            except ConnectionRefusedError:
                continue  # the far end's socket is gone; its silence will tell
            except OSError:
                return None
            if not ancillary:
                return data, time.time()
            seconds, nanoseconds = _TIMESPEC.unpack_from(ancillary[0][2])
            return data, seconds + nanoseconds * 1e-9


class Metronome:
    """Drives every stream from one absolute clock in the event loop."""

    def __init__(self) -> None:
        self.streams: set[Stream] = set()
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin to tick."""
        self._task = asyncio.get_running_loop().create_task(self._run())

    async def stop(self) -> None:
        """Tick no more."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def _run(self) -> None:
        loop = asyncio.get_running_loop()
        due = loop.time()
        while True:
            due = max(due + _TICK_S, loop.time() - _TICK_S)
            await asyncio.sleep(due - loop.time())
            now = loop.time()
            offset_s = epoch_offset_s(now)
            for stream in tuple(self.streams):
                stream.tick(now, offset_s)


def epoch_offset_s(now: float) -> float:
    """Return what to take from seconds since the epoch to get the event loop's time."""
    return time.time() - now
