from collections import Counter

import pytest

from engine.sandbox.twilio import Order, WebAnswer
from tests.engine.sandbox.twilio.ours import Ours, a_double, a_drop, place, with_async_amd

IN_TURN = ["initiated", "ringing", "in-progress", "completed"]


@pytest.fixture
def ours() -> Ours:
    ours = Ours()
    a_drop(ours)
    return ours


def test_reversed_statuses_come_when_the_call_is_over(ours: Ours) -> None:
    double = a_double(ours, Order.REVERSED)
    place(double)
    double.settle()
    assert ours.statuses == IN_TURN[::-1]


def test_a_verdict_keeps_its_place_when_statuses_are_reversed(ours: Ours) -> None:
    double = a_double(ours, Order.REVERSED)
    call = place(double, "12", **with_async_amd())
    double.settle()
    assert [each.is_whole for each in call.mailbox] == [False, True]


def test_shuffled_statuses_are_the_same_for_one_seed(ours: Ours) -> None:
    def shuffled(seed: int) -> list[str]:
        ours.asked.clear()
        double = a_double(ours, Order.SHUFFLED, seed=seed)
        place(double)
        double.settle()
        return ours.statuses

    orders = [shuffled(seed) for seed in range(8)]
    assert orders == [shuffled(seed) for seed in range(8)]
    assert len(set(map(tuple, orders))) > 1
    assert all(sorted(order) == sorted(IN_TURN) for order in orders)


def test_twice_is_each_callback_two_times(ours: Ours) -> None:
    double = a_double(ours, Order.TWICE)
    place(double, **with_async_amd())
    double.settle()
    assert Counter(ours.statuses) == dict.fromkeys(IN_TURN, 2)
    assert len(ours.asked_at("/verdict")) == 2
    first, again = (
        each for each in ours.asked_at("/status") if each.form["CallStatus"] == "ringing"
    )
    assert (first.form, first.headers) == (again.form, again.headers)


def test_what_is_lost_never_comes(ours: Ours) -> None:
    double = a_double(ours, Order.LOSSY, seed=3, loss=0.5)
    for _ in range(10):
        place(double)
    double.settle()
    assert 0 < double.post.lost < 40
    assert len(ours.statuses) == 40 - double.post.lost


def test_what_is_held_comes_when_it_is_released(ours: Ours) -> None:
    double = a_double(ours, Order.HELD)
    place(double, **with_async_amd())
    double.settle()
    assert ours.statuses == []
    assert double.release(backwards=True) == 5
    double.settle()
    assert ours.statuses == IN_TURN[::-1]


def test_twiml_is_asked_for_in_its_turn_whatever_the_order(ours: Ours) -> None:
    double = a_double(ours, Order.HELD)
    call = place(double, "01")
    double.settle()
    assert call.gathered == ["9"]


def test_only_the_events_that_were_asked_for_are_told(ours: Ours) -> None:
    double = a_double(ours)
    place(double, status_callback_event=["completed"])
    double.settle()
    assert ours.statuses == ["completed"]
    assert ours.asked_at("/status")[0].form["SequenceNumber"] == "0"


def test_a_callback_that_is_refused_is_warned_of_and_not_repeated(ours: Ours) -> None:
    ours.at["/status"] = WebAnswer(503)
    double = a_double(ours)
    call = place(double, status_callback_event=["completed"])
    double.settle()
    assert len(ours.asked_at("/status")) == 1
    assert [each.code for each in call.alarms] == [15003]
