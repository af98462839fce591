"""What is not known refuses: taking a fact away never turns a refusal into a grant."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.clearance import (
    BasisKind,
    Callee,
    CalleeKind,
    Clearance,
    Facts,
    MessageKind,
    VariantFacts,
)
from tests.engine.law.builders import (
    OPEN,
    a_basis,
    a_callee,
    a_caller_id,
    a_consent_text,
    decide,
    reasons_of,
    some_facts,
)

FACTS = (
    "sender", "caller_id", "kind", "sector", "purpose", "opt_out_number", "person", "machine",
    "consent_texts", "route", "list_territory", "job_related", "opt_out_at_start", "suppressed",
    "attempts",
)  # fmt: skip
CALLER_ID = ("assignee", "verified_at", "assigned_since", "letter")
BASIS = ("at", "text_id", "channel", "source", "notice", "slot")


def forget(facts: Facts, fact: str) -> Facts:
    unknown: Any = VariantFacts() if fact in ("person", "machine") else None
    return replace(facts, **{fact: unknown})


def without(fact: str) -> dict[str, Any]:
    return {fact: None}


#: Fact that is unknown -> the reason that names it, for a marketing message to a mobile.
MISSING = [
    ("sender", "sender_missing"),
    ("caller_id", "caller_id_missing"),
    ("kind", "kind_missing"),
    ("sector", "sector_missing"),
    ("purpose", "purpose_missing"),
    ("opt_out_number", "opt_out_number_missing"),
    ("person", "message_unchecked"),
    ("machine", "announcement_missing"),
    ("consent_texts", "consent_text_unknown"),
    ("route", "route_missing"),
    ("suppressed", "suppression_unknown"),
    ("attempts", "attempts_unknown"),
]


@pytest.mark.parametrize(("fact", "reason"), MISSING)
def test_an_unknown_fact_refuses_and_is_named(fact: str, reason: str) -> None:
    clearance = decide(facts=forget(some_facts(), fact))
    assert not clearance.granted
    assert reason in reasons_of(clearance)
    assert clearance.not_before is None


@pytest.mark.parametrize("fact", ["at", "text_id", "channel", "source"])
def test_an_unknown_fact_of_the_consent_refuses(fact: str) -> None:
    assert not decide(a_callee(basis=a_basis(**without(fact)))).granted


@pytest.mark.parametrize("fact", ["assignee", "verified_at", "assigned_since"])
def test_an_unknown_fact_of_the_caller_id_refuses(fact: str) -> None:
    assert not decide(facts=some_facts(caller_id=a_caller_id(**without(fact)))).granted


def test_without_any_fact_nothing_raises_and_nothing_is_granted() -> None:
    assert len(decide(facts=Facts()).findings) >= 12


callees = st.builds(
    a_callee,
    st.sampled_from(["0612345678", "0692123456", "0142000001", "+33976123456"]),
    kind=st.sampled_from(CalleeKind),
    territory=st.sampled_from(["FR", "RE", "FR-67", "DE", None]),
    basis=st.builds(
        a_basis,
        kind=st.sampled_from(BasisKind),
        at=st.sampled_from([OPEN - timedelta(days=days) for days in (-1, 1, 84, 366)]),
        channel=st.sampled_from(["ticked_box", "cgu"]),
        notice=st.sampled_from([None, "2026-01"]),
    ),
)
facts = st.builds(
    some_facts,
    kind=st.sampled_from(MessageKind),
    sector=st.sampled_from(["retail", "cpf"]),
    job_related=st.sampled_from([True, False, None]),
    opt_out_at_start=st.sampled_from([True, None]),
    caller_id=st.sampled_from(
        [a_caller_id(), a_caller_id("0142000000"), a_caller_id("0598700000")]
    ),
    consent_texts=st.sampled_from(
        [{"web-2026": a_consent_text()}, {"web-2026": a_consent_text(sender="autre")}]
    ),
    suppressed=st.booleans(),
    attempts=st.lists(
        st.sampled_from([OPEN - timedelta(days=days) for days in (1, 40)]), max_size=5
    ),
)
instants = st.integers(0, 60 * 86400).map(
    lambda second: datetime(2026, 11, 1, tzinfo=UTC) + timedelta(seconds=second)
)


@settings(max_examples=150)
@given(callees, facts, instants, st.data())
def test_taking_a_fact_away_never_grants(
    callee: Callee, known: Facts, at: datetime, data: st.DataObject
) -> None:
    before = decide(callee, known, at)
    for less_callee, less in _fewer(callee, known, data):
        after = decide(less_callee, less, at)
        assert not (after.granted and not before.granted)


def _fewer(callee: Callee, known: Facts, data: st.DataObject) -> list[tuple[Callee, Facts]]:
    caller_id = known.caller_id
    assert caller_id is not None
    number_fact = data.draw(st.sampled_from(CALLER_ID))
    basis_fact = data.draw(st.sampled_from(BASIS))
    return [
        (callee, forget(known, data.draw(st.sampled_from(FACTS)))),
        (callee, replace(known, caller_id=replace(caller_id, **without(number_fact)))),
        (replace(callee, basis=replace(callee.basis, **without(basis_fact))), known),
    ]


@settings(max_examples=150)
@given(callees, facts, instants)
def test_a_refusal_has_reasons_and_a_grant_has_none(
    callee: Callee, known: Facts, at: datetime
) -> None:
    clearance: Clearance = decide(callee, known, at)
    assert clearance.granted == (not clearance.findings)
    for finding in clearance.findings:
        assert finding.rule
        assert finding.article
        assert finding.until is None or finding.until > at
        assert finding.compared("fr")
        assert finding.remedy("en")


@settings(max_examples=100)
@given(callees, facts, instants)
def test_waiting_until_not_before_ends_every_reason_of_that_moment(
    callee: Callee, known: Facts, at: datetime
) -> None:
    clearance = decide(callee, known, at)
    if clearance.not_before is not None:
        later = decide(callee, known, clearance.not_before)
        assert clearance.not_before > at
        assert {finding.until for finding in clearance.findings}.isdisjoint(
            {finding.until for finding in later.findings if finding.until}
        )
