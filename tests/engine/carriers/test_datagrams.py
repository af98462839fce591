"""Both kinds of port, over loopback."""

import socket
from collections.abc import Callable, Iterator

import numpy as np
import pytest

from engine.carriers.datagrams import (
    BatchPort,
    DatagramPort,
    Received,
    SinglePort,
    bind,
    destination,
    open_port,
)
from engine.rtp.sources import source_of

PORTS = [BatchPort, SinglePort]
Made = tuple[DatagramPort, socket.socket]


@pytest.fixture(params=PORTS)
def port(request: pytest.FixtureRequest) -> Iterator[Made]:
    make: Callable[[socket.socket], DatagramPort] = request.param
    with bind("127.0.0.1", 0) as bound:
        yield make(bound), bound


@pytest.fixture
def peer() -> Iterator[socket.socket]:
    with bind("127.0.0.1", 0) as bound:
        yield bound


def rows(*datagrams: bytes) -> tuple[np.ndarray[tuple[int, int], np.dtype[np.uint8]], list[int]]:
    table = np.zeros((len(datagrams), 400), dtype=np.uint8)
    for row, data in zip(table, datagrams, strict=True):
        row[: len(data)] = np.frombuffer(data, dtype=np.uint8)
    return table, [len(data) for data in datagrams]


def send(port: DatagramPort, to: list[tuple[str, int]], *datagrams: bytes) -> int:
    table, lengths = rows(*datagrams)
    names = np.array([destination(*name) for name in to], dtype=np.uint8)
    return port.send(table, np.array(lengths, dtype=np.uint32), names)


def texts(received: Received) -> list[bytes]:
    return [
        row[:length].tobytes()
        for row, length in zip(received.datagrams, received.lengths, strict=True)
    ]


def test_each_datagram_leaves_whole_for_its_destination(port: Made, peer: socket.socket) -> None:
    with bind("127.0.0.1", 0) as other:
        to = [peer.getsockname(), other.getsockname(), peer.getsockname()]
        assert send(port[0], to, b"one", b"two!", b"") == 3
        assert [peer.recv(100), peer.recv(100), other.recv(100)] == [b"one", b"", b"two!"]


def test_what_arrives_is_told_with_its_source(port: Made, peer: socket.socket) -> None:
    for text in (b"a", b"", b"x" * 1024, b"y" * 3000):
        peer.sendto(text, port[1].getsockname())
    received = port[0].receive()
    assert texts(received)[:3] == [b"a", b"", b"x" * 1024]
    assert set(received.sources.tolist()) == {source_of(*peer.getsockname())}


def test_nothing_there_is_told_at_once(port: Made) -> None:
    assert len(port[0].receive().lengths) == 0


def test_a_destination_refused_by_the_kernel_stops_no_other(
    port: Made, peer: socket.socket
) -> None:
    to = [peer.getsockname(), ("255.255.255.255", 9), peer.getsockname()]
    assert send(port[0], to, b"one", b"lost", b"two") == 2
    assert [peer.recv(100), peer.recv(100)] == [b"one", b"two"]


def test_more_than_one_batch_leaves_whole(peer: socket.socket) -> None:
    with bind("127.0.0.1", 0) as bound:
        datagrams = [n.to_bytes(2, "big") for n in range(5000)]
        assert send(BatchPort(bound), [peer.getsockname()] * 5000, *datagrams) == 5000
        port, arrived = BatchPort(peer), list[bytes]()
        while texts_now := texts(port.receive()):
            arrived += texts_now
        assert arrived == datagrams[: len(arrived)]
        assert len(arrived) > 2048


def test_the_port_of_this_machine_works(peer: socket.socket) -> None:
    with bind("127.0.0.1", 0) as bound:
        assert send(open_port(bound), [peer.getsockname()], b"hello") == 1


def test_a_port_taken_is_an_os_error(peer: socket.socket) -> None:
    with pytest.raises(OSError, match="in use"):
        bind(*peer.getsockname())


@pytest.mark.parametrize("host", ["", "trunk.example", "2001:db8::1", "1.2.3.4.5"])
def test_a_destination_is_an_ipv4_address(host: str) -> None:
    with pytest.raises(OSError):
        destination(host, 4000)
