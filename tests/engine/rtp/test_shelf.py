import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from engine.rtp.shelf import SILENT_FRAME, Shelf


def standing(shelf: Shelf, place: tuple[int, int]) -> bytes:
    return shelf.frames[place[0] : place[1]].tobytes()


def test_the_last_frame_is_filled_with_silence() -> None:
    shelf = Shelf()
    assert standing(shelf, shelf.put(b"\x01" * 170)) == b"\x01" * 170 + b"\xd5" * 150


def test_a_payload_played_twice_stands_once() -> None:
    shelf = Shelf()
    assert shelf.put(b"\x01" * 320) == shelf.put(b"\x01" * 320)


def test_a_payload_stands_until_its_last_user_left() -> None:
    shelf = Shelf(rows=5)
    first = shelf.put(b"\x01" * 480)
    shelf.put(b"\x01" * 480)
    shelf.release(b"\x01" * 480)
    shelf.put(b"\x02" * 480)
    assert standing(shelf, first) == b"\x01" * 480


def test_room_given_back_is_used_again() -> None:
    shelf = Shelf(rows=5)
    for value in range(1, 100):
        payload = bytes([value]) * 640
        shelf.put(payload)
        shelf.release(payload)
    assert len(shelf.frames) == 5


@given(st.lists(st.tuples(st.integers(0, 9), st.booleans()), max_size=60))
def test_payloads_never_overlap(steps: list[tuple[int, bool]]) -> None:
    shelf, users = Shelf(rows=4), dict.fromkeys(range(10), 0)
    payloads = {n: bytes([n + 1]) * (100 * n + 1) for n in range(10)}
    for n, puts in steps:
        if puts:
            shelf.put(payloads[n])
            users[n] += 1
        elif users[n]:
            shelf.release(payloads[n])
            users[n] -= 1
    for n, payload in payloads.items():
        if users[n]:
            assert standing(shelf, shelf.put(payload)).startswith(payload)
    assert np.all(shelf.frames[SILENT_FRAME] == 0xD5)
