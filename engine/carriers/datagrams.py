"""A UDP port that sends and receives in batches (sendmmsg(2), recvmmsg(2)) where it can."""

from __future__ import annotations

import ctypes
import socket
import struct
import sys
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

BUFFER_BYTES = 4 << 20  #: Asked of the kernel: 100 ms of 2,000 calls, with its bookkeeping
ROWS = 2048  #: Datagrams received in one go
ROW_BYTES = 1024  #: The rest of a longer datagram is dropped: no audio of ours is that long

_SO_SNDBUFFORCE, _SO_RCVBUFFORCE = 32, 33  # asm-generic/socket.h; need CAP_NET_ADMIN
_NAME_BYTES = 16  # sizeof(struct sockaddr_in)
_DONTWAIT = getattr(socket, "MSG_DONTWAIT", 0)
#: struct mmsghdr of 64-bit Linux (recvmmsg(2))
_HEADER = np.dtype(
    {
        "names": ["name", "name_bytes", "iov", "iov_count", "length"],
        "formats": ["<u8", "<u4", "<u8", "<u8", "<u4"],
        "offsets": [0, 8, 16, 24, 56],
        "itemsize": 64,
    }
)


@dataclass(frozen=True, slots=True)
class Received:
    """What arrived: row i is ``datagrams[i, :lengths[i]]``, valid until the next receive."""

    datagrams: NDArray[np.uint8]
    lengths: NDArray[np.uint32]
    sources: NDArray[np.uint64]
    "Address and port as one number (`engine.rtp.sources.source_of`)."


class DatagramPort(Protocol):
    """A bound UDP port; none of these ever waits."""

    def receive(self) -> Received:
        """Return what has arrived, up to `ROWS` datagrams."""

    def send(
        self,
        packets: NDArray[np.uint8],
        lengths: NDArray[np.uint32],
        destinations: NDArray[np.uint8],
    ) -> int:
        """Send ``packets[i, :lengths[i]]`` to ``destinations[i]``; return how many left."""


def destination(host: str, port: int) -> NDArray[np.uint8]:
    """Return a sockaddr_in (ip(7)) as 16 bytes; OSError for no IPv4 address."""
    name = struct.pack("=H", socket.AF_INET) + struct.pack("!H", port) + socket.inet_aton(host)
    return np.frombuffer(name.ljust(_NAME_BYTES, b"\0"), dtype=np.uint8)


def bind(host: str, port: int) -> socket.socket:
    """Return a non-blocking UDP socket with all the buffer the kernel grants."""
    bound = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    try:
        for option, forced in (
            (socket.SO_RCVBUF, _SO_RCVBUFFORCE),
            (socket.SO_SNDBUF, _SO_SNDBUFFORCE),
        ):
            bound.setsockopt(socket.SOL_SOCKET, option, BUFFER_BYTES)
            _force(bound, forced)
        bound.setblocking(False)
        bound.bind((host, port))
    except OSError:
        bound.close()
        raise
    return bound


def open_port(bound: socket.socket) -> DatagramPort:
    """Return *bound* as a batching port, or one datagram at a time where batches are unknown."""
    if sys.platform == "linux" and sys.byteorder == "little" and sys.maxsize > 1 << 32:
        return BatchPort(bound)
    return SinglePort(bound)


def _force(bound: socket.socket, option: int) -> None:
    """Go past net.core.rmem_max where we are allowed to."""
    if sys.platform == "linux":
        try:
            bound.setsockopt(socket.SOL_SOCKET, option, BUFFER_BYTES)
        except PermissionError:
            return


