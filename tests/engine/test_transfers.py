"""A transfer is committed before its call leaves; a refusal leaves its articles."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from engine import operations
from engine.clearance import CallerId, Sender
from engine.numbers import parse
from engine.operations import Parting, TransferDial, TransferWish
from engine.store import SqlStore
from tests.engine.operating import OPEN, House, a_house, dial_one, entries, launch

RECEPTION = "+33145678901"
CALLEE = "+33612345678"
ASKED = TransferWish("lumiere", RECEPTION, "+33162000001", "sandbox", callee=CALLEE)


@pytest.fixture
def house(store: SqlStore) -> House:
    """A house whose sender ``accueil`` has people at its reception."""
    house = a_house(store)
    with store.write() as unit:
        unit.setup.add_sender(
            Sender("accueil", "Accueil SARL", "732829320", "a@example.org", reception=RECEPTION)
        )
        unit.setup.add_caller_id(
            CallerId(
                parse("0162000002"),
                assignee="accueil",
                verified_at=datetime(2026, 9, 1, tzinfo=UTC),
                assigned_since=datetime(2026, 9, 1, tzinfo=UTC),
            )
        )
    return house


WISH = TransferWish("accueil", RECEPTION, "+33162000002", "sandbox", callee=CALLEE)


def last(house: House) -> dict[str, Any]:
    return entries(house)[-1]


def test_a_transfer_is_committed_before_its_call_can_leave(house: House) -> None:
    dialled = operations.transfer(house, WISH, at=OPEN)
    assert isinstance(dialled, TransferDial)
    assert dialled.paper.granted
    entry = last(house)
    assert entry["kind"] == "transferred"
    assert entry["subject"] == house.keys.subject(CALLEE)
    assert entry["detail"]["target_subject"] == house.keys.subject(RECEPTION)
    assert entry["detail"]["caller_id_subject"] == house.keys.subject("+33162000002")


def test_a_transfer_from_a_drop_belongs_to_its_call(house: House) -> None:
    campaign_id = launch(house)
    dial = dial_one(house)
    wish = replace(ASKED, call_id=dial.call_id, callee=None)
    operations.transfer(house, wish, at=OPEN)
    entry = last(house)
    assert (entry["campaign"], entry["drop"], entry["call"]) == (
        campaign_id,
        dial.drop_id,
        dial.call_id,
    )
    assert entry["subject"] == house.keys.subject(dial.paper.number)


@pytest.mark.parametrize(
    ("wish", "reason"),
    [
        (ASKED, "transfer_undeclared"),
        (replace(WISH, target="+33145678999"), "transfer_undeclared"),
        (replace(WISH, caller_id="+33162000001"), "caller_id_of_another"),
        (replace(WISH, route=""), "route_missing"),
        (replace(WISH, sender_id="nobody"), "sender_missing"),
    ],
)
def test_a_refused_transfer_leaves_its_reasons_and_no_call(
    house: House, wish: TransferWish, reason: str
) -> None:
    refused = operations.transfer(house, wish, at=OPEN)
    assert isinstance(refused, operations.Refused)
    entry = last(house)
    assert entry["kind"] == "not_transferred"
    assert reason in [finding["reason"] for finding in entry["detail"]["findings"]]


def test_who_rang_an_opt_out_number_is_connected_under_a_caller_id_of_the_sender(
    house: House,
) -> None:
    dialled = operations.transfer(house, replace(WISH, caller_id="+33800123456"), at=OPEN)
    assert isinstance(dialled, TransferDial)
    assert dialled.paper.caller_id == "+33162000002"


def test_while_everything_is_stopped_nobody_is_connected(house: House) -> None:
    operations.stop(house, at=OPEN)
    assert isinstance(operations.transfer(house, WISH, at=OPEN), operations.Gone)
    assert last(house)["kind"] == "stopped"


def test_a_transfer_that_is_over_says_whether_they_talked(house: House) -> None:
    operations.transfer_over(
        house, WISH, Parting(has_talked=True, cause="hung up", talked_s=12.34567), at=OPEN
    )
    entry = last(house)
    assert entry["kind"] == "parted"
    assert entry["detail"]["came_to"] == "talked"
    assert entry["detail"]["talked_s"] == 12.346


def test_no_clear_number_stands_in_what_a_transfer_leaves(house: House) -> None:
    operations.transfer(house, WISH, at=OPEN)
    operations.transfer(house, replace(WISH, target="+33899700000"), at=OPEN)
    cause = f"486 {RECEPTION} is busy"
    operations.transfer_over(house, WISH, Parting(has_talked=False, cause=cause), at=OPEN)
    written = repr(entries(house))
    for number in (RECEPTION, CALLEE, "+33899700000", "+33162000002"):
        assert number not in written
        assert number[3:] not in written
