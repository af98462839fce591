from itertools import pairwise

import numpy as np
import pytest

from audio.g711 import alaw_to_ulaw
from engine.rtp.packet import RtpPacket
from engine.rtp.sending import SendingBank
from engine.rtp.telephone_event import KeyReceiver

ANNOUNCEMENT = bytes(range(256)) * 2  # 3.2 frames


def a_bank(*, ulaw: tuple[int, ...] = (), capacity: int = 8, seed: int = 1) -> SendingBank:
    bank = SendingBank(capacity, random=np.random.default_rng(seed))
    for slot in range(capacity):
        is_ulaw = slot in ulaw
        bank.open(slot, payload_type=0 if is_ulaw else 8, is_ulaw=is_ulaw, ssrc=1000 + slot)
    return bank


def sent(bank: SendingBank, slot: int, ticks: int) -> list[RtpPacket]:
    packets = []
    for _ in range(ticks):
        stamped = bank.stamp(np.array([slot]))
        packets.append(RtpPacket.parse(stamped.packets[0, : stamped.lengths[0]].tobytes()))
    return packets


@pytest.mark.parametrize(
    "seed",
    [
        pytest.param(593, id="the sequence number overflows"),
        pytest.param(47408, id="the timestamp overflows"),
    ],
)
def test_sequence_and_timestamp_go_on_by_one_and_160_past_their_overflow(seed: int) -> None:
    packets = sent(a_bank(seed=seed), 0, 300)
    for before, after in pairwise(packets):
        assert after.sequence_number == (before.sequence_number + 1) % (1 << 16)
        assert after.timestamp == (before.timestamp + 160) % (1 << 32)
    first, last = packets[0], packets[-1]
    assert first.sequence_number > last.sequence_number or first.timestamp > last.timestamp


def test_only_the_first_packet_carries_the_marker() -> None:
    assert [packet.marker for packet in sent(a_bank(), 0, 3)] == [True, False, False]


def test_what_is_played_is_what_leaves_then_silence() -> None:
    bank = a_bank()
    bank.play(0, ANNOUNCEMENT)
    heard = b"".join(packet.payload for packet in sent(bank, 0, 6))
    assert heard == ANNOUNCEMENT + b"\xd5" * (6 * 160 - len(ANNOUNCEMENT))


def test_mu_law_is_the_same_announcement_rendered() -> None:
    bank = a_bank(ulaw=(1,))
    bank.play(1, ANNOUNCEMENT)
    heard = b"".join(packet.payload for packet in sent(bank, 1, 4))
    assert heard.startswith(alaw_to_ulaw(ANNOUNCEMENT))
    assert {packet.payload_type for packet in sent(bank, 1, 1)} == {0}


def test_played_is_told_with_the_last_frame() -> None:
    bank = a_bank()
    bank.play(2, ANNOUNCEMENT)
    played = [bank.stamp(np.array([1, 2])).played.tolist() for _ in range(6)]
    assert played == [[], [], [], [2], [], []]


def test_an_empty_announcement_is_played_too() -> None:
    bank = a_bank()
    bank.play(2, b"")
    assert bank.stamp(np.array([2])).played.tolist() == [2]


def test_falling_silent_is_not_played() -> None:
    bank = a_bank()
    bank.play(0, ANNOUNCEMENT)
    sent(bank, 0, 2)
    bank.fall_silent(0)
    stamped = [bank.stamp(np.array([0])) for _ in range(4)]
    assert all(not s.played.size and (s.packets[0, 12:] == 0xD5).all() for s in stamped)


def test_playing_replaces_what_was_playing() -> None:
    bank = a_bank()
    bank.play(0, b"\x01" * 1600)
    sent(bank, 0, 2)
    bank.play(0, b"\x02" * 160)
    assert [packet.payload[:1] for packet in sent(bank, 0, 2)] == [b"\x02", b"\xd5"]


def test_calls_playing_together_each_hear_their_own() -> None:
    bank = a_bank(ulaw=(1,))
    for slot in range(4):
        bank.play(slot, bytes([slot]) * 160)
    stamped = bank.stamp(np.arange(4))
    expected = [b"\0", alaw_to_ulaw(b"\1"), b"\2", b"\3"]
    assert [row[12:13].tobytes() for row in stamped.packets] == expected


def test_keys_sent_are_the_keys_heard_and_the_announcement_goes_on() -> None:
    bank = a_bank()
    bank.press(0, "19*#", payload_type=101)
    receiver = KeyReceiver()
    packets = sent(bank, 0, 60)
    events = [packet for packet in packets if packet.payload_type == 101]
    assert "".join(receiver.receive(p.timestamp, p.payload) for p in events) == "19*#"
    assert [packet.marker for packet in events].count(True) == 4
    assert packets[-1].payload_type == 8
    assert packets[-1].timestamp == (packets[0].timestamp + 59 * 160) % (1 << 32)


def test_a_slot_opened_again_begins_silent_with_a_marker() -> None:
    bank = a_bank()
    bank.play(0, b"\x01" * 1600)
    bank.press(0, "9", payload_type=101)
    bank.close(0)
    bank.open(0, payload_type=8, is_ulaw=False, ssrc=7)
    (packet,) = sent(bank, 0, 1)
    assert (packet.payload_type, packet.marker, packet.ssrc) == (8, True, 7)
    assert packet.payload == b"\xd5" * 160


def test_a_key_that_does_not_exist_is_refused_and_nothing_sent() -> None:
    bank = a_bank()
    with pytest.raises(ValueError):
        bank.press(0, "9E", payload_type=101)
    assert {packet.payload_type for packet in sent(bank, 0, 5)} == {8}
