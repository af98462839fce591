"""The SIP port outlives a fault that one call meets: the others go on."""

from __future__ import annotations

import asyncio
import socket

import pytest

from engine.carriers.datagrams import bind
from engine.carriers.signalling import SignallingPort
from engine.sip import Event, UserAgent, offer


class FaultyAgent(UserAgent):
    """A user agent with a bug that shows once, at the first timer or datagram."""

    is_faulty = True

    def receive_datagram(self, data: bytes, source: tuple[str, int], now: float) -> None:
        super().receive_datagram(data, source, now)
        self._break()

    def handle_timeout(self, now: float) -> None:
        super().handle_timeout(now)
        self._break()

    def _break(self) -> None:
        if self.is_faulty:
            self.is_faulty = False
            raise RuntimeError("a bug")


async def heard_by_a_trunk(answer: bytes, *, is_faulty: bool, on_event: str) -> list[bytes]:
    """Return what a trunk that sends *answer* hears: two datagrams of one INVITE."""
    trunk, bound = bind("127.0.0.1", 0), bind("127.0.0.1", 0)
    agent = FaultyAgent(bound.getsockname())
    agent.is_faulty = is_faulty
    told: list[Event] = []

    def take(event: Event) -> None:
        told.append(event)
        if on_event == "breaks":
            raise RuntimeError("a bug")

    port = SignallingPort(bound, agent, take)
    try:
        agent.invite(
            "sip:+33612345678@127.0.0.1",
            trunk.getsockname(),
            caller_id="+33162000001",
            domain="127.0.0.1",
            sdp=offer("127.0.0.1", 4000),
            credentials=None,
            now=asyncio.get_running_loop().time(),
        )
        port.flush()
        heard = [await received(trunk)]
        if answer:
            trunk.sendto(b"nonsense", bound.getsockname())
            fields = [
                line
                for line in heard[0].split(b"\r\n")
                if line.split(b":")[0] in (b"Via", b"From", b"To", b"Call-ID", b"CSeq")
            ]
            trunk.sendto(b"\r\n".join([answer, *fields, b"", b""]), bound.getsockname())
        heard.append(await received(trunk))
        assert port.faults == 1
        return heard
    finally:
        port.close()
        trunk.close()


async def received(trunk: socket.socket) -> bytes:
    async with asyncio.timeout(20):
        return await asyncio.get_running_loop().sock_recv(trunk, 65_535)


def test_a_timer_that_breaks_stops_no_other() -> None:
    first, again = asyncio.run(heard_by_a_trunk(b"", is_faulty=True, on_event="works"))
    assert again == first


@pytest.mark.parametrize(("is_faulty", "on_event"), [(True, "works"), (False, "breaks")])
def test_a_datagram_or_an_event_that_breaks_stops_no_other(
    *, is_faulty: bool, on_event: str
) -> None:
    busy = b"SIP/2.0 486 Busy Here"
    _, ack = asyncio.run(heard_by_a_trunk(busy, is_faulty=is_faulty, on_event=on_event))
    assert ack.startswith(b"ACK ")
