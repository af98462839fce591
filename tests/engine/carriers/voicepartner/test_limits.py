from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from engine.carriers.voicepartner.limits import Limits


def test_five_a_minute_then_none_until_the_first_is_a_minute_old() -> None:
    limits = Limits((5, 60.0), (2_000, 3_600.0))
    for second in range(5):
        limits.took(float(second))
    assert limits.room(59.0) == 0
    assert limits.wait_s(59.0) == 1.0
    assert limits.room(60.5) == 1


def test_what_the_provider_closes_stays_closed_until_then() -> None:
    limits = Limits((5, 60.0))
    limits.close(10.0)
    assert (limits.room(9.0), limits.wait_s(9.0)) == (0, 1.0)
    assert limits.room(10.0) == 5


@given(st.lists(st.floats(0, 30), max_size=200))
def test_no_window_ever_holds_more_than_it_may(pauses: list[float]) -> None:
    limits, now = Limits((5, 60.0), (20, 600.0)), 0.0
    made: list[float] = []
    for pause in pauses:
        now += pause
        if limits.room(now):
            limits.took(now)
            made.append(now)
        else:
            assert limits.room(now + limits.wait_s(now) + 1e-6) > 0
    for end in made:
        assert sum(end - 60 < at <= end for at in made) <= 5
        assert sum(end - 600 < at <= end for at in made) <= 20
