"""RTP packets (RFC 3550, 5.1)."""

from __future__ import annotations

import struct
from dataclasses import dataclass

VERSION = 2
HEADER_BYTES = 12
PCMU = 0  #: RFC 3551, table 4
PCMA = 8  #: RFC 3551, table 4
SAMPLE_RATE_HZ = 8000
FRAME_SAMPLES = 160  #: 20 ms of G.711, one byte a sample
FRAME_S = FRAME_SAMPLES / SAMPLE_RATE_HZ

_HEADER = struct.Struct("!BBHII")


@dataclass(frozen=True, slots=True)
class RtpPacket:
    """One RTP packet; padding and header extension are read past, not kept (RFC 3550, 5.1)."""

    payload_type: int
    sequence_number: int
    timestamp: int
    ssrc: int
    payload: bytes = b""
    marker: bool = False
    csrc: tuple[int, ...] = ()

    @classmethod
    def parse(cls, data: bytes) -> RtpPacket:
        """Read a packet from a datagram; ValueError when it is none (RFC 3550, A.1)."""
        if len(data) < HEADER_BYTES:
            raise ValueError("an RTP packet has at least 12 bytes")
        flags, second, sequence_number, timestamp, ssrc = _HEADER.unpack_from(data)
        if flags >> 6 != VERSION:
            raise ValueError("not RTP version 2")
        if is_rtcp(data):
            raise ValueError("an RTCP packet")
        start, csrc = _read_csrc(data, flags & 0x0F)
        if flags & 0x10:
            start = _end_of_extension(data, start)
        stop = _start_of_padding(data, start) if flags & 0x20 else len(data)
        return cls(
            payload_type=second & 0x7F,
            sequence_number=sequence_number,
            timestamp=timestamp,
            ssrc=ssrc,
            payload=data[start:stop],
            marker=bool(second & 0x80),
            csrc=csrc,
        )

    def __bytes__(self) -> bytes:
        """Return the datagram, without padding or extension."""
        header = _HEADER.pack(
            VERSION << 6 | len(self.csrc),
            self.marker << 7 | self.payload_type,
            self.sequence_number,
            self.timestamp,
            self.ssrc,
        )
        return header + struct.pack(f"!{len(self.csrc)}I", *self.csrc) + self.payload


def is_rtcp(data: bytes) -> bool:
    """Tell RTCP from RTP on one port by the second byte (RFC 5761, 4)."""
    return len(data) >= 2 and 192 <= data[1] <= 223


def _read_csrc(data: bytes, count: int) -> tuple[int, tuple[int, ...]]:
    """Return where the list of contributing sources ends, and the list."""
    stop = HEADER_BYTES + 4 * count
    if len(data) < stop:
        raise ValueError("the list of contributing sources is cut short")
    return stop, struct.unpack_from(f"!{count}I", data, HEADER_BYTES)


def _end_of_extension(data: bytes, start: int) -> int:
    """Return where the header extension ends (RFC 3550, 5.3.1)."""
    if len(data) < start + 4:
        raise ValueError("the header extension is cut short")
    stop = start + 4 + 4 * int(struct.unpack_from("!H", data, start + 2)[0])
    if len(data) < stop:
        raise ValueError("the header extension is cut short")
    return stop


def _start_of_padding(data: bytes, start: int) -> int:
    """Return where the padding begins; its last byte counts it (RFC 3550, 5.1)."""
    stop = len(data) - data[-1]
    if data[-1] == 0 or stop < start:
        raise ValueError("the padding is longer than the packet")
    return stop