class BatchPort:
    """`DatagramPort` by one system call a batch."""

    def __init__(self, bound: socket.socket) -> None:
        # PyDLL: the calls never wait, so giving up the interpreter would only invite delay.
        library = ctypes.PyDLL(None, use_errno=True)
        self._recvmmsg, self._sendmmsg = library.recvmmsg, library.sendmmsg
        self._descriptor = bound.fileno()
        self._in = _Batch(ROWS)
        self._out = _Batch(ROWS)
        self._rows = np.zeros((ROWS, ROW_BYTES), dtype=np.uint8)
        self._in.aim(self._rows, np.full(ROWS, ROW_BYTES, dtype=np.uint64))

    def receive(self) -> Received:
        """Return what has arrived, up to `ROWS` datagrams."""
        self._in.headers["name_bytes"] = _NAME_BYTES
        count = self._recvmmsg(
            self._descriptor, ctypes.c_void_p(self._in.address), ROWS, _DONTWAIT, None
        )
        count = max(0, count)
        return Received(
            self._rows[:count],
            self._in.headers["length"][:count].copy(),
            _sources(self._in.names[:count]),
        )

    def send(
        self,
        packets: NDArray[np.uint8],
        lengths: NDArray[np.uint32],
        destinations: NDArray[np.uint8],
    ) -> int:
        """Send ``packets[i, :lengths[i]]`` to ``destinations[i]``; return how many left."""
        sent = 0
        for first in range(0, len(packets), ROWS):
            part = slice(first, first + ROWS)
            self._out.aim(packets[part], lengths[part])
            self._out.names[: len(packets[part])] = destinations[part]
            sent += self._send_out(len(packets[part]))
        return sent

    def _send_out(self, count: int) -> int:
        """Send the batch; a datagram that the kernel refuses is left out."""
        sent = start = 0
        while start < count:
            header = ctypes.c_void_p(self._out.address + start * _HEADER.itemsize)
            left = self._sendmmsg(self._descriptor, header, count - start, _DONTWAIT)
            sent += max(0, left)
            start += left if left > 0 else 1
        return sent


class _Batch:
    """The headers, addresses and vectors of one batch, at fixed places in memory."""

    def __init__(self, rows: int) -> None:
        self.headers = np.zeros(rows, dtype=_HEADER)
        self.names = np.zeros((rows, _NAME_BYTES), dtype=np.uint8)
        self._vectors = np.zeros((rows, 2), dtype=np.uint64)
        self.address = self.headers.ctypes.data
        self.headers["name"] = _addresses(self.names)
        self.headers["name_bytes"] = _NAME_BYTES
        self.headers["iov"] = _addresses(self._vectors)
        self.headers["iov_count"] = 1

    def aim(self, rows: NDArray[np.uint8], lengths: NDArray[np.unsignedinteger]) -> None:
        """Make vector i point at ``rows[i, :lengths[i]]``; *rows* must outlive the call."""
        self._vectors[: len(rows), 0] = _addresses(rows)
        self._vectors[: len(rows), 1] = lengths


class SinglePort:
    """`DatagramPort` by one system call a datagram."""

    def __init__(self, bound: socket.socket) -> None:
        self._socket = bound
        self._rows = np.zeros((ROWS, ROW_BYTES), dtype=np.uint8)

    def receive(self) -> Received:
        """Return what has arrived, up to `ROWS` datagrams."""
        lengths: list[int] = []
        names: list[NDArray[np.uint8]] = []
        for row in self._rows:
            try:
                length, name = self._socket.recvfrom_into(row.data)
            except OSError:
                break
            lengths.append(length)
            names.append(destination(*name))
        table = np.array(names, dtype=np.uint8).reshape(-1, _NAME_BYTES)
        return Received(
            self._rows[: len(lengths)], np.array(lengths, dtype=np.uint32), _sources(table)
        )

    def send(
        self,
        packets: NDArray[np.uint8],
        lengths: NDArray[np.uint32],
        destinations: NDArray[np.uint8],
    ) -> int:
        """Send ``packets[i, :lengths[i]]`` to ``destinations[i]``; return how many left."""
        sent = 0
        for packet, length, name in zip(packets, lengths, destinations, strict=True):
            host, port = socket.inet_ntoa(name[4:8].tobytes()), int(name[2]) << 8 | int(name[3])
            try:
                self._socket.sendto(packet[:length].tobytes(), (host, port))
            except OSError:
                continue
            sent += 1
        return sent


def _addresses(rows: NDArray[np.uint8] | NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Return where in memory each row begins."""
    start, step = rows.ctypes.data, rows.strides[0]
    return np.arange(len(rows), dtype=np.uint64) * np.uint64(step) + np.uint64(start)


def _sources(names: NDArray[np.uint8]) -> NDArray[np.uint64]:
    """Return each sockaddr_in as one number."""
    numbers = np.zeros((len(names), 8), dtype=np.uint8)
    numbers[:, 2:6] = names[:, 4:8]
    numbers[:, 6:8] = names[:, 2:4]
    return numbers.view(">u8").reshape(len(names)).astype(np.uint64)
