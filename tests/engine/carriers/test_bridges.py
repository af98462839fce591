"""Two calls that hear each other, without a socket: what comes in for one goes out for the other.

Frame n of a far end holds the byte n in its own law.
"""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from audio.g711 import ALAW_SILENCE, alaw_to_ulaw, decode_alaw, decode_ulaw
from engine.carriers.bridges import Bridges
from engine.rtp.packet import RtpPacket
from engine.rtp.receiving import PayloadTypes, ReceivingBank
from engine.rtp.sending import SendingBank
from engine.rtp.sources import source_of
from engine.rtp.telephone_event import press

ONE, OTHER, THIRD = 0, 1, 2
TYPES = PayloadTypes(key=101)


class TwoLegs:
    """A bank of calls, some of them in mu-law, and what leaves for each a tick."""

    def __init__(self, *, ulaw: tuple[int, ...] = (), calls: int = 2) -> None:
        self._sending = SendingBank(4, random=np.random.default_rng(1))
        self._receiving = ReceivingBank(4)
        self.bridges = Bridges(4, self._sending, self._receiving)
        self._ulaw = ulaw
        self.keys: list[tuple[int, str]] = []
        for slot in range(calls):
            is_ulaw = slot in ulaw
            payload_type = 0 if is_ulaw else 8
            self._sending.open(slot, payload_type=payload_type, is_ulaw=is_ulaw, ssrc=100 + slot)
            source = source_of("192.0.2.1", 4000 + slot)
            self._receiving.open(slot, source=source, ssrc=None, types=TYPES, now=0.0)

    def say(self, slot: int, n: int, value: int | None = None) -> None:
        """Let packet *n* of a call's far end arrive."""
        payload = bytes([n if value is None else value]) * 160
        self.arrive(slot, RtpPacket(0 if slot in self._ulaw else 8, n, 160 * n, 7, payload))

    def arrive(self, slot: int, packet: RtpPacket) -> None:
        datagram = np.frombuffer(bytes(packet), dtype=np.uint8)
        rows, lengths = np.zeros((1, 512), dtype=np.uint8), np.array([len(datagram)], np.uint32)
        rows[0, : len(datagram)] = datagram
        sources = np.array([source_of("192.0.2.1", 4000 + slot)], dtype=np.uint64)
        self.keys += self._receiving.receive(rows, lengths, sources, 1.0)

    def play(self, slot: int, payload: bytes) -> None:
        self._sending.play(slot, payload)

    def tick(self, slot: int) -> RtpPacket:
        """Return the packet that leaves for a call in its phase."""
        self.bridges.feed(np.array([slot]))
        stamped = self._sending.stamp(np.array([slot]))
        return RtpPacket.parse(stamped.packets[0, : stamped.lengths[0]].tobytes())


def bridged(*, ulaw: tuple[int, ...] = ()) -> TwoLegs:
    legs = TwoLegs(ulaw=ulaw)
    legs.bridges.join(ONE, OTHER)
    return legs


@pytest.mark.parametrize("ulaw", [(), (ONE, OTHER)])
def test_in_one_law_every_byte_passes_unchanged(ulaw: tuple[int, ...]) -> None:
    legs = bridged(ulaw=ulaw)
    for n in range(256):
        legs.say(ONE, n)
        assert legs.tick(OTHER).payload == bytes([n]) * 160


@pytest.mark.parametrize("ulaw", [(ONE,), (OTHER,)])
def test_between_the_laws_a_sample_becomes_the_nearest_of_the_other(ulaw: tuple[int, ...]) -> None:
    decoders = [decode_ulaw if slot in ulaw else decode_alaw for slot in (ONE, OTHER)]
    legs = bridged(ulaw=ulaw)
    for n in range(256):
        legs.say(ONE, n)
        came = int(decoders[ONE](bytes([n]))[0])
        left = int(decoders[OTHER](legs.tick(OTHER).payload)[0])
        assert abs(left - came) <= max(8, abs(came) * 0.035)  # a segment's step (G.711)


def test_both_hear_each_other() -> None:
    legs = bridged()
    for n in range(20):
        legs.say(ONE, n, value=1)
        legs.say(OTHER, n, value=2)
        heard = legs.tick(ONE).payload[0], legs.tick(OTHER).payload[0]
    assert heard == (2, 1)


def test_nothing_of_ours_is_heard_over_a_bridge() -> None:
    legs = TwoLegs()
    legs.play(ONE, bytes([9]) * 1600)
    legs.bridges.join(ONE, OTHER)
    assert legs.tick(ONE).payload == ALAW_SILENCE * 160


