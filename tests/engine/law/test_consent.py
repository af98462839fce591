"""CPCE art. L. 34-5, C. consom. art. L. 223-1, R. 223-1: consent and its proof; other grounds."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from engine.basis import proof_kept_until
from engine.clearance import BasisKind, Callee, CalleeKind, Facts, MessageKind, Slot
from tests.engine.law.builders import (
    LAW,
    MENTIONS,
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

MICROSECOND = timedelta(microseconds=1)


def consenting(**changes: object) -> Callee:
    return a_callee(basis=a_basis(**changes))


def under(**changes: object) -> Facts:
    return some_facts(
        consent_texts={
            "web-2026": a_consent_text(valid_from=datetime(2025, 1, 1, tzinfo=UTC), **changes)
        }
    )


#: Age of the consent at the call, period that the text states, whether it still holds.
CON_05 = [
    (timedelta(days=1), 365, True),
    (timedelta(days=365), 365, True),
    (timedelta(days=365) + MICROSECOND, 365, False),
    (timedelta(days=90), 90, True),
    (timedelta(days=90) + MICROSECOND, 90, False),
    (timedelta(0), 365, False),  # Not before the call
    (-timedelta(days=1), 365, False),
    (MICROSECOND, 365, True),
]


@pytest.mark.parametrize(("age", "period_days", "granted"), CON_05)
def test_consent_lapses_after_a_year_or_its_shorter_period(
    age: timedelta, period_days: int, granted: bool
) -> None:
    clearance = decide(consenting(at=OPEN - age), under(period_days=period_days))
    assert clearance.granted is granted
    assert clearance.not_before is None


def test_a_longer_period_that_the_text_states_lengthens_nothing() -> None:
    old = consenting(at=OPEN - timedelta(days=366))
    assert "consent_lapsed" in reasons_of(decide(old, under(period_days=400)))


@pytest.mark.parametrize("mention", sorted(MENTIONS))
def test_a_text_without_one_of_the_five_mentions_is_refused(mention: str) -> None:
    clearance = decide(facts=under(mentions=MENTIONS - {mention}))
    assert rules_of(clearance) == ["CON-04"]
    assert clearance.findings[0].facts["missing"] == mention
    assert clearance.findings[0].article == "C. consom. art. R. 223-1, I"


@pytest.mark.parametrize(
    ("period_days", "reason"),
    [(None, "period_missing"), (366, "period_too_long"), (0, "period_too_long")],
)
def test_a_text_states_a_period_of_a_year_at_most(period_days: int | None, reason: str) -> None:
    assert reason in reasons_of(decide(facts=under(period_days=period_days)))


#: The act of consent -> what refuses it.
CON_03 = [
    ("ticked_box", []),
    ("signature", []),
    ("recorded_yes", []),
    ("prechecked_box", ["CON-03"]),
    ("cgu", ["CON-03"]),
    (None, ["CON-03"]),
]


@pytest.mark.parametrize(("channel", "rules"), CON_03)
def test_consent_is_a_clear_affirmative_act(channel: str | None, rules: list[str]) -> None:
    assert rules_of(decide(consenting(channel=channel))) == rules


def test_a_consent_given_to_another_sender_is_refused() -> None:
    assert rules_of(decide(facts=under(sender="partenaire"))) == ["CON-19"]


def test_a_text_that_is_not_registered_is_refused() -> None:
    assert reasons_of(decide(consenting(text_id="inconnu"))) == ["consent_text_unknown"]
    assert reasons_of(decide(consenting(text_id=None))) == ["consent_text_unknown"]


def test_a_text_that_was_altered_is_refused() -> None:
    text = replace(a_consent_text(), text="J'accepte tout.")
    facts = some_facts(consent_texts={"web-2026": text})
    assert reasons_of(decide(facts=facts)) == ["consent_text_altered"]


#: When consent was given, against a text shown from 1 March to 1 October 2026.
SHOWN = [
    (datetime(2026, 2, 28, 23, 59, 59, tzinfo=UTC), False),
    (datetime(2026, 3, 1, tzinfo=UTC), True),
    (datetime(2026, 9, 30, 23, 59, 59, tzinfo=UTC), True),
    (datetime(2026, 10, 1, tzinfo=UTC), False),
]


@pytest.mark.parametrize(("given", "granted"), SHOWN)
def test_the_text_was_shown_when_consent_was_given(given: datetime, granted: bool) -> None:
    text = a_consent_text(
        valid_from=datetime(2026, 3, 1, tzinfo=UTC), valid_to=datetime(2026, 10, 1, tzinfo=UTC)
    )
    clearance = decide(consenting(at=given), some_facts(consent_texts={"web-2026": text}))
    assert clearance.granted is granted


#: Kind of message, kind of callee, ground -> rules that refuse.
GROUNDS = [
    (MessageKind.MARKETING, "06 12 34 56 78", BasisKind.CONTRACT, ["CON-08"]),
    (MessageKind.MARKETING, "06 12 34 56 78", BasisKind.EXISTING_CUSTOMER, ["CON-09"]),
    (MessageKind.MARKETING, "06 12 34 56 78", BasisKind.LEGITIMATE_INTEREST, ["CON-01"]),
    (MessageKind.MARKETING, "06 12 34 56 78", BasisKind.LEGAL_DUTY, ["CON-01"]),
    (MessageKind.INFORMATIONAL, "06 12 34 56 78", BasisKind.CONTRACT, []),
    (MessageKind.INFORMATIONAL, "06 12 34 56 78", BasisKind.LEGAL_DUTY, []),
    (MessageKind.INFORMATIONAL, "06 12 34 56 78", BasisKind.LEGITIMATE_INTEREST, []),
    (MessageKind.INFORMATIONAL, "06 12 34 56 78", BasisKind.CONSENT, []),
    (MessageKind.INFORMATIONAL, "06 12 34 56 78", BasisKind.EXISTING_CUSTOMER, ["CON-20"]),
    (MessageKind.SURVEY, "06 12 34 56 78", BasisKind.LEGITIMATE_INTEREST, ["ORD-05"]),
    (MessageKind.SURVEY, "06 12 34 56 78", BasisKind.CONSENT, []),
]


@pytest.mark.parametrize(("kind", "number", "ground", "rules"), GROUNDS)
def test_each_kind_of_message_has_its_grounds(
    kind: MessageKind, number: str, ground: BasisKind, rules: list[str]
) -> None:
    callee = a_callee(number, basis=a_basis(kind=ground))
    assert rules_of(decide(callee, some_facts(kind=kind))) == rules


def test_marketing_to_a_legal_entity_bears_on_its_profession() -> None:
    callee = a_callee(
        "01 42 00 00 01",
        kind=CalleeKind.LEGAL_ENTITY,
        basis=a_basis(kind=BasisKind.LEGITIMATE_INTEREST),
    )
    assert decide(callee, some_facts(job_related=True)).granted
    assert reasons_of(decide(callee, some_facts(job_related=False))) == ["not_job_related"]
    assert reasons_of(decide(callee, some_facts())) == ["job_related_unknown"]


def test_a_legal_entitys_mobile_is_a_natural_persons() -> None:
    callee = a_callee(
        kind=CalleeKind.LEGAL_ENTITY, basis=a_basis(kind=BasisKind.LEGITIMATE_INTEREST)
    )
    assert rules_of(decide(callee, some_facts(job_related=True))) == ["CON-01"]


def test_where_the_number_comes_from_is_known() -> None:
    assert rules_of(decide(consenting(source=None))) == ["GDP-02"]


def test_a_political_message_wants_the_slot_and_objection_at_its_start() -> None:
    facts = some_facts(kind=MessageKind.POLITICAL)
    assert reasons_of(decide(facts=facts)) == ["opt_out_not_at_start", "slot_missing"]
    slot = Slot(OPEN, OPEN + timedelta(minutes=30), proof="bulletin 7")
    granted = decide(consenting(slot=slot), replace(facts, opt_out_at_start=True))
    assert granted.granted


def test_a_charity_message_wants_the_notice_shown_at_collection() -> None:
    facts = some_facts(kind=MessageKind.CHARITY)
    callee = consenting(kind=BasisKind.LEGITIMATE_INTEREST)
    assert reasons_of(decide(callee, facts)) == ["notice_missing"]
    informed = consenting(kind=BasisKind.LEGITIMATE_INTEREST, notice="2026-01")
    assert decide(informed, facts).granted


@pytest.mark.parametrize(
    ("given", "kept_until"),
    [("2026-09-01 10:00", "2029-09-01 10:00"), ("2028-02-29 10:00", "2031-03-01 10:00")],
)
def test_a_proof_of_consent_is_kept_three_years_from_collection(
    given: str, kept_until: str
) -> None:
    assert proof_kept_until(paris(given), LAW.at(OPEN.date())) == paris(kept_until)
