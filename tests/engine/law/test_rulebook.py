"""The rulebook refuses what nobody can rely on, and answers for the day it is asked about."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from engine.law import Confidence, Law, NotInForce, RulebookError, Standing
from engine.law.parameter import parse_parameter
from tests.engine.law.builders import LAW

TITLE = 'rule = "WIN-99"\ntitle = { fr = "Essai", en = "Trial" }\n'
VERSION = """
[[version]]
value = 4
from = 2026-01-01
to = 2026-06-30
published = "décret"
reference = "C. consom. art. D. 223-9"
source = "article read"
last_checked = 2026-11-21
confidence = "A"
standing = "law"
"""
LATER = VERSION.replace("from = 2026-01-01\nto = 2026-06-30", "from = 2026-07-01").replace(
    "value = 4", "value = 3"
)


def test_a_value_is_asked_for_a_day() -> None:
    parameter = parse_parameter("trial", TITLE + VERSION + LATER)
    assert parameter.on(date(2026, 1, 1)).value == 4
    assert parameter.on(date(2026, 6, 30)).value == 4
    assert parameter.on(date(2026, 7, 1)).value == 3
    assert parameter.on(date(2030, 1, 1)).value == 3


def test_a_day_before_the_first_version_is_refused() -> None:
    parameter = parse_parameter("trial", TITLE + VERSION)
    with pytest.raises(NotInForce):
        parameter.on(date(2025, 12, 31))
    with pytest.raises(NotInForce):
        parameter.on(date(2026, 7, 1))


#: What is wrong with a file -> what the refusal says.
WRONG = [
    (TITLE + VERSION.replace('reference = "C. consom. art. D. 223-9"\n', ""), "'reference'"),
    (TITLE + VERSION.replace('"C. consom. art. D. 223-9"', '"  "'), "reference"),
    (TITLE + VERSION.replace('source = "article read"\n', ""), "'source'"),
    (TITLE + VERSION + LATER.replace("2026-07-01", "2026-06-30"), "overlap"),
    (TITLE + LATER + VERSION, "overlap"),
    (TITLE + VERSION.replace("to = 2026-06-30", "to = 2025-06-30"), "ends"),
    (TITLE + VERSION + "colour = 3\n", "'colour'"),
    (TITLE + VERSION + 'binds_kinds = "marketing"\n', "binds_kinds"),
    (TITLE + VERSION + "binds_callees = []\n", "binds_callees"),
    ("colour = 1\n" + TITLE + VERSION, "'colour'"),
    (TITLE + VERSION.replace("value = 4", "value = 2026-01-01T10:00:00"), "offset"),
    (TITLE + VERSION.replace("value = 4", "value = [{ at = 2026-01-01T10:00:00 }]"), "offset"),
    (TITLE + VERSION.replace("from = 2026-01-01", "from = 2026-01-01T00:00:00Z"), "date"),
    (TITLE + VERSION.replace("from = 2026-01-01", 'from = "2026-01-01"'), "date"),
    (TITLE + VERSION.replace('confidence = "A"', 'confidence = "certain"'), "A, B, C, M"),
    (TITLE + VERSION.replace('standing = "law"', 'standing = "custom"'), "law, policy"),
    (TITLE, "'version'"),
    (TITLE + "version = []", "at least one"),
    ("not toml", "not TOML"),
]


@pytest.mark.parametrize(("text", "says"), WRONG)
def test_a_parameter_that_cannot_be_relied_on_is_refused(text: str, says: str) -> None:
    with pytest.raises(RulebookError, match=says):
        parse_parameter("trial", text)


def test_a_time_of_day_needs_no_offset() -> None:
    text = TITLE + VERSION.replace("value = 4", "value = [[10:00:00, 13:00:00]]")
    assert parse_parameter("trial", text).versions[0].value


def test_an_instant_has_no_day_without_a_zone() -> None:
    with pytest.raises(TypeError, match="time zone"):
        LAW.at(datetime(2026, 11, 21, 12, tzinfo=UTC))


def test_a_rulebook_without_a_rule_is_refused() -> None:
    with pytest.raises(RulebookError):
        Law([])


def test_every_rule_of_france_is_in_force_today_but_the_repealed_ones() -> None:
    rules = LAW.at(date(2026, 11, 21))
    absent = {name for name in LAW.parameters if not rules.holds(name)}
    assert absent == {"refusal_silence"}
    assert LAW.at(date(2026, 8, 10)).value("refusal_silence") == 60


def test_every_rule_has_a_title_in_both_languages_and_its_own_number() -> None:
    numbers = [parameter.rule for parameter in LAW.parameters.values()]
    assert len(numbers) == len(set(numbers))
    for parameter in LAW.parameters.values():
        assert parameter.title.keys() == {"fr", "en"}


def test_a_rule_from_memory_says_so() -> None:
    version = LAW.at(date(2026, 11, 21)).version("consent_proof")
    assert version.confidence is Confidence.MEMORY
    assert version.standing is Standing.LAW


def test_the_consent_rules_begin_on_11_august_2026() -> None:
    for name in ("consent_act", "consent_mentions", "consent_period", "consent_sender"):
        assert LAW.parameters[name].versions[0].since == date(2026, 8, 11)
