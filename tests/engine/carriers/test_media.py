"""The one media port, heard by a socket that notes when."""

import asyncio
import socket
import time
from collections.abc import Awaitable, Callable, Sequence

import numpy as np
import pytest

from engine.carriers.datagrams import bind
from engine.carriers.media import MediaPort
from engine.carriers.streams import FarEnd, MediaEvent
from engine.interfaces import Happening
from engine.rtp.packet import RtpPacket

Scenario = Callable[[MediaPort, FarEnd, socket.socket, list[MediaEvent]], Awaitable[None]]


def with_a_port(scenario: Scenario, *, capacity: int = 8) -> None:
    async def bounded() -> None:
        events: list[MediaEvent] = []

        def note(batch: Sequence[MediaEvent]) -> None:
            events.extend(batch)

        async with asyncio.timeout(20):
            with bind("127.0.0.1", 0) as line:
                host, port = line.getsockname()
                far_end = FarEnd(host, port, payload_type=8, is_ulaw=False)
                media = MediaPort.open("127.0.0.1", 0, capacity=capacity, on_events=note)
                try:
                    await scenario(media, far_end, line, events)
                finally:
                    await media.close()

    asyncio.run(bounded())


async def heard(line: socket.socket, count: int) -> list[RtpPacket]:
    loop = asyncio.get_running_loop()
    return [RtpPacket.parse(await loop.sock_recv(line, 2048)) for _ in range(count)]


def test_a_port_has_as_many_streams_as_its_capacity() -> None:
    async def scenario(
        media: MediaPort, _: FarEnd, _line: socket.socket, _events: list[MediaEvent]
    ) -> None:
        streams = [media.reserve() for _ in range(9)]
        reserved = [stream for stream in streams if stream is not None]
        assert len(reserved) == 8
        assert len({stream.slot for stream in reserved}) == 8
        media.release(reserved[3])
        again = media.reserve()
        assert again is not None
        assert again.slot == reserved[3].slot
        assert again.number != reserved[3].number

    with_a_port(scenario)


def test_a_stream_is_silent_until_it_plays() -> None:
    async def scenario(
        media: MediaPort, far_end: FarEnd, line: socket.socket, events: list[MediaEvent]
    ) -> None:
        stream = media.reserve()
        assert stream is not None
        media.connect(stream, far_end, listens=False)
        (first,) = await heard(line, 1)
        assert first.payload == b"\xd5" * 160
        media.play(stream, b"\x01" * 320, serial=5)
        packets = await heard(line, 6)
        assert b"".join(p.payload for p in packets).strip(b"\xd5") == b"\x01" * 320
        assert [(event.what, event.serial) for event in events] == [(Happening.PLAYED, 5)]

    with_a_port(scenario)


def test_a_released_stream_says_nothing_more_even_in_its_slots_next_call() -> None:
    async def scenario(
        media: MediaPort, far_end: FarEnd, line: socket.socket, events: list[MediaEvent]
    ) -> None:
        first = media.reserve()
        assert first is not None
        media.connect(first, far_end, listens=False)
        media.play(first, b"\x01" * 160, serial=1)
        media.release(first)
        media.play(first, b"\x02" * 160, serial=2)
        others = [media.reserve() for _ in range(8)]
        second = next(stream for stream in others if stream and stream.slot == first.slot)
        media.connect(second, far_end, listens=False)
        packets = await heard(line, 4)
        assert {(p.ssrc, p.payload) for p in packets} == {(second.ssrc, b"\xd5" * 160)}
        assert events == []

    with_a_port(scenario)


def test_a_far_end_on_hold_is_sent_nothing() -> None:
    async def scenario(
        media: MediaPort, far_end: FarEnd, line: socket.socket, _events: list[MediaEvent]
    ) -> None:
        stream = media.reserve()
        assert stream is not None
        held = FarEnd(far_end.host, far_end.port, 8, False, wants_audio=False)
        media.connect(stream, held, listens=False)
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(heard(line, 1), 0.1)
        media.connect(stream, far_end, listens=False)
        assert len(await heard(line, 1)) == 1

    with_a_port(scenario)


@pytest.mark.parametrize("host", ["trunk.example", "2001:db8::1", ""])
def test_a_far_end_needs_an_ipv4_address(host: str) -> None:
    async def scenario(
        media: MediaPort, _: FarEnd, _line: socket.socket, _events: list[MediaEvent]
    ) -> None:
        stream = media.reserve()
        assert stream is not None
        with pytest.raises((OSError, ValueError)):
            media.connect(stream, FarEnd(host, 4000, 8, False), listens=False)

    with_a_port(scenario)


def test_the_receive_buffer_is_read_back() -> None:
    async def scenario(
        media: MediaPort, _: FarEnd, _line: socket.socket, _events: list[MediaEvent]
    ) -> None:
        assert media.receive_buffer_bytes > 100_000

    with_a_port(scenario)


@pytest.mark.peer
def test_pacing_keeps_fifty_packets_a_second_without_drift() -> None:
    async def scenario(
        media: MediaPort, far_end: FarEnd, line: socket.socket, _events: list[MediaEvent]
    ) -> None:
        stream = media.reserve()
        assert stream is not None
        media.connect(stream, far_end, listens=False)
        arrivals = []
        for _ in range(250):
            await heard(line, 1)
            arrivals.append(time.monotonic())
        drift_ms = np.array(arrivals) * 1000 - 20 * np.arange(250)
        late_ms = drift_ms - drift_ms.min()
        assert np.median(late_ms[-50:]) - np.median(late_ms[:50]) < 2  # 0.04 % over 5 s

    with_a_port(scenario)
