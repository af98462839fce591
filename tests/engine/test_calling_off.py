"""Calls that must stop ringing: an objection or an order came after they were dialled."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from engine import operations
from engine.call import DropState
from engine.outcome import Outcome
from engine.store import SqlStore
from tests.engine.operating import (
    OPEN,
    House,
    a_house,
    a_number,
    claim,
    dial_one,
    drops,
    launch,
)

FIRST = a_number(10_000_000)
LATER = OPEN + timedelta(hours=1)

#: What is ordered of a campaign while its first callee's phone rings.
ORDERS: dict[str, Callable[[House, str], object]] = {
    "opt_out": lambda h, _: operations.opt_out(h, "lumiere", FIRST, channel="console", at=OPEN),
    "erase": lambda h, _: operations.erase(h, FIRST, at=OPEN),
    "pause": lambda h, campaign: operations.pause(h, campaign, at=OPEN),
    "cancel": lambda h, campaign: operations.cancel(h, campaign, at=OPEN),
    "stop": lambda h, _: operations.stop(h, at=OPEN),
}


@pytest.fixture
def house(store: SqlStore) -> House:
    return a_house(store)


@pytest.mark.parametrize("order", ORDERS)
def test_a_call_that_rings_is_called_off_in_the_commit_of_the_order(
    house: House, order: str
) -> None:
    campaign_id = launch(house)
    dial = dial_one(house)
    assert operations.called_off(house, "voice-1") == frozenset()
    ORDERS[order](house, campaign_id)
    assert operations.called_off(house, "voice-1") == {dial.call_id}
    assert operations.called_off(house, "voice-2") == frozenset()
    operations.conclude(house, dial.call_id, Outcome.CANCELLED, cause="called off", at=OPEN)
    assert operations.called_off(house, "voice-1") == frozenset()


def test_only_the_calls_that_an_order_is_about_are_called_off(house: House) -> None:
    paused = launch(house)
    first = dial_one(house)
    launch(house, first=20_000_000)
    second = dial_one(house)
    operations.opt_out(house, "autre", FIRST, channel="console", at=OPEN)
    assert operations.called_off(house, "voice-1") == frozenset()
    operations.pause(house, paused, at=OPEN)
    assert operations.called_off(house, "voice-1") == {first.call_id}
    operations.stop(house, at=OPEN)
    assert operations.called_off(house, "voice-1") == {first.call_id, second.call_id}


@pytest.mark.parametrize("order", ["opt_out", "erase", "cancel"])
def test_what_was_objected_to_or_cancelled_is_not_tried_again(house: House, order: str) -> None:
    campaign_id = launch(house)
    dial = dial_one(house)
    ORDERS[order](house, campaign_id)
    operations.conclude(house, dial.call_id, Outcome.CANCELLED, at=OPEN)
    (drop,) = drops(house, campaign_id)
    assert (drop.state, drop.outcome) == (DropState.DONE, Outcome.CANCELLED)


def test_what_a_pause_called_off_is_tried_again_within_the_campaigns_attempts(
    house: House,
) -> None:
    campaign_id = launch(house)
    dial = dial_one(house)
    operations.pause(house, campaign_id, at=OPEN)
    operations.conclude(house, dial.call_id, Outcome.CANCELLED, at=OPEN)
    assert claim(house, at=LATER) == []
    operations.resume(house, campaign_id, at=LATER)
    again = dial_one(house, at=LATER)
    assert operations.called_off(house, "voice-1") == frozenset()
    operations.conclude(house, again.call_id, Outcome.CANCELLED, at=LATER)
    assert drops(house, campaign_id)[0].outcome is Outcome.CANCELLED
