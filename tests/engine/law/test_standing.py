"""A refusal is called law only where the text itself binds; our stricter reading is policy."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from engine.callee import BasisKind, CalleeKind, MessageKind
from engine.clearance import Clearance
from engine.law import Standing
from engine.operations.objection import OBJECTION
from tests.engine.law.builders import (
    LAW,
    OPEN,
    a_basis,
    a_callee,
    a_caller_id,
    decide,
    paris,
    some_facts,
)

LAWS, POLICY = Standing.LAW.value, Standing.POLICY.value
FOUR = [OPEN - timedelta(days=day) for day in (1, 2, 3, 4)]
HOLIDAY = paris("2026-12-25 11:00")

#: What is against the call -> its rule, and whether it is law for marketing, and for a survey.
CASES = [
    ({"sector": "renov_energy"}, OPEN, "CON-14", POLICY),
    ({"sector": "renov_energy"}, OPEN, "CON-15", POLICY),
    ({"sector": "cpf"}, OPEN, "CON-17", POLICY),
    ({"attempts": FOUR}, OPEN, "WIN-02", POLICY),
    ({}, HOLIDAY, "HOL-01", POLICY),
    ({"suppressed": True}, OPEN, "GDP-04", POLICY),
    ({"caller_id": a_caller_id(assignee="autre")}, OPEN, "CID-12", POLICY),
    ({"caller_id": a_caller_id("06 39 98 00 01")}, OPEN, "CID-07", LAWS),
    ({"opt_out_number": "0892 00 00 01"}, OPEN, "SVA-04", POLICY),
]


def standing_of(clearance: Clearance, rule: str) -> str:
    return next(found.law_or_policy.value for found in clearance.findings if found.rule == rule)


@pytest.mark.parametrize(("changes", "at", "rule", "survey"), CASES)
def test_a_rule_made_for_marketing_is_policy_for_a_survey(
    changes: dict[str, object], at: datetime, rule: str, survey: str
) -> None:
    marketing = decide(facts=some_facts(**changes), at=at)
    other = decide(facts=some_facts(kind=MessageKind.SURVEY, **changes), at=at)
    assert (standing_of(marketing, rule), standing_of(other, rule)) == (LAWS, survey)


def test_the_terms_of_consumers_consent_are_policy_for_a_switchboard() -> None:
    old = a_basis(at=OPEN - timedelta(days=366))
    consumer = a_callee(basis=old)
    switchboard = a_callee("01 42 00 00 01", kind=CalleeKind.LEGAL_ENTITY, basis=old)
    facts = some_facts(job_related=True)
    assert standing_of(decide(consumer, facts), "CON-05") == LAWS
    assert standing_of(decide(switchboard, facts), "CON-05") == POLICY


@pytest.mark.parametrize("kind", MessageKind)
def test_objection_is_law_against_whatever_prospects(kind: MessageKind) -> None:
    prospects = {MessageKind.MARKETING, MessageKind.POLITICAL, MessageKind.CHARITY}
    clearance = decide(facts=some_facts(kind=kind, suppressed=True))
    assert standing_of(clearance, "GDP-04") == (LAWS if kind in prospects else POLICY)


def test_a_rule_without_bounds_is_law_for_all() -> None:
    callee = a_callee(basis=replace(a_basis(kind=BasisKind.CONTRACT), source=None))
    facts = some_facts(kind=MessageKind.INFORMATIONAL)
    assert standing_of(decide(callee, facts), "GDP-02") == LAWS


def test_the_rulebook_binds_kinds_that_there_are() -> None:
    kinds, callees = {kind.value for kind in MessageKind}, {kind.value for kind in CalleeKind}
    for parameter in LAW.parameters.values():
        for version in parameter.versions:
            assert (version.binds_kinds or kinds) <= kinds, parameter.name
            assert (version.binds_callees or callees) <= callees, parameter.name


def test_an_objection_cites_the_same_article_whenever_it_refuses() -> None:
    refused = decide(facts=some_facts(suppressed=True)).findings[0]
    assert (OBJECTION.rule, OBJECTION.article) == (refused.rule, refused.article)
    assert LAW.parameters["suppression"].rule == OBJECTION.rule