def test_each_leg_keeps_its_own_numbering_and_ssrc() -> None:
    """RFC 3550, 5.1: whatever the other leg's packets look like, and when the bridge ends."""
    legs = TwoLegs()
    packets = [legs.tick(ONE)]
    legs.bridges.join(ONE, OTHER)
    for n in (5000, 5001, 5003, 70, 71):  # lost, then begun anew
        legs.say(OTHER, n, value=3)
        packets.append(legs.tick(ONE))
    legs.bridges.part(ONE)
    packets.append(legs.tick(ONE))
    assert {packet.ssrc for packet in packets} == {100}
    for before, after in pairwise(packets):
        assert after.sequence_number == (before.sequence_number + 1) % (1 << 16)
        assert after.timestamp == (before.timestamp + 160) % (1 << 32)


def test_a_packet_leaves_at_the_next_tick_of_the_other_leg() -> None:
    """A bridge holds nothing back: 20 ms at most, while the packets come evenly."""
    legs = bridged()
    for n in range(100):
        legs.say(ONE, n)
        assert legs.tick(OTHER).payload[0] == n


def test_a_late_packet_delays_what_follows_and_the_delay_goes_again() -> None:
    legs = bridged()
    legs.say(ONE, 0)
    legs.tick(OTHER)
    legs.tick(OTHER)  # packet 1 is late
    legs.say(ONE, 1)
    legs.say(ONE, 2)
    assert legs.tick(OTHER).payload[0] == 1
    heard = []
    for n in range(3, 150):
        legs.say(ONE, n)
        heard.append(n - legs.tick(OTHER).payload[0])
    assert heard[0] == 1
    assert heard[-1] == 0
    assert sorted(heard, reverse=True) == heard


def test_when_one_says_nothing_the_other_hears_silence() -> None:
    legs = bridged()
    legs.say(ONE, 0, value=5)
    heard = [legs.tick(OTHER).payload[0] for _ in range(6)]
    assert heard == [5, 5, 5, 5, ALAW_SILENCE[0], ALAW_SILENCE[0]]


def test_silence_is_silence_in_the_others_law() -> None:
    legs = bridged(ulaw=(ONE, OTHER))
    assert legs.tick(ONE).payload == alaw_to_ulaw(ALAW_SILENCE) * 160


def test_a_key_is_ours_and_never_the_other_legs() -> None:
    legs = bridged()
    for i, event in enumerate(press("9")):
        legs.arrive(ONE, RtpPacket(101, i, 0, 7, bytes(event)))
        assert legs.tick(OTHER).payload_type == 8
    assert legs.keys == [(ONE, "9")]


def test_after_the_parting_neither_hears_the_other() -> None:
    legs = bridged()
    legs.say(ONE, 0, value=5)
    assert legs.bridges.part(OTHER) == (OTHER, ONE)
    legs.say(ONE, 1, value=5)
    legs.say(OTHER, 1, value=6)
    assert {legs.tick(slot).payload for slot in (ONE, OTHER)} == {ALAW_SILENCE * 160}
    assert legs.bridges.part(ONE) == ()


def test_what_was_said_before_the_bridge_is_not_heard_over_it() -> None:
    legs = TwoLegs()
    for n in range(4):
        legs.say(ONE, n, value=5)
    legs.bridges.join(ONE, OTHER)
    assert legs.tick(OTHER).payload == ALAW_SILENCE * 160


def test_whoever_is_bridged_anew_leaves_the_earlier_bridge() -> None:
    legs = TwoLegs(calls=3)
    legs.bridges.join(ONE, OTHER)
    legs.bridges.join(THIRD, ONE)
    legs.say(ONE, 0, value=5)
    assert legs.tick(OTHER).payload == ALAW_SILENCE * 160
    assert legs.tick(THIRD).payload[0] == 5


def test_the_ear_hears_silence_while_its_call_is_bridged() -> None:
    legs = TwoLegs(calls=3)
    legs.bridges.join(ONE, OTHER)
    for n in range(5):
        legs.say(ONE, n, value=0x80)
        legs.say(THIRD, n, value=0x80)
        frames = legs.bridges.frames_to_hear(np.array([ONE, THIRD]))
    assert not frames[0].any()
    assert frames[1].all()


@given(st.lists(st.lists(st.integers(0, 60), max_size=4), max_size=80))
def test_whatever_the_network_does_one_frame_leaves_a_tick(ticks: list[list[int]]) -> None:
    """Each is one that came, or silence; none is heard before it was said."""
    legs = bridged()
    said = {ALAW_SILENCE[0]}
    for arriving in ticks:
        for n in arriving:
            legs.say(ONE, n)
            said.add(n)
        payload = legs.tick(OTHER).payload
        assert len(payload) == 160
        assert set(payload) <= said
