"""Scenarios in the store, in a campaign, and the wishes they lead to."""

from __future__ import annotations

import hashlib
from datetime import timedelta

import pytest

from engine import operations
from engine.interfaces import Recording
from engine.interfaces.scenarios import ScenarioVersion
from engine.outcome import Outcome
from engine.store import SqlStore
from tests.engine.operating import (
    OPEN,
    House,
    a_campaign,
    a_house,
    a_number,
    dial_one,
    entries,
    kinds,
    launch,
    some_rows,
)
from tests.engine.scenario.writing import SOURCE


@pytest.fixture
def house(store: SqlStore) -> House:
    return a_house(store)


def said(words: str) -> Recording:
    alaw = hashlib.sha512(words.encode()).digest()
    return Recording(alaw, hashlib.sha256(alaw).hexdigest(), words)


def register(house: House, source: str = SOURCE, words: str = "un") -> ScenarioVersion:
    prompts = {"horaires": said(words), "adresse": said("adresse")}
    with house.store.write() as unit:
        return unit.scenarios.add("boutique", definition=source, prompts=prompts, at=OPEN)


def test_the_same_again_is_the_same_version_and_another_is_a_new_one(house: House) -> None:
    first = register(house)
    assert register(house) == first
    second = register(house, words="deux")
    assert (first.version, second.version) == (1, 2)
    with house.store.read() as unit:
        assert unit.scenarios.newest("boutique") == second
        assert unit.scenarios.version(first.id) == first
        assert unit.scenarios.all() == [second]
        assert unit.scenarios.newest("none") is None


def test_a_campaign_keeps_the_version_that_it_was_launched_with(house: House) -> None:
    first = register(house)
    launch(house, scenario="boutique")
    register(house, words="deux")
    assert dial_one(house).scenario == first


def test_a_campaign_without_a_scenario_has_none(house: House) -> None:
    register(house)
    launch(house)
    assert dial_one(house).scenario is None
    assert "scenario" not in entries(house)[0]["detail"]


def test_the_journal_says_which_scenario_and_by_which_bytes(house: House) -> None:
    launch_detail = register(house)
    launch(house, scenario="boutique")
    detail = entries(house)[0]["detail"]
    assert detail["scenario"] == ["boutique", 1]
    assert detail["prompts_sha256"]["adresse"] == launch_detail.prompts["adresse"].sha256


def refused_fields(house: House, **changes: object) -> list[str]:
    answer = operations.submit(house, a_campaign(**changes), some_rows(), at=OPEN)
    assert isinstance(answer, operations.Unlaunched)
    return [problem.field for problem in answer.problems]


def test_a_scenario_that_is_not_registered_is_named(house: House) -> None:
    assert refused_fields(house, scenario="boutique") == ["scenario"]


def test_a_scenario_speaks_the_language_of_the_announcement(house: House) -> None:
    register(house, SOURCE.replace('language = "fr"', 'language = "en"'))
    assert refused_fields(house, scenario="boutique") == ["scenario"]


def test_no_key_of_the_announcement_concludes_a_sale(house: House) -> None:
    register(house)
    text = "Bonjour, ici Lumière du Midi. Pour commander, appuyez sur le 2."
    with house.store.write() as unit:
        unit.setup.add_announcement(
            "vente",
            language="fr",
            script="",
            variants={"person": said(text), "machine": said("Bonjour.")},
            at=OPEN,
        )
    assert refused_fields(house, scenario="boutique", announcement="vente") == ["announcement"]


def wished(house: House, *, seconds: int = 0) -> operations.Dial:
    dial = dial_one(house)
    at = OPEN + timedelta(seconds=seconds)
    assert operations.wish_call_back(house, dial.call_id, at=at)
    operations.conclude(house, dial.call_id, Outcome.HEARD, at=at)
    return dial


def test_a_wish_is_recorded_once(house: House) -> None:
    campaign = launch(house)
    dial = wished(house)
    assert not operations.wish_call_back(house, dial.call_id, at=OPEN + timedelta(minutes=1))
    assert not operations.wish_call_back(house, 999, at=OPEN)
    (wish,) = operations.wishes(house, campaign)
    assert (wish.number, wish.at) == (a_number(10_000_000), OPEN)
    assert kinds(house).count("call_me_back") == 1


def test_wishes_come_in_the_order_they_were_made(house: House) -> None:
    campaign = launch(house, 2)
    wished(house, seconds=9)
    wished(house, seconds=3)
    numbers = [wish.number for wish in operations.wishes(house, campaign)]
    assert numbers == [a_number(10_000_001), a_number(10_000_000)]


def test_whoever_opted_out_since_is_not_to_be_rung(house: House) -> None:
    campaign = launch(house)
    dial = wished(house)
    operations.opt_out(house, "lumiere", dial.paper.number, channel="key", at=OPEN)
    assert operations.wishes(house, campaign) == []


def test_whoever_was_erased_is_not_to_be_rung(house: House) -> None:
    campaign = launch(house)
    dial = wished(house)
    operations.erase(house, dial.paper.number, at=OPEN)
    assert operations.wishes(house, campaign) == []
