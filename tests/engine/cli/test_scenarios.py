"""Scenarios, wishes and receptions by command."""

from __future__ import annotations

from pathlib import Path

import pytest

from audio.script import Script, Variant, text
from engine.campaign import Campaign, parse_campaign
from engine.scenario import concludes_a_sale
from tests.engine.cli.conftest import CommandLine
from tests.engine.scenario.writing import SOURCE, TARGET

EXAMPLE = Path(__file__).parents[3] / "examples" / "press-a-key"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "boutique.toml"
    path.write_text(SOURCE, "utf-8")
    return path


def test_a_sound_scenario_is_told_key_by_key(licite: CommandLine, file: Path) -> None:
    ended = licite("scenario", "check", file)
    assert ended.status == 0
    assert "3 -> call_me_back" in ended.out
    assert licite.json("scenario", "check", file)["keys"]["horaires"]["5"] == "adresse"


def test_every_mistake_is_told_with_its_way_out(licite: CommandLine, file: Path) -> None:
    wrong = SOURCE.replace("3 =", "9 =").replace("12 rue du Port", "12. Pour acheter, tapez 2")
    file.write_text(wrong, "utf-8")
    for command in (("check", file), ("add", "boutique", file)):
        ended = licite("scenario", *command, "--json")
        assert ended.status == 1
        assert [e["field"] for e in ended.document["errors"]] == [
            "keys.9",
            "prompt.horaires.keys.9",
        ]
    file.write_text(wrong.replace("9 =", "3 ="), "utf-8")
    ended = licite("scenario", "check", file)
    assert ended.status == 1
    assert "L. 221-16" in ended.out
    assert licite.json("scenario", "list")["scenarios"] == []


def test_a_scenario_is_spoken_registered_shown_and_heard(
    licite: CommandLine, file: Path, tmp_path: Path
) -> None:
    added = licite.json("scenario", "add", "boutique", file)
    assert added["version"] == 1
    assert licite.json("scenario", "add", "boutique", file)["version"] == 1
    (listed,) = licite.json("scenario", "list")["scenarios"]
    assert listed["prompts"]["adresse"]["length_s"] > 1
    shown = licite.json("scenario", "show", "boutique", "--listen", tmp_path / "heard")
    assert shown["prompts"] == added["prompts"]
    heard = sorted(path.name for path in (tmp_path / "heard").iterdir())
    assert heard == ["boutique-adresse.wav", "boutique-horaires.wav"]


def test_an_unknown_scenario_says_where_to_look(licite: CommandLine) -> None:
    ended = licite("scenario", "show", "none", "--json")
    assert ended.status == 2
    assert ended.document["errors"][0]["remedy"] == "licite scenario list"


def test_the_wishes_of_an_unknown_campaign_are_refused(licite: CommandLine) -> None:
    assert licite("campaign", "wishes", "none").status == 2


def add_sender(licite: CommandLine, *more: str) -> tuple[str, ...]:
    return ("sender", "add", "x", "--name", "X", "--siren", "732829320", "--contact", "y", *more)


def test_a_sender_has_a_reception_and_its_hours(licite: CommandLine) -> None:
    hours = "lun-ven 09:00-18:00"
    more = ("--reception", "01 62 00 00 10", "--reception-hours", hours)
    added = licite.json(*add_sender(licite, *more))
    assert (added["reception"], added["reception_hours"]) == (TARGET, hours)
    (shown,) = licite.json("sender", "show", "x")["sender"]
    assert shown["reception"] == TARGET


def test_a_reception_is_set_and_taken_away_later(licite: CommandLine) -> None:
    licite.json(*add_sender(licite))
    licite.json("sender", "reception", "x", "0162000010", "--hours", "mon-fri 09:00-18:00")
    (shown,) = licite.json("sender", "show", "x")["sender"]
    assert (shown["reception"], shown["reception_hours"]) == (TARGET, "mon-fri 09:00-18:00")
    licite.json("sender", "reception", "x")
    (shown,) = licite.json("sender", "show", "x")["sender"]
    assert (shown["reception"], shown["reception_hours"]) == (None, None)
    assert licite("sender", "reception", "nobody", "0162000010").status == 2


@pytest.mark.parametrize(
    ("more", "field"),
    [
        (("--reception", "0899123456"), "--reception"),
        (("--reception", "112"), "--reception"),
        (("--reception", "+442079460000"), "--reception"),
        (("--reception-hours", "mon-fri 09:00-18:00"), "--reception-hours"),
        (("--reception", "0162000010", "--reception-hours", "always"), "--reception-hours"),
    ],
)
def test_a_reception_that_cannot_be_rung_is_refused(
    licite: CommandLine, more: tuple[str, ...], field: str
) -> None:
    ended = licite(*add_sender(licite, *more), "--json")
    assert ended.status == 2
    assert ended.document["errors"][0]["field"] == field


def test_the_committed_example_is_sound(licite: CommandLine) -> None:
    assert licite("scenario", "check", EXAMPLE / "scenario.toml").status == 0
    script = Script.parse((EXAMPLE / "script.toml").read_text("utf-8"))
    assert concludes_a_sale(text(script, Variant.PERSON), "fr") is None
    campaign = parse_campaign((EXAMPLE / "campaign.toml").read_text("utf-8"))
    assert isinstance(campaign, Campaign)
    assert campaign.scenario == "boutique"
