"""A campaign's fields are checked one by one, and all that is wrong is said at once."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.campaign import FIELDS, Campaign, FieldProblem, parse_campaign
from engine.clearance import MessageKind

GOOD: dict[str, object] = {
    "sender": "lumiere",
    "kind": "marketing",
    "sector": "retail",
    "purpose": "soldes d'hiver",
    "caller_id": "01 62 00 00 01",
    "opt_out_number": "0 800 123 456",
    "announcement": "soldes",
    "routes": ["sandbox"],
}


def problems_of(**changes: object) -> list[str]:
    parsed = parse_campaign(GOOD | changes)
    return [] if isinstance(parsed, Campaign) else [problem.field for problem in parsed]


def test_the_fields_that_are_wanted_make_a_campaign() -> None:
    campaign = parse_campaign(GOOD)
    assert isinstance(campaign, Campaign)
    assert campaign.kind is MessageKind.MARKETING
    assert campaign.caller_id.e164 == "+33162000001"
    assert (campaign.ring_s, campaign.attempts) == (40, 1)
    assert campaign.retry_after == timedelta(hours=4)
    assert (campaign.callees, campaign.until, campaign.territory) == (None, None, "FR")


def test_a_campaign_is_read_from_toml() -> None:
    campaign = parse_campaign(
        """
        sender = "lumiere"
        kind = "informational"
        sector = "retail"
        purpose = "livraison"
        caller_id = "+33 1 62 00 00 01"
        opt_out_number = "3000"
        announcement = "livraison"
        routes = ["a", "b", "a"]
        callees = "liste.csv"
        consent_texts = ["web-2026"]
        ring_s = 30
        attempts = 3
        retry_after = "90 min"
        until = 2026-12-01T18:00:00+01:00
        territory = "fr-974"
        job_related = true
        """
    )
    assert isinstance(campaign, Campaign)
    assert campaign.routes == ("a", "b")
    assert campaign.retry_after == timedelta(minutes=90)
    assert campaign.until == datetime(2026, 12, 1, 17, tzinfo=UTC)
    assert campaign.territory == "RE"
    assert campaign.job_related is True


@pytest.mark.parametrize("field", GOOD)
def test_a_field_that_is_wanted_is_missed_by_its_name(field: str) -> None:
    assert problems_of(**{field: None}) == [field]


#: Field, a value that it cannot hold.
WRONG = [
    ("sender", ""),
    ("sender", "lumière du midi"),
    ("sender", 3),
    ("kind", "advertising"),
    ("kind", ["marketing"]),
    ("sector", "a b"),
    ("purpose", "   "),
    ("purpose", "x" * 501),
    ("purpose", "two\nlines"),
    ("caller_id", "0162"),
    ("caller_id", 162000001),
    ("opt_out_number", "stop"),
    ("announcement", "../etc/passwd"),
    ("routes", []),
    ("routes", "sandbox"),
    ("routes", ["", "a"]),
    ("routes", [1]),
    ("callees", 3),
    ("consent_texts", "web"),
    ("ring_s", 4),
    ("ring_s", 121),
    ("ring_s", 30.5),
    ("ring_s", "30"),
    ("ring_s", True),
    ("ring_s", float("nan")),
    ("ring_s", float("inf")),
    ("attempts", 0),
    ("attempts", 5),
    ("retry_after", 3600),
    ("retry_after", "1 month"),
    ("retry_after", "10 s"),
    ("retry_after", "31 d"),
    ("language", "de"),
    ("until", "2026-12-01"),
    ("until", "2026-12-01T18:00:00"),
    ("until", "tomorrow"),
    ("until", "0001-01-01T00:00:00+14:00"),
    ("territory", "France"),
    ("job_related", "yes"),
    ("colour", "blue"),
]


def test_a_missing_field_is_asked_for_as_it_is_written() -> None:
    parsed = parse_campaign({}, language="fr")
    assert not isinstance(parsed, Campaign)
    assert all(problem.remedy.startswith(f"Ajoutez {problem.field} ") for problem in parsed)


@pytest.mark.parametrize(("field", "value"), WRONG)
def test_a_value_that_its_field_cannot_hold_is_refused(field: str, value: object) -> None:
    assert problems_of(**{field: value}) == [field]


def test_all_that_is_wrong_is_said_at_once_in_the_operators_language() -> None:
    french = parse_campaign({"sender": 3, "colour": 1})
    english = parse_campaign({"sender": 3, "colour": 1}, language="en")
    assert isinstance(french, list)
    assert isinstance(english, list)
    assert [problem.field for problem in french] == [problem.field for problem in english]
    assert {problem.field for problem in french} == {"colour", *GOOD}
    assert all(a.reason != b.reason for a, b in zip(french, english, strict=True))


@pytest.mark.parametrize("text", ["sender = ", "a = " + "[" * 5000, "\0", "a = 1\na = 2"])
def test_what_is_no_toml_is_one_problem(text: str) -> None:
    problems = parse_campaign(text)
    assert isinstance(problems, list)
    assert [problem.field for problem in problems] == [""]


def test_a_campaign_comes_back_from_its_json() -> None:
    campaign = parse_campaign(
        GOOD | {"until": "2026-12-01T18:00:00+01:00", "retry_after": "2 d", "job_related": False}
    )
    assert isinstance(campaign, Campaign)
    assert parse_campaign(campaign.to_json()) == campaign


values = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(), st.lists(st.text())
)


@given(st.dictionaries(st.sampled_from([*FIELDS, "colour"]), values))
def test_no_values_do_worse_than_problems(fields: dict[str, object]) -> None:
    parsed = parse_campaign(GOOD | fields)
    if isinstance(parsed, list):
        assert all(isinstance(problem, FieldProblem) and problem.reason for problem in parsed)
