"""The circuit breaker: when a route is left alone, and how it comes back."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from ivr.breaker import Breaker, BreakerSettings

SETTINGS = BreakerSettings(faults=3, within_s=60.0, pause_s=30.0, operator_pause_s=600.0)


def call(breaker: Breaker, now: float, *, is_fault: bool, needs_operator: bool = False) -> bool:
    return breaker.told(breaker.took(now), now, is_fault=is_fault, needs_operator=needs_operator)


def broken(now: float = 0.0) -> Breaker:
    breaker = Breaker(SETTINGS)
    opened = [call(breaker, now, is_fault=True) for _ in range(3)]
    assert opened == [False, False, True]
    return breaker


def test_faults_in_a_row_open_it() -> None:
    breaker = broken()
    assert breaker.is_open
    assert breaker.room(1.0) == 0


def test_a_lost_batch_counts_as_many_calls_as_it_is_made_of() -> None:
    breaker = Breaker(SETTINGS)
    turn = breaker.took(0.0)
    assert not breaker.told(turn, 0.0, is_fault=True, of=2)
    assert breaker.is_turn(turn)
    assert breaker.told(turn, 0.0, is_fault=True, of=500)
    assert not breaker.is_turn(turn)


def test_a_call_that_goes_through_between_them_does_not() -> None:
    breaker = Breaker(SETTINGS)
    for fault in (True, True, False, True, True):
        assert not call(breaker, 0.0, is_fault=fault)
    assert breaker.room(0.0) is None


def test_faults_far_apart_do_not() -> None:
    breaker = Breaker(SETTINGS)
    assert not any(call(breaker, now, is_fault=True) for now in (0.0, 50.0, 100.0, 150.0))


def test_after_the_pause_one_call_tries() -> None:
    breaker = broken()
    assert (breaker.room(29.9), breaker.room(30.0)) == (0, 1)
    breaker.took(30.0)
    assert breaker.room(31.0) == 0


def test_the_trial_decides() -> None:
    healed, sick = broken(), broken()
    call(healed, 31.0, is_fault=False)
    assert (healed.is_open, healed.room(31.0)) == (False, None)
    assert call(sick, 31.0, is_fault=True)
    assert (sick.room(60.9), sick.room(61.0)) == (0, 1)


def test_a_trial_that_was_never_placed_leaves_another_one() -> None:
    breaker = broken()
    breaker.gave_up(breaker.took(30.0))
    assert breaker.room(31.0) == 1


def test_what_only_an_operator_can_cure_opens_it_at_once_and_for_longer() -> None:
    breaker = Breaker(SETTINGS)
    assert call(breaker, 0.0, is_fault=True, needs_operator=True)
    assert (breaker.room(599.0), breaker.room(600.0)) == (0, 1)


def test_calls_from_before_it_opened_say_nothing_any_more() -> None:
    breaker = Breaker(SETTINGS)
    early = breaker.took(0.0)
    for _ in range(3):
        call(breaker, 0.0, is_fault=True)
    breaker.told(early, 1.0, is_fault=False)
    assert breaker.is_open


def test_a_call_that_leaves_as_it_opens_neither_shortens_nor_ends_the_pause() -> None:
    breaker = Breaker(SETTINGS)
    call(breaker, 0.0, is_fault=True, needs_operator=True)
    for is_fault in (True, False):
        assert not call(breaker, 1.0, is_fault=is_fault)
    assert breaker.is_open
    assert (breaker.room(599.0), breaker.room(600.0)) == (0, 1)


def test_what_leaves_beside_a_trial_does_not_decide() -> None:
    breaker = broken()
    trial, beside = breaker.took(30.0), breaker.took(30.1)
    breaker.gave_up(beside)
    assert breaker.room(31.0) == 0
    assert not breaker.told(beside, 31.0, is_fault=False)
    assert breaker.told(trial, 32.0, is_fault=True)


@given(st.lists(st.tuples(st.booleans(), st.floats(0, 100)), max_size=40))
def test_an_open_breaker_lets_one_call_at_most_through_at_a_time(
    calls: list[tuple[bool, float]],
) -> None:
    breaker, now = broken(), 0.0
    for is_fault, later in calls:
        now += later
        room = breaker.room(now)
        assert room is None if not breaker.is_open else room in (0, 1)
        if room == 0:
            continue
        turn = breaker.took(now)
        assert not breaker.is_open or breaker.room(now) == 0
        breaker.told(turn, now, is_fault=is_fault)
