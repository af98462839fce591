"""The pace of dialling."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.dialling import Pace


def test_the_first_call_may_start_at_once_and_the_next_after_its_interval() -> None:
    pace = Pace(calls_per_second=2, calls_at_once=10)
    assert pace.room(100.0, 0) == 1
    pace.took(100.0)
    assert pace.room(100.0, 1) == 0
    assert pace.room(100.4, 0) == 0
    assert pace.room(100.5, 1) == 1


def test_a_pause_is_not_made_up_for_in_a_burst() -> None:
    pace = Pace(calls_per_second=5, calls_at_once=100)
    pace.room(0.0, 0)
    assert pace.room(3600.0, 0) == 5


def test_no_more_calls_are_held_than_allowed() -> None:
    pace = Pace(calls_per_second=50, calls_at_once=3)
    pace.room(0.0, 0)
    assert pace.room(10.0, 2) == 1
    assert pace.room(10.0, 3) == 0
    assert pace.room(10.0, 4) == 0


def test_a_clock_that_goes_back_gives_no_calls_away() -> None:
    pace = Pace(calls_per_second=1, calls_at_once=9)
    pace.took(10.0)
    assert pace.room(9.0, 0) == 0
    assert pace.room(10.5, 0) == 0
    assert pace.room(11.0, 0) == 1


@given(
    st.floats(0.1, 100),
    st.lists(st.floats(0.0, 2.0), min_size=1, max_size=60),
)
def test_no_window_holds_more_calls_than_the_rate_allows(rate: float, waits: list[float]) -> None:
    pace = Pace(calls_per_second=rate, calls_at_once=10_000)
    now, started = 0.0, list[tuple[float, int]]()
    for wait in waits:
        now += wait
        room = pace.room(now, 0)
        pace.took(now, room)
        started.append((now, room))
    for first, (opens, _) in enumerate(started):
        calls = 0
        for closes, room in started[first:]:
            calls += room
            assert calls <= max(1.0, rate) + (closes - opens) * rate + 1.001


@pytest.mark.parametrize(("rate", "at_once"), [(0, 1), (-1, 1), (1, 0)])
def test_a_pace_that_allows_nothing_is_refused(rate: float, at_once: int) -> None:
    with pytest.raises(ValueError, match="pace"):
        Pace(rate, at_once)
