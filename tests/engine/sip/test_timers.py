from __future__ import annotations

from engine.sip.timers import Agenda


def test_alarms_ring_in_order_and_once() -> None:
    agenda = Agenda()
    rung: list[object] = []

    def set_one(at: float) -> None:
        agenda.set(at, lambda now: rung.append((at, now)))

    for at in (3.0, 1.0, 2.0):
        set_one(at)
    agenda.ring(2.5)
    agenda.ring(2.5)
    assert rung == [(1.0, 2.5), (2.0, 2.5)]
    assert agenda.next_due() == 3.0


def test_a_cancelled_alarm_never_rings() -> None:
    agenda = Agenda()
    rung: list[object] = []
    alarm = agenda.set(1.0, rung.append)
    alarm.cancel()
    alarm.cancel()
    agenda.ring(2.0)
    assert rung == []
    assert len(agenda) == 0


def test_an_alarm_may_set_another_that_is_due_at_once() -> None:
    agenda = Agenda()
    rung: list[object] = []
    agenda.set(1.0, lambda now: agenda.set(now, rung.append))
    agenda.ring(1.0)
    assert rung == [1.0]


def test_cancelled_alarms_do_not_pile_up() -> None:
    agenda = Agenda()
    for _ in range(10_000):
        agenda.set(32.0, lambda now: None).cancel()
    assert len(agenda) == 0
    assert len(agenda._heap) < 2000
