"""What the listener gets: one frame a call a tick, whatever the network does.

Frame n of the far end holds the A-law byte n; what comes out is read back as such numbers,
`None` standing for silence.
"""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from audio.g711 import ALAW_TO_FLOAT, ULAW_TO_FLOAT
from engine.rtp.playout import DELAY_FRAMES, HOLD_FRAMES, PlayoutBank

SLOT = 1


def a_bank() -> PlayoutBank:
    bank = PlayoutBank(4)
    bank.open(SLOT)
    return bank


def put(bank: PlayoutBank, *numbers: int, base: int = 0) -> None:
    count = len(numbers)
    bank.put(
        np.full(count, SLOT),
        np.array([(base + 160 * n) % (1 << 32) for n in numbers], dtype=np.uint32),
        np.ones(count, dtype=bool),
        np.array([np.full(160, n, dtype=np.uint8) for n in numbers]).reshape(count, 160),
    )


def heard(bank: PlayoutBank) -> int | None:
    frame = bank.take(np.array([SLOT]))[0]
    if not frame.any():
        return None
    assert (frame == frame[0]).all()
    return int(np.flatnonzero(frame[0] == ALAW_TO_FLOAT)[0])


def listened(bank: PlayoutBank, ticks: list[list[int]], *, base: int = 0) -> list[int | None]:
    """Feed what arrives before each tick, and return what each tick gave."""
    frames = []
    for arriving in ticks:
        put(bank, *arriving, base=base)
        frames.append(heard(bank))
    return frames


def test_an_even_stream_comes_out_whole_after_the_delay() -> None:
    frames = listened(a_bank(), [[n] for n in range(50)])
    assert frames == [None] * DELAY_FRAMES + list(range(50 - DELAY_FRAMES))


def test_the_timestamp_may_overflow() -> None:
    frames = listened(a_bank(), [[n] for n in range(20)], base=(1 << 32) - 800)
    assert frames[DELAY_FRAMES:] == list(range(20 - DELAY_FRAMES))


def test_a_lost_frame_is_the_one_before_held() -> None:
    ticks = [[n] if n != 5 else [] for n in range(10)]
    assert listened(a_bank(), ticks)[DELAY_FRAMES:] == [0, 1, 2, 3, 4, 4, 6, 7]


def test_packets_out_of_order_are_put_right() -> None:
    assert listened(a_bank(), [[0], [], [2, 1], [4], [3], [5], [6]])[2:] == [0, 1, 2, 3, 4]


def test_a_packet_twice_is_heard_once() -> None:
    assert listened(a_bank(), [[0], [1, 1], [2], [2], [3]])[2:] == [0, 1, 2]


def test_a_packet_too_late_is_ignored() -> None:
    ticks = [[0], [1], [2], [4], [5], [6], [7, 3], [8]]
    assert listened(a_bank(), ticks)[2:] == [0, 1, 2, 2, 4, 5]


def test_a_burst_after_a_stall_is_heard_whole() -> None:
    ticks: list[list[int]] = [[0], [1], [2], [], [], [], [3, 4, 5, 6], [7], [8], [9]]
    frames = listened(a_bank(), ticks)
    assert [n for n in frames if n is not None][-4:] == [3, 4, 5, 6]


def test_a_far_clock_slower_than_ours_loses_nothing() -> None:
    ticks = [[n - n // 25] if n % 25 != 24 else [] for n in range(250)]
    frames = [n for n in listened(a_bank(), ticks) if n is not None]
    assert sorted(set(frames)) == list(range(max(frames) + 1))


def test_a_far_clock_faster_than_ours_is_kept_near() -> None:
    bank, sent, last = a_bank(), 0, 0
    for tick in range(250):
        put(bank, sent)
        sent += 1
        if tick % 10 == 9:
            put(bank, sent)
            sent += 1
        last = heard(bank) or 0
        sent, last = sent % 256, last
        if sent == 0:
            break
    assert sent - last <= 10 or sent == 0


def test_silence_follows_when_nothing_comes() -> None:
    frames = listened(a_bank(), [[1], [2], [3], *[[]] * 10])
    held = [n for n in frames[DELAY_FRAMES + 3 :] if n == 3]
    assert len(held) == HOLD_FRAMES
    assert frames[-1] is None


def test_a_jump_of_the_timestamps_is_a_new_beginning() -> None:
    bank = a_bank()
    listened(bank, [[n] for n in range(10)])
    frames = listened(bank, [[n] for n in range(100, 110)], base=123_456_789)
    assert frames[-3:] == [105, 106, 107]


def test_timestamps_that_step_back_are_a_new_beginning() -> None:
    bank = a_bank()
    listened(bank, [[n] for n in range(100, 120)])
    frames = listened(bank, [[n] for n in range(110, 135)])
    assert frames[-3:] == [130, 131, 132]


def test_packets_of_other_lengths_make_whole_frames() -> None:
    bank = a_bank()
    frames: list[int | None] = []
    samples = np.repeat(np.arange(30, dtype=np.uint8), 160).tobytes()
    for i in range(0, len(samples), 240):  # 30 ms
        bank.put_one(SLOT, i, is_alaw=True, payload=samples[i : i + 240])
        frames += [heard(bank)] if i % 480 else [heard(bank), heard(bank)]
    assert [n for n in frames if n is not None][:20] == list(range(20))


@pytest.mark.parametrize("payload", [b"", bytes(801), bytes(5000)])
def test_a_payload_of_no_sensible_length_is_ignored(payload: bytes) -> None:
    bank = a_bank()
    bank.put_one(SLOT, 0, is_alaw=True, payload=payload)
    assert heard(bank) is None


def test_mu_law_is_heard_as_mu_law() -> None:
    bank = a_bank()
    for n in range(5):
        bank.put_one(SLOT, 160 * n, is_alaw=False, payload=b"\x05" * 160)
        frame = bank.take(np.array([SLOT]))[0]
    assert (frame == ULAW_TO_FLOAT[5]).all()


def test_a_slot_opened_again_remembers_nothing() -> None:
    bank = a_bank()
    listened(bank, [[n] for n in range(10)])
    bank.open(SLOT)
    assert heard(bank) is None


@given(st.lists(st.lists(st.integers(0, 255), max_size=6), max_size=60), st.integers(0, 2**32 - 1))
def test_whatever_arrives_each_tick_gives_one_frame(ticks: list[list[int]], base: int) -> None:
    frames = listened(a_bank(), ticks, base=base)
    arrived = {n for tick in ticks for n in tick}
    assert len(frames) == len(ticks)
    assert {n for n in frames if n is not None} <= arrived


@given(st.lists(st.tuples(st.integers(0, 2**32 - 1), st.binary(max_size=900)), max_size=40))
def test_any_timestamps_and_lengths_are_outlived(packets: list[tuple[int, bytes]]) -> None:
    bank = a_bank()
    for timestamp, payload in packets:
        bank.put_one(SLOT, timestamp, is_alaw=True, payload=payload)
        assert bank.take(np.array([SLOT])).shape == (1, 160)
