"""Costs by command: prices of a route, an estimate before, what was spent after."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from engine.sandbox.twilio import TwilioDouble, served
from tests.engine.cli.campaign import set_up
from tests.engine.cli.conftest import CommandLine

PRICES = """
currency = "EUR"
answered_share = "0.5"

[prices."+33"]
minute = "0.012"

[prices."+336"]
minute = "0.048"
call = "0.0075"
"""


@pytest.fixture(scope="module")
def ready(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder in which every name of a campaign is registered."""
    folder = tmp_path_factory.mktemp("ready")
    set_up(CommandLine(folder / "var"), folder)
    return folder


@pytest.fixture
def licite(ready: Path, tmp_path: Path) -> CommandLine:
    """Return a command line on a copy of what is ready."""
    shutil.copytree(ready, tmp_path, dirs_exist_ok=True)
    (tmp_path / "prices.toml").write_text(PRICES, "utf-8")
    return CommandLine(tmp_path / "var")


def priced(licite: CommandLine) -> CommandLine:
    file = licite.folder.parent / "prices.toml"
    assert licite("route", "prices", the_route(licite), "--file", file, "--save").status == 0
    return licite


def the_route(licite: CommandLine) -> str:
    name = licite.json("route", "list")["routes"][0]["name"]
    assert isinstance(name, str)
    return name


def test_prices_are_shown_and_kept_when_asked(licite: CommandLine) -> None:
    file, name = licite.folder.parent / "prices.toml", the_route(licite)
    shown = licite.json("route", "prices", name, "--file", file)
    assert [price["prefix"] for price in shown["prices"]] == ["+33", "+336"]
    assert licite.json("route", "prices", name)["prices"] == []
    priced(licite)
    kept = licite.json("route", "prices", name)
    assert kept["prices"][1]["minute"] == {"amount": "0.048000", "currency": "EUR"}
    assert licite.json("route", "show", name)["host"] == "127.0.0.1"


@pytest.mark.parametrize(
    ("text", "field"),
    [
        ('currency = "EUR"\n[prices."336"]\nminute = "1"', "prices.336"),
        ('[prices."+336"]\nminute = "1"', "currency"),
        ("host = 1", "--file"),
        ("prices = [", "--file"),
    ],
)
def test_prices_that_cannot_be_used_are_named_and_nothing_is_lost(
    licite: CommandLine, text: str, field: str
) -> None:
    priced(licite)
    file, name = licite.folder.parent / "wrong.toml", the_route(licite)
    file.write_text(text, "utf-8")
    ended = licite("route", "prices", name, "--file", file, "--save", "--json")
    assert ended.status == 2
    assert ended.document["errors"][0]["field"] == field
    assert len(licite.json("route", "prices", name)["prices"]) == 2


def test_only_a_carrier_that_tells_prices_is_asked(licite: CommandLine) -> None:
    ended = licite("route", "prices", the_route(licite), "--from-carrier")
    assert ended.status == 2
    assert "--file" in ended.err


def test_checking_says_what_a_campaign_may_cost(licite: CommandLine) -> None:
    file = priced(licite).folder.parent / "campaign.toml"
    (cost,) = licite("campaign", "check", file, "--json").document["estimate"]["costs"]
    assert (cost["drops"], cost["unpriced"]) == (1, 0)
    assert cost["most"] == {"amount": "0.055500", "currency": "EUR"}
    assert cost["least"] == {"amount": "0.027750", "currency": "EUR"}
    assert "0.0278 EUR to 0.0555 EUR" in licite("campaign", "check", file).out


def test_a_price_that_nobody_knows_is_said_and_not_taken_for_nothing(licite: CommandLine) -> None:
    file = licite.folder.parent / "campaign.toml"
    checked = licite("campaign", "check", file, "--json").document["estimate"]["costs"]
    assert [(cost["most"], cost["unpriced"]) for cost in checked] == [(None, 1)]
    assert "their cost is unknown" in licite("campaign", "check", file).out


def test_launching_tells_the_estimate_and_the_status_what_was_spent(licite: CommandLine) -> None:
    file = priced(licite).folder.parent / "campaign.toml"
    launched = licite.json("campaign", "launch", file)
    assert sum(cost["drops"] for cost in launched["costs"]) == launched["accepted"]
    assert licite.json("campaign", "status", launched["id"])["costs"] == []


def test_no_carrier_is_asked_for_calls_that_none_conducted(licite: CommandLine) -> None:
    launched = licite.json("campaign", "launch", licite.folder.parent / "campaign.toml")
    told = licite.json("campaign", "charges", launched["id"])
    assert (told["charged"], told["costs"]) == (0, [])
    assert licite("campaign", "charges", "nowhere").status == 2


def test_a_carriers_own_prices_are_read_and_kept(licite: CommandLine) -> None:
    double = TwilioDouble()
    token = licite.folder.parent / "token"
    token.write_text(double.account.auth_token, "utf-8")
    add = ("route", "add", "tw", "--carrier", "twilio", "--account-sid", double.account.sid)
    with served(double) as url:
        assert licite(*add, "--secret-file", token, "--api-url", url).status == 0
        told = licite.json("route", "prices", "tw", "--from-carrier", "--save")
        checked = licite("carrier", "check", "tw", "--json").document
    assert (told["saved"], told["unknown"]) == (True, [])
    mobile = next(each for each in told["prices"] if each["prefix"] == "+336")
    assert mobile["minute"] == {"amount": "0.046000", "currency": "USD"}
    assert licite.json("route", "prices", "tw")["prices"] == told["prices"]
    standings = {each["name"]: each["standing"] for each in checked["checks"]}
    assert standings["double"] == "ok"
    assert [name for name, each in standings.items() if each == "fails"] == ["caller_id_foreign"]
