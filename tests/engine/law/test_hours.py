"""C. consom. art. D. 223-9: days and hours, in the callee's time zone."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from engine.clearance import BasisKind, CalleeKind, MessageKind, Slot
from tests.engine.law.builders import (
    OPEN,
    a_basis,
    a_callee,
    a_consent_text,
    decide,
    paris,
    reasons_of,
    rules_of,
    some_facts,
)

#: Paris time of the call -> rule that refuses (none: granted), and when it opens again.
WIN_01 = [
    ("2026-11-24 09:59:59.999999", "WIN-01", "2026-11-24 10:00"),
    ("2026-11-24 10:00:00", None, None),
    ("2026-11-24 12:59:59.999999", None, None),
    ("2026-11-24 13:00:00", "WIN-01", "2026-11-24 14:00"),
    ("2026-11-24 13:59:59", "WIN-01", "2026-11-24 14:00"),
    ("2026-11-24 14:00:00", None, None),
    ("2026-11-24 19:59:59.999999", None, None),
    ("2026-11-24 20:00:00", "WIN-01", "2026-11-25 10:00"),
    ("2026-11-24 23:59:59", "WIN-01", "2026-11-25 10:00"),
    ("2026-11-25 00:00:00", "WIN-01", "2026-11-25 10:00"),
    ("2026-11-27 20:00:00", "WIN-01", "2026-11-30 10:00"),  # Friday evening -> Monday
    ("2026-11-28 11:00:00", "WIN-01", "2026-11-30 10:00"),  # Saturday
    ("2026-11-29 11:00:00", "WIN-01", "2026-11-30 10:00"),  # Sunday
    ("2026-12-25 11:00:00", "HOL-01", "2026-12-28 10:00"),  # Christmas, a Friday
    ("2026-12-24 20:00:00", "WIN-01", "2026-12-28 10:00"),
    ("2027-01-01 11:00:00", "HOL-01", "2027-01-04 10:00"),
    ("2027-03-26 11:00:00", None, None),  # Good Friday binds in Alsace and Moselle only
    ("2027-03-29 11:00:00", "HOL-01", "2027-03-30 10:00"),  # Easter Monday
    ("2027-05-06 11:00:00", "HOL-01", "2027-05-07 10:00"),  # Ascension, a Thursday
    ("2027-05-17 11:00:00", "HOL-01", "2027-05-18 10:00"),  # Whit Monday
    ("2027-07-14 11:00:00", "HOL-01", "2027-07-15 10:00"),
]


@pytest.mark.parametrize(("at", "rule", "opens"), WIN_01)
def test_consumers_are_called_on_the_days_and_at_the_hours_of_d223_9(
    at: str, rule: str | None, opens: str | None
) -> None:
    clearance = decide(at=paris(at))
    assert rules_of(clearance) == ([rule] if rule else [])
    assert clearance.not_before == (paris(opens) if opens else None)


#: The zone that decides is the person's: number, recorded territory, 10:00 there in UTC.
ZONES = [
    ("06 12 34 56 78", "FR", "2026-11-24T09:00"),
    ("06 12 34 56 78", None, "2026-11-24T09:00"),
    ("01 42 00 00 01", None, "2026-11-24T09:00"),
    ("06 12 34 56 78", "GP", "2026-11-24T14:00"),  # The person's place wins over the prefix
    ("06 90 12 34 56", None, "2026-11-24T14:00"),
    ("06 90 12 34 56", "FR", "2026-11-24T09:00"),
    ("05 94 12 34 56", None, "2026-11-24T13:00"),
    ("06 96 12 34 56", None, "2026-11-24T14:00"),
    ("02 62 12 34 56", None, "2026-11-24T06:00"),
    ("06 39 12 34 56", None, "2026-11-24T07:00"),
    ("05 08 41 22 33", None, "2026-11-24T13:00"),
    ("06 12 34 56 78", "MF", "2026-11-24T14:00"),
    ("+687 75 12 34", None, "2026-11-23T23:00"),
    ("+681 82 12 34", None, "2026-11-23T22:00"),
    # French Polynesia: open in all three zones at once, so as the latest one opens.
    ("+689 87 41 23 45", None, "2026-11-24T20:00"),
]


@pytest.mark.parametrize(("number", "territory", "opens"), ZONES)
def test_hours_are_those_of_the_callees_zone(
    number: str, territory: str | None, opens: str
) -> None:
    opening = datetime.fromisoformat(opens).replace(tzinfo=UTC)
    callee = a_callee(number, territory=territory)
    assert decide(callee, at=opening).granted
    closed = decide(callee, at=opening - timedelta(microseconds=1))
    assert not closed.granted
    assert closed.not_before == opening


#: The clocks change in Paris on 2027-03-28 and 2027-10-31; the hours are local all the same.
DAYLIGHT = [
    ("2027-03-26T09:00:00+00:00", True),
    ("2027-03-30T07:59:59+00:00", False),
    ("2027-03-30T08:00:00+00:00", True),
    ("2027-03-30T18:00:00+00:00", False),
    ("2026-10-23T08:00:00+00:00", True),
    ("2026-10-26T08:59:59+00:00", False),
    ("2026-10-26T09:00:00+00:00", True),
]


@pytest.mark.parametrize(("at", "granted"), DAYLIGHT)
def test_hours_follow_the_clocks_change(at: str, granted: bool) -> None:
    assert decide(at=datetime.fromisoformat(at)).granted is granted


#: Local holidays, closed by policy: territory, day, whether it is closed.
LOCAL = [
    ("FR-67", "2027-03-26", True),
    ("FR-57", "2028-04-14", True),
    ("FR-68", "2028-12-26", True),
    ("FR-75", "2027-03-26", False),
    ("YT", "2027-04-27", True),
    ("RE", "2027-04-27", False),
    ("MQ", "2028-05-22", True),
    ("GP", "2027-05-27", True),
    ("MF", "2027-05-27", True),
    ("MF", "2027-05-28", True),
    ("GP", "2027-05-28", False),
    ("GF", "2027-06-10", True),
    ("BL", "2028-10-09", True),
    ("RE", "2027-12-20", True),
]


@pytest.mark.parametrize(("territory", "day", "is_closed"), LOCAL)
def test_local_holidays_are_closed_where_they_are_kept(
    territory: str, day: str, is_closed: bool
) -> None:
    zone = {"RE": "+04:00", "YT": "+03:00", "GF": "-03:00"}.get(
        territory, "+02:00" if territory.startswith("FR") else "-04:00"
    )
    given = datetime.fromisoformat(f"{day}T12:00:00{zone}").replace(month=1, day=15)
    facts = some_facts(
        consent_texts={"web-2026": a_consent_text(valid_from=datetime(2026, 1, 1, tzinfo=UTC))}
    )
    callee = a_callee(territory=territory, basis=a_basis(at=given))
    clearance = decide(callee, facts, datetime.fromisoformat(f"{day}T12:00:00{zone}"))
    assert ("HOL-02" in rules_of(clearance)) is is_closed


def test_a_local_holiday_is_policy_and_a_national_one_is_law() -> None:
    alsace = decide(a_callee(territory="FR-67"), at=paris("2027-03-26 11:00"))
    national = decide(at=paris("2026-12-25 11:00"))
    assert [finding.law_or_policy.value for finding in alsace.findings] == ["policy"]
    assert [finding.law_or_policy.value for finding in national.findings] == ["law"]


def test_a_precise_slot_agreed_and_proved_lifts_the_hours() -> None:
    slot = Slot(paris("2026-11-28 11:00"), paris("2026-11-28 11:30"), proof="enregistrement 42")
    callee = a_callee(basis=a_basis(slot=slot))
    assert decide(callee, at=paris("2026-11-28 11:00")).granted
    assert rules_of(decide(callee, at=paris("2026-11-28 11:30"))) == ["WIN-01"]
    unproved = a_callee(basis=a_basis(slot=Slot(slot.opens, slot.closes, proof="")))
    assert rules_of(decide(unproved, at=paris("2026-11-28 11:00"))) == ["WIN-01"]


#: Paris time of a call to a company's switchboard.
LEGAL_ENTITY = [
    ("2026-11-24 08:59:59", False),
    ("2026-11-24 09:00:00", True),
    ("2026-11-24 13:30:00", True),
    ("2026-11-24 17:59:59", True),
    ("2026-11-24 18:00:00", False),
    ("2026-11-28 11:00:00", False),
]


@pytest.mark.parametrize(("at", "granted"), LEGAL_ENTITY)
def test_legal_entities_are_called_in_office_hours_by_policy(at: str, granted: bool) -> None:
    callee = a_callee(
        "01 42 00 00 01",
        kind=CalleeKind.LEGAL_ENTITY,
        basis=a_basis(kind=BasisKind.LEGITIMATE_INTEREST),
    )
    clearance = decide(callee, some_facts(job_related=True), paris(at))
    assert clearance.granted is granted
    assert rules_of(clearance) == ([] if granted else ["WIN-06"])


INFORMATIONAL = [
    ("2026-11-24 07:59:59", False),
    ("2026-11-24 08:00:00", True),
    ("2026-11-28 20:59:59", True),
    ("2026-11-28 21:00:00", False),
    ("2026-11-29 11:00:00", False),
]


@pytest.mark.parametrize(("at", "granted"), INFORMATIONAL)
def test_information_is_left_from_8_to_21_but_on_sundays_by_policy(at: str, granted: bool) -> None:
    callee = a_callee(basis=a_basis(kind=BasisKind.CONTRACT))
    clearance = decide(callee, some_facts(kind=MessageKind.INFORMATIONAL), paris(at))
    assert clearance.granted is granted


def test_a_mobile_of_a_legal_entity_has_a_consumers_hours() -> None:
    callee = a_callee(kind=CalleeKind.LEGAL_ENTITY)
    assert rules_of(decide(callee, at=paris("2026-11-24 09:30"))) == ["WIN-01"]


def test_a_survey_keeps_consumers_hours_by_policy() -> None:
    facts = some_facts(kind=MessageKind.SURVEY)
    assert rules_of(decide(facts=facts, at=paris("2026-11-24 13:30"))) == ["WIN-05"]


def test_a_drop_that_opens_after_the_campaigns_end_is_refused_at_once() -> None:
    evening, next_day = paris("2026-11-24 20:30"), paris("2026-11-25 10:00")
    late = decide(facts=some_facts(until=next_day), at=evening)
    assert reasons_of(late) == ["closed_hours", "campaign_over"]
    assert late.not_before is None
    in_time = decide(facts=some_facts(until=paris("2026-11-25 10:01")), at=evening)
    assert in_time.not_before == next_day


def test_a_campaign_that_is_over_calls_nobody() -> None:
    assert reasons_of(decide(facts=some_facts(until=OPEN))) == ["campaign_over"]


#: What a provider may take to leave a message.
LATE = timedelta(minutes=60)

WORST = [
    ("2026-11-24 10:00:00", True),
    ("2026-11-24 11:59:59", True),
    ("2026-11-24 12:00:00", False),  # by 13:00 it may not be left yet
    ("2026-11-24 12:59:59", False),
    ("2026-11-24 14:00:00", True),
    ("2026-11-24 18:59:59", True),
    ("2026-11-24 19:00:00", False),
]


@pytest.mark.parametrize(("at", "granted"), WORST)
def test_a_batch_leaves_only_if_the_window_outlasts_the_worst_delay(at: str, granted: bool) -> None:
    assert decide(facts=some_facts(worst_delay=LATE), at=paris(at)).granted is granted


def test_a_lunch_break_between_two_open_instants_counts() -> None:
    late = some_facts(worst_delay=timedelta(minutes=90))
    noon = decide(facts=late, at=paris("2026-11-24 12:45"))
    assert reasons_of(noon) == ["closes_too_soon"]
    assert noon.not_before == paris("2026-11-24 14:00")
    evening = decide(facts=late, at=paris("2026-11-24 19:00"))
    assert evening.not_before == paris("2026-11-25 10:00")


def test_a_window_that_closes_earlier_where_somebody_may_be_closes_for_all() -> None:
    callee = a_callee(territory="RE")  # three hours ahead of Paris in winter
    late = decide(callee, some_facts(worst_delay=LATE), paris("2026-11-24 16:30"))
    assert reasons_of(late) == ["closes_too_soon"]


def test_what_ends_within_the_worst_delay_refuses_now() -> None:
    end = paris("2026-11-24 11:00")
    facts = some_facts(worst_delay=LATE, until=end)
    assert reasons_of(decide(facts=facts, at=paris("2026-11-24 10:30"))) == ["campaign_over"]
    assert decide(facts=some_facts(until=end), at=paris("2026-11-24 10:30")).granted


def test_an_agreed_slot_must_outlast_the_worst_delay_too() -> None:
    slot = Slot(paris("2026-11-24 21:00"), paris("2026-11-24 21:45"), proof="enregistrement 7")
    callee = a_callee(basis=a_basis(slot=slot))
    at = paris("2026-11-24 21:00")
    assert decide(callee, at=at).granted
    assert not decide(callee, some_facts(worst_delay=LATE), at).granted
    assert decide(callee, some_facts(worst_delay=timedelta(minutes=30)), at).granted
