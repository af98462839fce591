from datetime import UTC, datetime

import pytest

from engine.sandbox.twilio.clock import Clock
from engine.sandbox.twilio.courses import Course, Steps, Wait
from engine.sandbox.twilio.web import WebAnswer

AT = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)


@pytest.fixture
def clock() -> Clock:
    return Clock(AT)


def test_what_is_due_happens_in_turn_and_at_its_time(clock: Clock) -> None:
    happened: list[tuple[str, float]] = []
    for name, seconds in (("late", 3.0), ("early", 1.0), ("early too", 1.0), ("never", 9.0)):
        clock.after(seconds, lambda name=name: happened.append((name, clock.now_s)))  # type: ignore[misc]  # bound at once
    clock.advance(5.0)
    assert happened == [("early", 1.0), ("early too", 1.0), ("late", 3.0)]
    assert (clock.now_s, clock.at.second) == (5.0, 5)


def test_settling_waits_for_what_matters_alone(clock: Clock) -> None:
    clock.after(5000.0, lambda: None)
    clock.surely_after(7.0, lambda: None)
    clock.settle()
    assert clock.now_s == 7.0


def test_what_never_ends_is_not_waited_for(clock: Clock) -> None:
    def again() -> None:
        clock.surely_after(600.0, again)

    again()
    with pytest.raises(RuntimeError, match="do not come to an end"):
        clock.settle()


def test_a_course_learns_what_it_is_told_once_and_in_order(clock: Clock) -> None:
    heard: list[object] = []

    def steps() -> Steps[None]:
        for _ in range(4):
            heard.append((yield Wait(10.0)))

    course = Course(clock, lambda *_: WebAnswer(204), steps())
    clock.advance(1.0)
    course.tell("a")
    course.tell("b")
    clock.advance(11.0)
    course.tell("c")
    clock.settle()
    assert heard == ["a", "b", None, "c"]
