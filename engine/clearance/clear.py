"""Whether this callee may be called, with this message, at this instant."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta

from engine.basis import Question, weigh
from engine.callee import Callee, CalleeKind
from engine.clearance.caller_id import check_caller_id
from engine.clearance.case import (
    Case,
    check_declaration,
    check_destination,
    check_sector,
    check_suppression,
    make_case,
)
from engine.clearance.facts import Facts
from engine.clearance.hours import check_attempts, check_hours
from engine.clearance.message import check_message, check_opt_out_number
from engine.clearance.paper import AnnouncementHashes, Clearance
from engine.law import Finding, Law, NotInForce, Standing


def clear(callee: Callee, facts: Facts, law: Law, at: datetime) -> Clearance:
    """Return the clearance of one call, granted or with every reason against it.

    It never raises for "no"; what is unknown refuses. *at* must be aware.
    """
    if at.tzinfo is None:
        raise ValueError("A clearance is made at an aware instant")
    findings = _findings(callee, facts, law, at)
    if facts.worst_delay:
        findings = _with_the_worst(findings, callee, facts, law, at)
    sender_number = facts.caller_id.number.e164 if facts.caller_id else ""
    return Clearance(
        granted=not findings,
        at=at,
        number=callee.number.e164,
        caller_id=sender_number,
        route=facts.route or "",
        announcements=AnnouncementHashes(facts.person.sha256 or "", facts.machine.sha256 or ""),
        findings=findings,
    )


def _findings(callee: Callee, facts: Facts, law: Law, at: datetime) -> tuple[Finding, ...]:
    """Return every reason to refuse, in the order of the checks."""
    case = make_case(callee, facts, law, at)
    try:
        findings = [finding for check in CHECKS for finding in check(case)]
        findings.extend(_campaign_end(case, findings))
    except NotInForce as error:
        silent = "rulebook_silent"
        return (
            Finding(
                "ORD-00",
                "—",
                Standing.POLICY,
                silent,
                {"day": str(case.rules.day), "what": str(error)},
            ),
        )
    return tuple(_with_its_standing(case, finding) for finding in findings)


def _with_the_worst(
    findings: tuple[Finding, ...], callee: Callee, facts: Facts, law: Law, at: datetime
) -> tuple[Finding, ...]:
    """Add what stands against the call only once its provider is as late as can be.

    A consent, a campaign or a version of a rule may end meanwhile.
    """
    alone = replace(facts, worst_delay=timedelta())
    known = {finding.rule for finding in findings}
    later = _findings(callee, alone, law, at + facts.worst_delay)
    return (*findings, *(finding for finding in later if finding.rule not in known))


def _with_its_standing(case: Case, finding: Finding) -> Finding:
    """Call policy what the text does not itself ask of this message to this callee."""
    kind = case.facts.kind
    if kind is None or finding.law_or_policy is Standing.POLICY:
        return finding
    callee = CalleeKind.CONSUMER if case.is_consumer else CalleeKind.LEGAL_ENTITY
    standing = case.rules.standing(finding, kind.value, callee.value)
    return finding if standing is Standing.LAW else replace(finding, law_or_policy=standing)


def _check_basis(case: Case) -> Iterator[Finding]:
    """Hold the callee's ground against the kind of message."""
    facts = case.facts
    if facts.kind is None:
        return iter(())
    question = Question(
        basis=case.callee.basis,
        kind=facts.kind,
        is_consumer=case.is_consumer,
        sender_id=facts.sender.id if facts.sender else None,
        texts=facts.consent_texts,
        job_related=facts.job_related,
        opt_out_at_start=facts.opt_out_at_start,
        at=case.at,
    )
    return weigh(question, case.rules)


def _check_paper(case: Case) -> Iterator[Finding]:
    """Refuse what would leave without a sender or a route."""
    if case.facts.sender is None:
        yield case.rules.finding("paper", "sender_missing")
    if case.facts.route:
        return
    for route in case.facts.unfit_routes:
        found = case.rules.finding("route_reach", route.reason)
        yield replace(found, facts=dict(route.facts))
    if not case.facts.unfit_routes:
        yield case.rules.finding("paper", "route_missing")


def _campaign_end(case: Case, findings: list[Finding]) -> Iterator[Finding]:
    """Refuse at once what could only be called after the campaign's end."""
    end = case.facts.until
    if end is None:
        return
    opening = max([case.at, *(finding.until for finding in findings if finding.until)])
    if opening >= end:
        yield case.rules.finding(
            "campaign_end",
            "campaign_over",
            end=_local(case, end),
            opening=_local(case, opening),
        )


def _local(case: Case, at: datetime) -> str:
    """Return an instant as the callee's clock shows it, where it is known."""
    zone = case.zones[0] if case.zones else at.tzinfo
    return at.astimezone(zone).isoformat(sep=" ", timespec="minutes")


#: The checks, in the order in which a lawyer asks.
CHECKS: tuple[Callable[[Case], Iterator[Finding]], ...] = (
    check_destination,
    check_declaration,
    check_sector,
    check_suppression,
    _check_basis,
    check_caller_id,
    check_message,
    check_opt_out_number,
    _check_paper,
    check_hours,
    check_attempts,
)
