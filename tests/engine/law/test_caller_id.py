"""The numbering plan and C. consom. art. L. 221-17: which number may be shown, and whose."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from engine.clearance import CallerId
from tests.engine.law.builders import (
    OPEN,
    a_caller_id,
    decide,
    reasons_of,
    rules_of,
    some_facts,
)


def showing(caller_id: CallerId | None) -> list[str]:
    return rules_of(decide(facts=some_facts(caller_id=caller_id)))


METROPOLE = [
    "0162",
    "0163",
    "0270",
    "0271",
    "0377",
    "0378",
    "0424",
    "0425",
    "0568",
    "0569",
    "0948",
    "0949",
]
OVERSEAS = ["09475", "09476", "09477", "09478", "09479"]


@pytest.mark.parametrize("prefix", METROPOLE + OVERSEAS)
def test_a_verified_number_may_be_shown(prefix: str) -> None:
    assert showing(a_caller_id(prefix.ljust(10, "0"))) == []


#: A number that is no verified number -> the rule that refuses it.
BARRED = [
    ("01 42 00 00 00", "CID-02"),
    ("01 64 00 00 00", "CID-02"),
    ("04 26 00 00 00", "CID-02"),
    ("09 47 00 00 00", "CID-02"),
    ("09 50 00 00 00", "CID-02"),
    ("0262 12 34 56", "CID-02"),
    ("06 12 34 56 78", "CID-07"),
    ("07 56 34 56 78", "CID-07"),
    ("06 92 12 34 56", "CID-07"),
    ("0800 123 456", "CID-11"),
    ("0825 123 456", "CID-11"),
    ("0892 123 456", "CID-10"),
    ("09 37 00 00 00", "CID-06"),
    ("09 39 50 00 00", "CID-06"),
    ("+44 20 7946 0018", "CID-15"),
    ("+687 25 12 34", "CID-15"),
    ("05 98 70 00 00", "CID-04b"),
    ("02 68 90 00 00", "CID-04b"),
]


@pytest.mark.parametrize(("number", "rule"), BARRED)
def test_any_other_number_may_not_be_shown(number: str, rule: str) -> None:
    assert showing(a_caller_id(number)) == [rule]


def test_a_range_of_2026_waits_for_the_operators_letter() -> None:
    assert showing(a_caller_id("05 98 70 00 00", letter="courrier du 3 mars 2026")) == []


def test_a_withheld_number_is_refused() -> None:
    assert showing(None) == ["CID-12"]


def test_the_number_is_the_senders_own() -> None:
    assert showing(a_caller_id(assignee="partenaire")) == ["CID-12"]
    assert showing(a_caller_id(assignee=None)) == ["CID-12"]


#: How long ago the number was assigned -> whether it may be shown.
CID_14 = [
    (timedelta(hours=72), True),
    (timedelta(hours=72) - timedelta(microseconds=1), False),
    (timedelta(0), False),
    (-timedelta(days=1), False),
]


@pytest.mark.parametrize(("held", "granted"), CID_14)
def test_the_number_is_held_for_72_hours(held: timedelta, granted: bool) -> None:
    clearance = decide(facts=some_facts(caller_id=a_caller_id(assigned_since=OPEN - held)))
    assert clearance.granted is granted
    assert clearance.not_before == (None if granted else OPEN - held + timedelta(hours=72))


#: When the assignment was verified -> why it is refused.
MAN_04 = [
    (OPEN - timedelta(days=365), []),
    (OPEN - timedelta(days=365, microseconds=1), ["caller_id_proof_old"]),
    (OPEN + timedelta(seconds=1), ["caller_id_unverified"]),
    (None, ["caller_id_unverified"]),
]


@pytest.mark.parametrize(("verified_at", "reasons"), MAN_04)
def test_the_assignment_was_verified_within_a_year(
    verified_at: datetime | None, reasons: list[str]
) -> None:
    facts = some_facts(caller_id=a_caller_id(verified_at=verified_at))
    assert reasons_of(decide(facts=facts)) == reasons


def test_no_finding_shows_a_whole_number() -> None:
    facts = some_facts(
        caller_id=a_caller_id("06 12 34 56 78", verified_at=datetime(2020, 1, 1, tzinfo=UTC))
    )
    for finding in decide(facts=facts).findings:
        assert "612345678" not in f"{finding.to_json()}{finding.compared('fr')}"
