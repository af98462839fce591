import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.rtp.telephone_event import KEYS, KeyReceiver, TelephoneEvent, press

Arrival = tuple[int, TelephoneEvent]


def keys_heard(arrivals: list[Arrival]) -> str:
    receiver = KeyReceiver()
    return "".join(receiver.receive(timestamp, bytes(event)) for timestamp, event in arrivals)


def a_press(key: str, *, at: int, duration_ms: int = 100) -> list[Arrival]:
    return [(at, event) for event in press(key, duration_ms=duration_ms)]


@given(
    st.builds(
        TelephoneEvent,
        st.integers(0, 255),
        st.integers(0, 65535),
        st.booleans(),
        st.integers(0, 63),
    )
)
def test_bytes_and_parse_are_inverse(event: TelephoneEvent) -> None:
    assert TelephoneEvent.parse(bytes(event)) == event


@pytest.mark.parametrize("key", KEYS)
def test_a_key_is_counted_once(key: str) -> None:
    assert keys_heard(a_press(key, at=1000)) == key


def test_two_equal_keys_are_two() -> None:
    assert keys_heard([*a_press("9", at=1000), *a_press("9", at=4000)]) == "99"


@given(st.sets(st.integers(0, 7), min_size=1))
def test_any_packets_of_an_event_are_enough(kept: set[int]) -> None:
    sent = a_press("9", at=1000)
    assert len(sent) == 7
    assert keys_heard([sent[i] for i in sorted(kept) if i < len(sent)] or sent[:1]) == "9"


def test_only_the_retransmitted_ends_are_enough() -> None:
    assert keys_heard(a_press("5", at=1000)[-3:]) == "5"


def test_a_late_packet_of_the_key_before_is_no_new_key() -> None:
    first, second = a_press("1", at=1000), a_press("2", at=4000)
    assert keys_heard([*first[:-1], *second, first[-1]]) == "12"


def test_a_flash_is_no_key_and_the_next_key_is_heard() -> None:
    flash = [(1000, TelephoneEvent(16, 160)), (1000, TelephoneEvent(16, 800, end=True))]
    assert keys_heard([*flash, *a_press("9", at=4000)]) == "9"


def test_a_key_held_past_the_longest_segment_stays_one() -> None:
    held = [(1000, TelephoneEvent(9, 0x8000)), (1000, TelephoneEvent(9, 0xFFFF))]
    following = (
        (1000 + 0xFFFF, TelephoneEvent(9, 160)),
        (1000 + 0xFFFF, TelephoneEvent(9, 320, True)),
    )
    assert keys_heard([*held, *following]) == "9"


@given(st.binary(max_size=3))
def test_a_payload_cut_short_is_no_key(payload: bytes) -> None:
    assert KeyReceiver().receive(1000, payload) == ""


@given(st.lists(st.tuples(st.integers(0, 0xFFFFFFFF), st.binary(max_size=8)), max_size=50))
def test_garbage_never_raises(arrivals: list[tuple[int, bytes]]) -> None:
    receiver = KeyReceiver()
    for timestamp, payload in arrivals:
        assert receiver.receive(timestamp, payload) in {"", *KEYS}


def test_a_press_ends_three_times_with_its_full_duration() -> None:
    events = press("9", duration_ms=100)
    assert [event.duration for event in events] == [160, 320, 480, 640, 800, 800, 800]
    assert [event.end for event in events] == [False] * 4 + [True] * 3


@pytest.mark.parametrize("key", ["", "99", "E", "é"])
def test_what_is_no_key_cannot_be_pressed(key: str) -> None:
    with pytest.raises(ValueError):
        press(key)
