"""``licite caller-id health``, why a campaign is paused, and the routes that bound both."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from config.settings import Settings
from engine import operations
from engine.bootstrap import open_engine
from engine.health import Guarded, Pause, Share
from engine.interfaces import Route
from tests.engine.cli.conftest import CommandLine
from tests.engine.faring import BLOCKED, DEPOSITED, NPV, call
from tests.engine.operating import House, a_house, launch

NOON = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)


@pytest.fixture
def house(licite: CommandLine) -> House:
    """Return the house of the command line's own store."""
    engine = open_engine(Settings(data_dir=licite.folder))
    house = a_house(engine.store, keys=engine.keys)
    with house.store.write() as unit:
        unit.setup.add_route(Route("tw", "twilio", {}))
    return house


def settle(house: House) -> None:
    while operations.settle_next_day(house, at=NOON + timedelta(hours=2)):
        pass


def test_a_caller_id_that_fares_as_before_is_healthy(licite: CommandLine, house: House) -> None:
    call(house, DEPOSITED, 2, at=NOON - timedelta(days=2))
    call(house, DEPOSITED, 3, at=NOON, first=31_000_000)
    settle(house)
    (row,) = licite.json("caller-id", "health")["caller_ids"]
    assert (row["number"], row["alarms"]) == (NPV, [])
    assert (row["today"]["calls"], row["before"]["answered"]) == (3, 2)
    assert "healthy" in licite("caller-id", "health", NPV).out


def test_a_caller_id_that_fares_worse_ends_with_one_and_says_why(
    licite: CommandLine, house: House
) -> None:
    call(house, DEPOSITED, 400, at=NOON - timedelta(days=2))
    call(house, BLOCKED, 120, at=NOON, first=31_000_000)
    settle(house)
    ended = licite("caller-id", "health", "--json")
    assert ended.status == 1
    alarms = {alarm["share"]: alarm for alarm in ended.document["caller_ids"][0]["alarms"]}
    assert (alarms["blocked"]["level"], alarms["blocked"]["value"]) == ("pause", 1.0)
    said = licite("caller-id", "health").out
    assert "100.0% calls that a network blocked today, 0.0% before" in said


def test_an_unknown_caller_id_is_named(licite: CommandLine, house: House) -> None:
    ended = licite("caller-id", "health", "0162999999", "--json")
    assert (ended.status, ended.document["errors"][0]["field"]) == (2, "NUMBER")


@pytest.mark.parametrize(
    ("guarded", "of", "said"),
    [
        (Guarded.ROUTE, "tw", "Paused by the guard of route tw: 14.0% calls over within 12 s"),
        (Guarded.CALLER_ID, "+331••••••01", "Paused by the guard of caller id +331••••••01: 14.0%"),
    ],
)
def test_a_campaigns_status_says_why_a_guard_paused_it(
    licite: CommandLine, house: House, guarded: Guarded, of: str, said: str
) -> None:
    campaign_id = launch(house, 1, routes=("tw",))
    because = Pause(guarded, of, Share.SHORT, 0.14, threshold=0.1, calls=212, window_min=60)
    operations.pause(house, campaign_id, at=NOON, because=because)
    assert said in licite("campaign", "status", campaign_id).out
    told = licite.json("campaign", "status", campaign_id)["paused_for"]
    assert (told["guard"], told["reason"], told["share"]) == (guarded.value, "short", 0.14)
    licite("campaign", "resume", campaign_id)
    assert licite.json("campaign", "status", campaign_id)["paused_for"] is None


def test_a_route_stores_what_it_can_carry(licite: CommandLine) -> None:
    ended = licite(
        *("route", "add", "mobiles", "--carrier", "trunk", "--prefix", "metropole_mobile"),
        *("--prefix", "+262692", "--caller-id", "01 62 00 00 01", "--guard", "short=0.2"),
    )
    assert ended.status == 0, ended
    shown = licite.json("route", "show", "mobiles")
    assert shown["prefixes"] == ["metropole_mobile", "+262692"]
    assert shown["caller_ids"] == [NPV]
    assert shown["guards"] == {"short": 0.2}


@pytest.mark.parametrize(
    ("option", "value", "said"),
    [
        ("--prefix", "06", "is no prefix; write +336"),
        ("--prefix", "mobiles", "metropole_mobile"),
        ("--caller-id", "12", "write it like +33162000001"),
        ("--guard", "short", "is no guard"),
        ("--guard", "shorts=0.1", "is no guard"),
        ("--guard", "short=7", "a share from 0 to 1"),
    ],
)
def test_what_a_route_cannot_declare_is_named(
    licite: CommandLine, option: str, value: str, said: str
) -> None:
    ended = licite("route", "add", "mobiles", "--carrier", "trunk", option, value)
    assert ended.status == 2
    assert said in ended.err
    assert licite.json("route", "list") == {"routes": []}
