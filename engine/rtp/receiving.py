"""The receiving side of N calls: datagrams in, frames to listen to and keys out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.rtp.packet import FRAME_SAMPLES, HEADER_BYTES, PCMA, PCMU, VERSION, RtpPacket
from engine.rtp.playout import PlayoutBank
from engine.rtp.sources import NOBODY, Sources
from engine.rtp.telephone_event import KeyReceiver

_PACKET_BYTES = HEADER_BYTES + FRAME_SAMPLES

Datagrams = NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class PayloadTypes:
    """What the far end may send under which payload type; -1 for nothing."""

    alaw: int = PCMA
    ulaw: int = PCMU
    key: int = -1


class ReceivingBank:
    """RTP reception of up to *capacity* calls on one port, one slot each.

    What is no RTP packet of a known call (short, RTCP, STUN, a stranger's) is counted in
    `ignored` and changes nothing.
    """

    def __init__(self, capacity: int) -> None:
        self.heard_at = np.full(capacity, np.inf)
        self.received = 0
        self.ignored = 0
        self._sources = Sources()
        self._playout = PlayoutBank(capacity)
        self._keys: dict[int, KeyReceiver] = {}
        self._types = np.zeros((capacity, 3), dtype=np.int16)

    def open(
        self, slot: int, *, source: int, ssrc: int | None, types: PayloadTypes, now: float
    ) -> None:
        """Expect packets from *source*, an `engine.rtp.sources.source_of`."""
        self._sources.open(slot, source=source, ssrc=ssrc, now=now)
        self._playout.open(slot)
        self._keys[slot] = KeyReceiver()
        self._types[slot] = (types.alaw, types.ulaw, types.key)
        self.heard_at[slot] = now

    def redirect(
        self, slot: int, *, source: int, ssrc: int | None, types: PayloadTypes, now: float
    ) -> None:
        """Expect the packets of the same call from another source."""
        self._sources.move(slot, source=source, ssrc=ssrc, now=now)
        self._types[slot] = (types.alaw, types.ulaw, types.key)

    def close(self, slot: int) -> None:
        """Free the slot."""
        self._sources.close(slot)
        self.heard_at[slot] = np.inf
        del self._keys[slot]

    def take(self, slots: NDArray[np.intp]) -> NDArray[np.float32]:
        """Return the next frame of each of *slots*, shape (n, 160) in [-1, 1]."""
        return self._playout.take(slots)

    def hurry(self, slot: int, is_hurried: bool) -> None:
        """Hold a slot's frames back as little as possible, or as usual."""
        self._playout.hurry(slot, is_hurried)

    def take_codes(self, slots: NDArray[np.intp]) -> tuple[NDArray[np.uint8], NDArray[np.intp]]:
        """Return the next frame of each of *slots* as it came (`PlayoutBank.take_codes`)."""
        return self._playout.take_codes(slots)

    def receive(
        self,
        datagrams: Datagrams,
        lengths: NDArray[np.uint32],
        sources: NDArray[np.uint64],
        now: float,
    ) -> list[tuple[int, str]]:
        """Take what arrived, row i being ``datagrams[i, :lengths[i]]``; return keys by slot."""
        is_rtp = (lengths >= HEADER_BYTES) & (datagrams[:, 0] >> 6 == VERSION)
        is_rtp &= (datagrams[:, 1] < 192) | (datagrams[:, 1] > 223)  # RFC 5761, 4: else RTCP
        rows = np.flatnonzero(is_rtp)
        slots = self._slots(sources[rows], _uint32(datagrams[rows, 8:12]), now)
        rows, slots = rows[slots != NOBODY], slots[slots != NOBODY]
        self.received += len(rows)
        self.ignored += len(datagrams) - len(rows)
        self.heard_at[slots] = now
        is_plain = self._put_plain(datagrams, lengths, rows, slots)
        odd = zip(slots[~is_plain].tolist(), rows[~is_plain].tolist(), strict=True)
        keys = [(slot, self._put_odd(slot, datagrams[i, : lengths[i]])) for slot, i in odd]
        return [(slot, key) for slot, key in keys if key]

    def _slots(
        self, sources: NDArray[np.uint64], ssrcs: NDArray[np.uint32], now: float
    ) -> NDArray[np.intp]:
        keys: Sequence[tuple[int, int]] = list(zip(sources.tolist(), ssrcs.tolist(), strict=True))
        slots = self._sources.find(keys)
        for i, slot in enumerate(slots):
            if slot == NOBODY:
                slots[i] = self._learn(*keys[i], now)
        return np.array(slots, dtype=np.intp)

    def _learn(self, source: int, ssrc: int, now: float) -> int:
        slot = self._sources.learn(source, ssrc, now)
        if slot != NOBODY:
            self._playout.restart(slot)
        return slot

    def _put_plain(
        self,
        datagrams: Datagrams,
        lengths: NDArray[np.uint32],
        rows: NDArray[np.intp],
        slots: NDArray[np.intp],
    ) -> NDArray[np.bool_]:
        """Take the packets of 20 ms of G.711 with a plain header; return which they were."""
        payload_types = datagrams[rows, 1] & 0x7F
        is_alaw = payload_types == self._types[slots, 0]
        is_plain: NDArray[np.bool_] = (datagrams[rows, 0] == VERSION << 6) & (
            lengths[rows] == _PACKET_BYTES
        )
        is_plain &= is_alaw | (payload_types == self._types[slots, 1])
        plain = rows[is_plain]
        self._playout.put(
            slots[is_plain],
            _uint32(datagrams[plain, 4:8]),
            is_alaw[is_plain],
            datagrams[plain, HEADER_BYTES:_PACKET_BYTES],
        )
        return is_plain

    def _put_odd(self, slot: int, datagram: NDArray[np.uint8]) -> str:
        """Take a packet of another kind; return the key it begins, or ""."""
        try:
            packet = RtpPacket.parse(datagram.tobytes())
        except ValueError:
            return ""
        alaw, ulaw, key = self._types[slot].tolist()
        if packet.payload_type == key:
            return self._keys[slot].receive(packet.timestamp, packet.payload)
        if packet.payload_type in (alaw, ulaw):
            is_alaw = packet.payload_type == alaw
            self._playout.put_one(slot, packet.timestamp, is_alaw, packet.payload)
        return ""


def _uint32(rows: NDArray[np.uint8]) -> NDArray[np.uint32]:
    """Read a big-endian number from each row of four bytes."""
    return np.ascontiguousarray(rows).view(">u4").reshape(len(rows)).astype(np.uint32)
