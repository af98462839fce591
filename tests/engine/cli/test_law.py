"""The rulebook, shown and explained."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.engine.cli.conftest import CommandLine


@pytest.fixture
def licite(tmp_path: Path) -> CommandLine:
    """Return a command line without a store: the law needs none."""
    return CommandLine(tmp_path / "nothing")


def test_every_rule_shown_has_its_reference_and_its_period(licite: CommandLine) -> None:
    shown = licite.json("law", "at", "2026-12-01")
    assert shown["day"] == "2026-12-01"
    rules = {rule["rule"]: rule for rule in shown["rules"]}
    assert rules["WIN-01"]["reference"] == "C. consom. art. D. 223-9"
    assert all(rule["reference"] and rule["from"] and rule["source"] for rule in shown["rules"])


def test_a_rule_is_not_shown_before_it_is_in_force(licite: CommandLine) -> None:
    before = {rule["rule"] for rule in licite.json("law", "at", "2026-08-10")["rules"]}
    after = {rule["rule"] for rule in licite.json("law", "at", "2026-08-11")["rules"]}
    assert "CON-04" in after - before


def test_a_day_before_every_rule_is_bad_input(licite: CommandLine) -> None:
    ended = licite("law", "at", "1900-01-01", "--json")
    assert ended.status == 2
    assert ended.document["errors"][0]["field"] == "DATE"


def test_today_is_shown_to_people_too(licite: CommandLine) -> None:
    assert "WIN-01" in licite("law", "show").out


@pytest.mark.parametrize(
    ("at", "rules"),
    [
        ("2026-11-23T10:00:00+01:00", []),
        ("2026-11-23T09:59:59+01:00", ["WIN-01"]),
        ("2026-11-23T13:00:00+01:00", ["WIN-01"]),
        ("2026-11-22T11:00:00+01:00", ["WIN-01"]),
        ("2026-11-11T11:00:00+01:00", ["HOL-01"]),
    ],
)
def test_explains_the_hours_of_one_callee(licite: CommandLine, at: str, rules: list[str]) -> None:
    ended = licite("law", "explain", "06 12 34 56 78", "--on", at, "--json")
    assert [finding["rule"] for finding in ended.document["findings"]] == rules
    assert ended.status == (1 if rules else 0)


def test_explains_the_callee_s_own_time_zone(licite: CommandLine) -> None:
    on = ("--on", "2026-11-23T10:00:00+01:00", "--json")
    ended = licite("law", "explain", "0692123456", *on)
    assert ended.document["zones"] == "Indian/Reunion (2026-11-23 13:00)"


def test_explains_a_sector_ban_and_cites_its_article(licite: CommandLine) -> None:
    on = ("--on", "2026-11-23T10:00:00+01:00", "--sector", "renov_energy")
    ended = licite("law", "explain", "0612345678", *on)
    assert ended.status == 1
    assert "L. 223-1" in ended.out


def test_explaining_never_repeats_the_number(licite: CommandLine) -> None:
    ended = licite("law", "explain", "0612345678", "--json")
    assert "612345678" not in ended.out


def test_what_is_no_number_says_what_to_write(licite: CommandLine) -> None:
    ended = licite("law", "explain", "hello", "--json")
    assert ended.status == 2
    (error,) = ended.document["errors"]
    assert error["field"] == "NUMBER"
    assert error["remedy"]
