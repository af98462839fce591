"""The audio and the key presses that SIPp sends, made when they are wanted."""

from __future__ import annotations

import struct
from pathlib import Path

EVENTS = "0123456789*#"
FLASH = "!"
SSRC = 0xDECAFBAD


def write_audio(path: Path) -> Path:
    """Five seconds of mu-law."""
    path.write_bytes(bytes((0x55 + (n * 7) % 64) & 0xFF for n in range(40_000)))
    return path


def write_keys(path: Path, keys: str, *, loses_marker: bool = False) -> Path:
    """Write a capture of RFC 4733 events, 160 ms each, three end packets, 400 ms apart.

    `!` is a hook flash of one packet (event 16); with *loses_marker* each first packet is lost.
    """
    frames: list[tuple[int, bytes]] = []
    sequence = 1000
    for number, key in enumerate(keys):
        start_us = number * 400_000
        timestamp = 50_000 + number * 3200
        event = 16 if key == FLASH else EVENTS.index(key)
        packets = [(False, 160)] if key == FLASH else [(False, 160 * n) for n in range(1, 9)]
        packets += [] if key == FLASH else [(True, 1280)] * 3
        for index, (ends, duration) in enumerate(packets):
            marker = 0x80 if index == 0 else 0
            rtp = struct.pack("!BBHII", 0x80, marker | 101, sequence, timestamp, SSRC)
            rtp += struct.pack("!BBH", event, 0x80 * ends | 10, duration)
            sequence += 1
            if not (loses_marker and index == 0):
                frames.append((start_us + index * 20_000, _ethernet(rtp)))
    path.write_bytes(_capture(frames))
    return path


def _ethernet(payload: bytes) -> bytes:
    """An Ethernet frame of an IPv4 datagram, of which SIPp takes the UDP payload."""
    udp = struct.pack("!HHHH", 6000, 6000, 8 + len(payload), 0) + payload
    source = destination = bytes([127, 0, 0, 1])
    ip = struct.pack("!BBHHHBBH4s4s", 0x45, 0, 20 + len(udp), 0, 0, 64, 17, 0, source, destination)
    return bytes(12) + b"\x08\x00" + ip + udp


def _capture(frames: list[tuple[int, bytes]]) -> bytes:
    records = [
        struct.pack("<IIII", at_us // 1_000_000, at_us % 1_000_000, len(frame), len(frame)) + frame
        for at_us, frame in frames
    ]
    return struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65_535, 1) + b"".join(records)
