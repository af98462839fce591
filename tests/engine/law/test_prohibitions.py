"""What no consent lifts: sectors, objection, four attempts; destinations nobody may call."""

from __future__ import annotations

from datetime import timedelta

import pytest

from engine.clearance import CalleeKind, MessageKind
from tests.engine.law.builders import (
    OPEN,
    a_basis,
    a_callee,
    decide,
    paris,
    reasons_of,
    rules_of,
    some_facts,
)

#: Sector -> the rules that ban prospecting consumers in it.
SECTORS = [
    ("renov_energy", ["CON-14", "CON-15"]),
    ("renewable_energy", ["CON-14", "CON-15"]),
    ("home_adaptation", ["CON-14", "CON-15"]),
    ("cpf", ["CON-17"]),
    ("press", []),
    ("retail", []),
    ("rénovation énergétique", ["ORD-02"]),
    (None, ["ORD-02"]),
]


@pytest.mark.parametrize(("sector", "rules"), SECTORS)
def test_banned_sectors_are_refused_even_with_consent(sector: str | None, rules: list[str]) -> None:
    assert rules_of(decide(facts=some_facts(sector=sector))) == rules


def test_a_banned_sector_may_inform_its_customers() -> None:
    facts = some_facts(sector="renov_energy", kind=MessageKind.INFORMATIONAL)
    assert decide(facts=facts).granted


def test_a_survey_in_a_banned_sector_is_prospecting() -> None:
    facts = some_facts(sector="renov_energy", kind=MessageKind.SURVEY)
    assert rules_of(decide(facts=facts)) == ["CON-14", "CON-15"]


def test_a_banned_sector_may_prospect_a_switchboard_by_consent() -> None:
    callee = a_callee("01 42 00 00 01", kind=CalleeKind.LEGAL_ENTITY)
    facts = some_facts(sector="renov_energy", job_related=True)
    assert decide(callee, facts).granted


def test_whoever_objected_is_never_called_again() -> None:
    clearance = decide(facts=some_facts(suppressed=True))
    assert rules_of(clearance) == ["GDP-04"]
    assert clearance.not_before is None


MONTH = timedelta(days=30)
#: How long ago the attempts were made -> when another one may be.
WIN_02 = [
    ([], None),
    ([timedelta(days=day) for day in (1, 2, 3)], None),
    ([timedelta(days=day) for day in (1, 2, 3, 4)], timedelta(days=26)),
    ([timedelta(days=day) for day in (1, 2, 3, 30)], None),
    ([timedelta(days=1)] * 3 + [MONTH - timedelta(microseconds=1)], timedelta(microseconds=1)),
    ([timedelta(days=day) for day in (1, 2, 3, 4, 5, 6)], timedelta(days=26)),
    ([timedelta(days=day) for day in (40, 41, 42, 43, 44)], None),
]


@pytest.mark.parametrize(("ages", "wait"), WIN_02)
def test_four_attempts_in_thirty_days_failures_included(
    ages: list[timedelta], wait: timedelta | None
) -> None:
    clearance = decide(facts=some_facts(attempts=[OPEN - age for age in ages]))
    assert rules_of(clearance) == ([] if wait is None else ["WIN-02"])
    assert clearance.not_before == (None if wait is None else OPEN + wait)


def test_what_time_cures_waits_for_the_latest_of_its_reasons() -> None:
    night = paris("2026-11-24 22:00")
    clearance = decide(facts=some_facts(attempts=[night - timedelta(days=1)] * 4), at=night)
    assert rules_of(clearance) == ["WIN-01", "WIN-02"]
    assert clearance.not_before == night + timedelta(days=29)


def test_what_time_does_not_cure_is_refused_at_once() -> None:
    clearance = decide(facts=some_facts(suppressed=True), at=paris("2026-11-24 22:00"))
    assert len(clearance.findings) == 2
    assert clearance.not_before is None


#: Number, recorded territory, where the list comes from -> why it is refused.
DESTINATIONS = [
    ("06 12 34 56 78", None, "FR", []),
    ("06 12 34 56 78", None, "RE", ["territory_unknown"]),
    ("06 12 34 56 78", None, None, ["territory_unknown"]),
    ("06 92 12 34 56", None, "FR", []),
    ("+33 9 76 12 34 56", None, "FR", ["territory_unknown"]),
    ("+33 9 76 12 34 56", "FR", "FR", []),
    ("+44 20 7946 0018", None, "FR", ["territory_not_covered"]),
    ("+44 20 7946 0018", "FR", "FR", ["territory_not_covered"]),
    ("06 12 34 56 78", "DE", "FR", ["territory_not_covered"]),
    ("06 12 34 56 78", "FR-974", "FR", ["territory_not_covered"]),
    ("0892 12 34 56", "FR", "FR", ["line_not_answered"]),
    ("07 00 01 23 45", "FR", "FR", ["line_not_answered"]),
]


@pytest.mark.parametrize(("number", "territory", "listed", "reasons"), DESTINATIONS)
def test_only_known_and_covered_destinations_are_called(
    number: str, territory: str | None, listed: str | None, reasons: list[str]
) -> None:
    callee = a_callee(number, territory=territory)
    at = paris("2026-11-24 10:30" if territory or number[:5] != "06 92" else "2026-11-24 15:00")
    assert reasons_of(decide(callee, some_facts(list_territory=listed), at)) == reasons


def test_before_the_rulebooks_first_day_nothing_is_granted() -> None:
    at = paris("2026-08-10 11:00")
    callee = a_callee(basis=a_basis(at=paris("2026-08-01 11:00")))
    assert reasons_of(decide(callee, at=at)) == ["rulebook_silent"]
