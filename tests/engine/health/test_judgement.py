"""When a share of calls alarms and when it pauses; and that chance alone does neither."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.health import (
    Counts,
    Guarded,
    GuardsRefused,
    Level,
    Pause,
    Share,
    Tally,
    Window,
    by_limit,
    by_the_days_before,
    caller_id_guards,
    route_guards,
)
from engine.health.judgement import wilson
from engine.journal import Json

TWILIO = route_guards("twilio", {})
CALLER_ID = caller_id_guards()
HEALTHY = Counts(calls=10_000, answered=6_000, short=900, blocked=20, opted_out=60)


def levels(counts: Counts) -> dict[Share, Level]:
    return {crossing.share: crossing.level for crossing in by_limit(counts, TWILIO)}


def test_twilio_pauses_above_ten_percent_of_short_calls() -> None:
    """Twilio: no more than 10 % of outbound calls under 12 s."""
    assert levels(Counts(calls=200, answered=200, short=16)) == {}
    assert levels(Counts(calls=200, answered=200, short=20)) == {Share.SHORT: Level.ALARM}
    assert levels(Counts(calls=200, answered=200, short=21)) == {Share.SHORT: Level.PAUSE}


@pytest.mark.parametrize("share", list(Share))
def test_each_share_has_its_own_threshold(share: Share) -> None:
    worst = {
        Share.SHORT: Counts(calls=100, answered=100, short=100),
        Share.UNANSWERED: Counts(calls=100),
        Share.OPTED_OUT: Counts(calls=100, answered=100, opted_out=100),
        Share.BLOCKED: Counts(calls=100, answered=60, blocked=40),
    }
    assert levels(worst[share]) == {share: Level.PAUSE}


def test_few_calls_are_not_judged() -> None:
    few = TWILIO.least_calls - 1
    assert levels(Counts(calls=few, answered=few, short=few, blocked=few)) == {}
    enough = TWILIO.least_calls
    assert Share.SHORT in levels(Counts(calls=enough, answered=enough, short=enough))


def test_the_worst_comes_first() -> None:
    counts = Counts(calls=100, answered=100, short=9, opted_out=90)
    assert [crossing.share for crossing in by_limit(counts, TWILIO)] == [
        Share.OPTED_OUT,
        Share.SHORT,
    ]


def test_a_sandbox_is_watched_only_where_it_is_asked_for() -> None:
    assert route_guards("sandbox", {}).limits == {}
    asked = route_guards("sandbox", {"guards": {"short": 0.5, "least_calls": 5, "window_min": 10}})
    assert set(asked.limits) == {Share.SHORT}
    assert (asked.least_calls, asked.window) == (5, timedelta(minutes=10))


def test_a_route_overrides_one_limit_and_keeps_the_others() -> None:
    guards = route_guards("twilio", {"guards": {"blocked": {"alarm": 0.01, "pause": 0.02}}})
    assert guards.limits[Share.BLOCKED].pause == 0.02
    assert guards.limits[Share.SHORT] == TWILIO.limits[Share.SHORT]


@pytest.mark.parametrize(
    "wrong",
    [
        "off",
        7,
        {"shorts": 0.1},
        {"short": 2},
        {"short": 0},
        {"short": -0.1},
        {"short": True},
        {"short": "0.1"},
        {"short": {"pause": 0.1}},
        {"short": {"alarm": 0.2, "pause": 0.1}},
        {"window_min": 0},
        {"least_calls": "many"},
    ],
)
def test_guards_that_cannot_be_read_say_how_they_are_written(wrong: Json) -> None:
    with pytest.raises(GuardsRefused, match="guards: write"):
        route_guards("twilio", {"guards": wrong})


def test_no_part_is_more_than_its_whole() -> None:
    """Objections may come long after the last call of a window."""
    assert Counts(answered=3, opted_out=9).of(Share.OPTED_OUT) == (3, 3)


def rises(today: Counts) -> dict[Share, Level]:
    found = by_the_days_before(today, HEALTHY, CALLER_ID)
    return {crossing.share: crossing.level for crossing in found}


def test_a_day_like_the_days_before_says_nothing() -> None:
    assert rises(Counts(calls=1_000, answered=600, short=90, blocked=2, opted_out=6)) == {}


def test_what_rises_alarms_and_what_rises_far_pauses() -> None:
    day = Counts(calls=1_000, answered=600, short=90, blocked=2, opted_out=6)
    assert rises(replace(day, blocked=60)) == {Share.BLOCKED: Level.ALARM}
    assert rises(replace(day, blocked=200)) == {Share.BLOCKED: Level.PAUSE}
    assert rises(replace(day, answered=350, short=50))[Share.UNANSWERED] is Level.ALARM


def test_five_calls_never_alarm() -> None:
    assert rises(Counts(calls=5, answered=0, blocked=5)) == {}


def test_a_number_without_days_before_is_held_against_nothing() -> None:
    today = Counts(calls=1_000, answered=0, blocked=1_000)
    assert by_the_days_before(today, Counts(calls=10), CALLER_ID) == ()


def test_chance_alone_does_not_alarm() -> None:
    """Two hundred steady days of 2,000 calls each, looked at after every 20 calls."""
    chance = random.Random(7)
    for _ in range(200):
        today = Counts()
        for _ in range(100):
            answered = sum(chance.random() < 0.6 for _ in range(20))
            today += Counts(
                calls=20,
                answered=answered,
                short=sum(chance.random() < 0.15 for _ in range(answered)),
                blocked=sum(chance.random() < 0.002 for _ in range(20)),
                opted_out=sum(chance.random() < 0.01 for _ in range(answered)),
            )
            assert rises(today) == {}


@given(st.integers(0, 500), st.integers(1, 500), st.floats(0.5, 5))
def test_an_interval_holds_its_share(part: int, whole: int, z: float) -> None:
    part = min(part, whole)
    least, most = wilson(part, whole, z)
    assert 0 <= least <= part / whole + 1e-9
    assert part / whole - 1e-9 <= most <= 1


def test_an_interval_is_wilsons() -> None:
    """Two of ten at 95 %: the textbook's 5.7 % to 51.0 %."""
    assert wilson(2, 10, 1.96) == pytest.approx((0.0567, 0.5098), abs=1e-4)


def test_a_pause_is_read_as_it_was_written() -> None:
    because = Pause(
        Guarded.ROUTE, "tw", Share.SHORT, value=0.14, threshold=0.1, calls=212, window_min=60
    )
    assert Pause.read(because.written()) == because


MINUTE = datetime(2026, 11, 24, 9, 30, tzinfo=UTC)


def tally(after_min: int, calls: int, caller_id: str = "a", route: str = "r") -> Tally:
    return Tally(MINUTE + timedelta(minutes=after_min), caller_id, route, Counts(calls=calls))


def test_a_window_counts_whole_minutes_by_route_and_caller_id() -> None:
    window = Window()
    window.replace(MINUTE, [tally(0, 1), tally(1, 2, caller_id="b"), tally(2, 4, route="s")])
    assert window.route("r", MINUTE).calls == 3
    assert window.caller_id("a", MINUTE).calls == 5
    assert window.route("r", MINUTE + timedelta(seconds=1)).calls == 2


def test_minutes_that_are_read_again_are_not_counted_twice() -> None:
    window = Window()
    window.replace(MINUTE, [tally(0, 1), tally(1, 2)])
    window.replace(MINUTE + timedelta(minutes=1), [tally(1, 3)])
    assert window.route("r", MINUTE).calls == 4
    window.forget(MINUTE + timedelta(minutes=1))
    assert window.route("r", MINUTE).calls == 3
