"""``licite route add``: every carrier takes its own options, and no other's."""

from __future__ import annotations

import re
import tomllib
from dataclasses import fields
from pathlib import Path

import click
import pytest

from engine.carriers.twilio import TwilioSettings
from engine.cli.route_options import every_option
from engine.cost import PriceList
from tests.engine.cli.conftest import CommandLine

ROOT = Path(__file__).resolve().parents[3]
SID = "AC" + "0" * 32


@pytest.fixture
def token(tmp_path: Path) -> Path:
    """Return a file that holds an Auth Token."""
    path = tmp_path / "token"
    path.write_text("a-secret-token\n", "utf-8")
    return path


def test_a_twilio_route_stores_where_its_token_lies(licite: CommandLine, token: Path) -> None:
    add = ("route", "add", "twilio", "--carrier", "twilio", "--account-sid", SID)
    options = ("--secret-file", token, "--amd", "sync", "--limit", 90, "--calls-per-second", 2)
    assert licite(*add, *options).status == 0
    assert licite.json("route", "show", "twilio") == {
        "name": "twilio",
        "carrier": "twilio",
        "account_sid": SID,
        "secret": str(token.resolve()),
        "amd": "sync",
        "limit_s": 90,
        "calls_per_second": 2.0,
    }


@pytest.mark.parametrize(
    ("options", "field"),
    [
        ((), "--account-sid"),
        (("--account-sid", SID), "--secret-file"),
        (("--account-sid", SID, "--host", "192.0.2.1"), "--host"),
        (("--account-sid", SID, "--username", "me"), "--username"),
    ],
)
def test_what_a_twilio_route_lacks_or_does_not_take_is_named(
    licite: CommandLine, options: tuple[str, ...], field: str
) -> None:
    ended = licite("route", "add", "twilio", "--carrier", "twilio", *options, "--json")
    assert ended.status == 2
    (problem,) = ended.document["errors"]
    assert problem["field"] == field
    assert problem["reason"]
    assert problem["remedy"]


def test_a_token_file_without_a_token_is_refused(licite: CommandLine, token: Path) -> None:
    token.write_text("\n", "utf-8")
    add = ("route", "add", "twilio", "--carrier", "twilio", "--account-sid", SID)
    ended = licite(*add, "--secret-file", token)
    assert ended.status == 2
    assert "holds no secret" in ended.err


def test_a_twilio_route_names_its_shared_key_and_a_fallback_elsewhere(
    licite: CommandLine, token: Path, tmp_path: Path
) -> None:
    shared, bin_url = tmp_path / "shared", "https://handler.twilio.com/twiml/EH12"
    shared.write_text("a-shared-key\n", "utf-8")
    add = ("route", "add", "twilio", "--carrier", "twilio", "--account-sid", SID)
    options = ("--webhook-secret-file", shared, "--fallback-url", bin_url)
    assert licite(*add, "--secret-file", token, *options).status == 0
    shown = licite.json("route", "show", "twilio")
    assert shown["webhook_secret"] == str(shared.resolve())
    assert shown["fallback_url"] == bin_url


@pytest.mark.parametrize("url", ["handler.twilio.com", "https://a b", "https://a/#rc=1"])
def test_a_fallback_that_is_no_address_is_refused(
    licite: CommandLine, token: Path, url: str
) -> None:
    add = ("route", "add", "twilio", "--carrier", "twilio", "--account-sid", SID)
    ended = licite(*add, "--secret-file", token, "--fallback-url", url)
    assert ended.status == 2
    assert "fallback_url" in ended.err


def test_a_shared_key_file_without_a_key_is_refused(
    licite: CommandLine, token: Path, tmp_path: Path
) -> None:
    empty = tmp_path / "shared"
    empty.write_text("\n", "utf-8")
    add = ("route", "add", "twilio", "--carrier", "twilio", "--account-sid", SID)
    ended = licite(*add, "--secret-file", token, "--webhook-secret-file", empty)
    assert ended.status == 2
    assert "webhook_secret" in ended.err


@pytest.mark.parametrize("sid", ["AC12", "BY" + "0" * 32, SID.upper() + "G"])
def test_an_account_that_is_none_is_refused(licite: CommandLine, token: Path, sid: str) -> None:
    add = ("route", "add", "twilio", "--carrier", "twilio", "--account-sid", sid)
    assert licite(*add, "--secret-file", token).status == 2


def test_a_trunk_takes_no_account(licite: CommandLine) -> None:
    ended = licite("route", "add", "ovh", "--carrier", "trunk", "--account-sid", SID)
    assert ended.status == 2
    assert "--host" in ended.err


def test_every_setting_of_a_route_is_described() -> None:
    page = (ROOT / "docs/reference/routes.md").read_text("utf-8")
    options = {option.opts[0] for option in every_option() if isinstance(option, click.Option)}
    assert [option for option in options - {"--carrier"} if f"`{option}`" not in page] == []
    for setting in fields(TwilioSettings):
        if setting.name not in ("route", "auth_token"):
            assert f"`{setting.name}`" in page


def test_the_prices_in_the_reference_can_be_used() -> None:
    page = (ROOT / "docs/reference/routes.md").read_text("utf-8")
    (example,) = re.findall(r"```toml\n(.*?)```", page, re.DOTALL)
    price = PriceList.read(tomllib.loads(example)).of("+33612345678")
    assert price is not None
    assert (price.minute, price.call) == (48_000, 7_500)
