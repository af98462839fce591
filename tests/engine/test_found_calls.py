"""Calls of unknown fate that turn out to ring: they obey the orders and the hours all the same."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from engine import operations
from engine.outcome import Outcome
from engine.reports import CallStatus
from engine.store import SqlStore
from tests.engine.operating import CLOSED, OPEN, House, a_house, a_number, dial_one, launch
from tests.engine.told import SID, nobody, status

ORDERS: dict[str, Callable[[House, str], object]] = {
    "opt_out": lambda house, _: operations.opt_out(
        house, "lumiere", a_number(10_000_000), channel="sms", at=OPEN
    ),
    "pause": lambda house, campaign: operations.pause(house, campaign, at=OPEN),
    "cancel": lambda house, campaign: operations.cancel(house, campaign, at=OPEN),
    "stop": lambda house, _: operations.stop(house, at=OPEN),
    "erasure": lambda house, _: operations.erase(house, a_number(10_000_000), at=OPEN),
}


@pytest.fixture
def house(store: SqlStore) -> House:
    return a_house(store)


def a_found_call(house: House) -> tuple[str, int]:
    """Dial a call whose create nobody answered, and that rings, as reports tell."""
    campaign_id = launch(house, 2)
    dial = dial_one(house)
    operations.conclude(house, dial.call_id, Outcome.UNKNOWN, cause="no answer", at=OPEN)
    operations.receive(house, nobody(dial.call_id)[:-1])
    operations.apply_reports(house, at=OPEN)
    return campaign_id, dial.call_id


def look(house: House, worker: str = "voice-1") -> list[tuple[int, str]]:
    """Do the duty of the window; return what is to stop ringing."""
    operations.close_window(house, worker, at=OPEN)
    return [
        (call.id, call.reference) for call in operations.called_off_remote(house, worker, at=OPEN)
    ]


@pytest.mark.parametrize("order", ORDERS)
def test_a_call_that_was_lost_sight_of_obeys_an_order(house: House, order: str) -> None:
    campaign_id, call_id = a_found_call(house)
    assert look(house) == []
    ORDERS[order](house, campaign_id)
    assert look(house) == [(call_id, SID)]


def test_it_does_not_ring_outside_the_hours(house: House) -> None:
    _, call_id = a_found_call(house)
    assert operations.close_window(house, "voice-1", at=CLOSED) == 1
    assert operations.close_window(house, "voice-1", at=CLOSED) == 0
    (call,) = operations.called_off_remote(house, "voice-1", at=CLOSED)
    assert call.id == call_id


@pytest.mark.parametrize("told", [CallStatus.ANSWERED, CallStatus.NO_ANSWER])
def test_a_call_that_was_answered_or_is_over_is_left_alone(house: House, told: CallStatus) -> None:
    _, call_id = a_found_call(house)
    operations.stop(house, at=OPEN)
    operations.receive(house, [status(told, 10, 2, call_id=call_id)])
    operations.apply_reports(house, at=OPEN)
    assert look(house) == []


def test_it_is_the_process_that_placed_it_which_ends_it(house: House) -> None:
    a_found_call(house)
    operations.beat(house, "voice-1", beat_at=OPEN)
    operations.stop(house, at=OPEN)
    assert look(house, "voice-2") == []
    operations.leave(house, "voice-1", at=OPEN)
    assert len(look(house, "voice-2")) == 1
