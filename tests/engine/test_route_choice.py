"""Which of a campaign's routes takes a drop: at dialling and in the preview alike."""

from __future__ import annotations

from dataclasses import replace

import pytest

from engine import operations
from engine.interfaces import Route
from engine.journal import Json
from engine.store import SqlStore
from tests.engine.operating import (
    OPEN,
    House,
    a_campaign,
    a_house,
    claim,
    dial_one,
    drops,
    entries,
    launch,
    some_rows,
)


@pytest.fixture
def house(store: SqlStore) -> House:
    return a_house(store)


def add_route(house: House, name: str, **settings: Json) -> None:
    with house.store.write() as unit:
        unit.setup.add_route(Route(name, "sandbox", {"host": "127.0.0.1", **settings}))


def test_the_first_route_that_serves_the_number_is_taken(house: House) -> None:
    add_route(house, "landlines", prefixes=["metropole_landline"])
    add_route(house, "mobiles", prefixes=["+336"])
    launch(house, routes=("landlines", "mobiles", "sandbox"))
    dial = dial_one(house)
    assert (dial.route.name, dial.paper.route) == ("mobiles", "mobiles")


def test_a_route_asked_for_takes_the_drop_if_it_fits(house: House) -> None:
    add_route(house, "other")
    launch(house, routes=("sandbox", "other"))
    (claimed,) = claim(house)
    dialled = operations.dial(house, claimed, at=OPEN, route="other")
    assert isinstance(dialled, operations.Dial)
    assert dialled.route.name == "other"


def test_a_route_asked_for_that_does_not_fit_dials_nobody(house: House) -> None:
    add_route(house, "landlines", prefixes=["metropole_landline"])
    campaign_id = launch(house, routes=("landlines", "sandbox"))
    (claimed,) = claim(house)
    answer = operations.dial(house, claimed, at=OPEN, route="landlines")
    assert isinstance(answer, operations.Postponed)
    assert drops(house, campaign_id)[0].outcome is None


def test_a_number_that_no_route_serves_is_refused_with_every_reason(house: House) -> None:
    add_route(house, "landlines", prefixes=["metropole_landline"])
    add_route(house, "shy", caller_ids=["+33162000002"])
    launch(house, routes=("landlines", "shy"))
    (claimed,) = claim(house)
    answer = operations.dial(house, claimed, at=OPEN, route="")
    assert isinstance(answer, operations.Refused)
    told = [(finding.rule, finding.reason) for finding in answer.paper.findings]
    assert told == [("ORD-06", "route_prefix"), ("ORD-06", "route_caller_id")]
    for finding in answer.paper.findings:
        for language in ("fr", "en"):
            assert finding.facts["route"] in finding.compared(language)
            assert finding.remedy(language)


def test_the_refusal_names_no_number_in_the_journal(house: House) -> None:
    add_route(house, "shy", caller_ids=["+33162000002"])
    launch(house, routes=("shy",))
    (claimed,) = claim(house)
    operations.dial(house, claimed, at=OPEN, route="")
    (refused,) = [entry for entry in entries(house) if entry["kind"] == "refused"]
    assert refused["detail"]["findings"][0]["reason"] == "route_caller_id"
    assert "162000001" not in str(refused)


def test_the_preview_chooses_as_dialling_does(house: House) -> None:
    add_route(house, "some", prefixes=["+33610000000", "+33610000001"])
    add_route(house, "few", prefixes=["+33610000002"])
    campaign = a_campaign(routes=("some", "few"))
    screened = list(operations.screen(house, campaign, some_rows(4), at=OPEN))
    papers = [row.paper for row in screened if isinstance(row, operations.Screened)]
    assert [paper.route for paper in papers] == ["some", "some", "few", ""]
    assert [paper.granted for paper in papers] == [True, True, True, False]
    assert {finding.reason for finding in papers[3].findings} == {"route_prefix"}


def test_a_drop_that_is_put_off_is_due_again_and_was_never_dialled(house: House) -> None:
    campaign_id = launch(house)
    (claimed,) = claim(house)
    until = OPEN.replace(minute=31)
    assert operations.put_off(house, claimed, until=until)
    (drop,) = drops(house, campaign_id)
    assert (drop.due_at, drop.attempts, drop.state.value) == (until, 0, "pending")
    assert not operations.put_off(house, claimed, until=until)


def test_nobody_puts_off_what_another_process_claimed(house: House) -> None:
    launch(house)
    (claimed,) = claim(house, worker="voice-1")
    assert not operations.put_off(house, replace(claimed, worker="voice-2"), until=OPEN)


def test_a_campaign_without_room_leaves_its_turn_to_the_others(house: House) -> None:
    full = launch(house, 4)
    free = launch(house, 4, first=20_000_000)
    taken = operations.claim_due(
        house, "voice-1", at=OPEN, beat_at=OPEN, limit=4, most={full: 1, free: 9}
    )
    assert sorted(c.campaign_id for c in taken) == sorted([full, free, free, free])
    more = operations.claim_due(house, "voice-1", at=OPEN, beat_at=OPEN, limit=9, most={full: 0})
    assert more == []
