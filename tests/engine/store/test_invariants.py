"""What the database itself refuses, whatever the program does."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from engine.interfaces import ConstraintBroken, Drop
from engine.outcome import Outcome
from engine.store import SqlStore
from engine.store.connection import writing
from tests.engine.operating import OPEN, House, a_callee, a_house, a_number, drops, launch


@pytest.fixture
def house(store: SqlStore) -> House:
    return a_house(store)


def call(house: House, drop: Drop) -> int:
    with house.store.write() as unit:
        return unit.calls.add(
            drop, "lumiere", caller_id="+33162000001", route="sandbox", worker="w", at=OPEN
        )


def test_a_campaign_has_a_number_once(house: House) -> None:
    campaign_id = launch(house)
    (drop,) = drops(house, campaign_id)
    assert drop.callee is not None
    with house.store.write() as unit:
        unit.drops.add(campaign_id, [drop.callee, a_callee(7), a_callee(7)], OPEN)
    assert [found.callee for found in drops(house, campaign_id)] == [drop.callee, a_callee(7)]


def test_a_drop_has_one_open_call(house: House) -> None:
    (drop,) = drops(house, launch(house))
    first = call(house, drop)
    with pytest.raises(ConstraintBroken):
        call(house, drop)
    with house.store.write() as unit:
        unit.calls.conclude(first, Outcome.BUSY, cause="", evidence={}, at=OPEN)
    assert call(house, drop) != first


@pytest.mark.parametrize(
    "change",
    [
        "state = 'done'",
        "state = 'claimed'",
        "state = 'lost'",
        "outcome = 'heard'",
        "campaign_id = 'none'",
    ],
)
def test_a_state_that_cannot_be_is_refused(house: House, change: str) -> None:
    launch(house)
    with house.store.database.connect() as connection, pytest.raises(sa.exc.IntegrityError):
        connection.execute(sa.text(f"UPDATE voice_drop SET {change}"))


def test_an_error_of_the_database_shows_no_number(house: House) -> None:
    _, second = drops(house, launch(house, 2))
    taken = {"number": a_number(10_000_000), "id": second.id}
    change = sa.text("UPDATE voice_drop SET number = :number WHERE id = :id")
    with pytest.raises(ConstraintBroken) as raised, writing(house.store.database) as connection:
        connection.execute(change, taken)
    assert "10000000" not in str(raised.value)
    assert raised.value.__cause__ is None
    assert raised.value.__suppress_context__
