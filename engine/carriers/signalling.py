"""The SIP port: a user agent, its socket and its timers, on the event loop."""

from __future__ import annotations

import asyncio
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import structlog

from engine.sip import Event, UserAgent

_DATAGRAMS_A_TURN = 64  # then others have their turn, whoever floods the port
_MAX_DATAGRAM_BYTES = 65_535

log = structlog.get_logger(__name__)


class SignallingPort:
    """Moves datagrams, timeouts and events between a socket, a clock and a user agent."""

    def __init__(
        self, bound: socket.socket, agent: UserAgent, on_event: Callable[[Event], None]
    ) -> None:
        self.agent = agent
        self.faults = 0
        self._socket = bound
        self._on_event = on_event
        self._loop = asyncio.get_running_loop()
        self._timer: asyncio.TimerHandle | None = None
        self._timer_at: float | None = None
        self._loop.add_reader(bound, self._read)

    def flush(self) -> None:
        """Send, tell and set the timer, after anything was asked of the agent."""
        while (event := self.agent.next_event()) is not None:
            with self._surviving():
                self._on_event(event)
        for datagram, destination in self.agent.datagrams_to_send():
            self._send(datagram, destination)
        self._set_timer()

    def close(self) -> None:
        """Close the socket; nothing is sent any more."""
        self._loop.remove_reader(self._socket)
        if self._timer is not None:
            self._timer.cancel()
        self._socket.close()

    def _read(self) -> None:
        for _ in range(_DATAGRAMS_A_TURN):
            try:
                datagram, source = self._socket.recvfrom(_MAX_DATAGRAM_BYTES)
            except BlockingIOError:
                break
            except OSError:
                continue  # an ICMP error of an earlier send
            with self._surviving():
                self.agent.receive_datagram(datagram, source, time.monotonic())
        self.flush()

    def _send(self, datagram: bytes, destination: tuple[str, int]) -> None:
        try:
            self._socket.sendto(datagram, destination)
        except OSError as error:  # full, unreachable: the agent's timers decide
            log.debug("a SIP datagram did not leave", error=str(error))

    def _set_timer(self) -> None:
        due = self.agent.next_timeout()
        if due == self._timer_at:
            return
        if self._timer is not None:
            self._timer.cancel()
        self._timer_at = due
        self._timer = None
        if due is not None:
            delay_s = max(0.0, due - time.monotonic())
            self._timer = self._loop.call_later(delay_s, self._time_out)

    def _time_out(self) -> None:
        self._timer_at = None
        self._timer = None
        with self._surviving():
            self.agent.handle_timeout(time.monotonic())
        self.flush()

    @contextmanager
    def _surviving(self) -> Iterator[None]:
        """Outlive what one datagram, timer or event does: every other call shares the port."""
        try:
            yield
        except Exception:
            self.faults += 1
            log.exception("a call broke the SIP port's turn")
