"""Whether a callee may be connected with the sender's people, at their own wish.

A transfer is a second call, from us to the sender. It rings the sender's own staff, because the
callee asked for it on a line that is open already: nobody is solicited. So neither the hours of
D. 223-9, nor consent, nor the suppression register applies to it (a sender may well have asked
not to be prospected itself), and it is no attempt on the callee. Everything that protects who
sees the number and where the call goes holds as for any call: the number shown is an NPV of the
sender's own, verified (C. consom. art. L. 221-17), never the callee's and never hidden; and the
destination is an ordinary French line that the operator declared beforehand. Whether anybody is
there at that hour is the flow's to know (`Sender.reception_hours`).
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from datetime import datetime

from engine.callee import Basis, BasisKind, Callee, CalleeKind, MessageKind
from engine.clearance.caller_id import check_caller_id
from engine.clearance.case import Case, check_destination, make_case
from engine.clearance.facts import CallerId, Facts, Sender
from engine.clearance.paper import AnnouncementHashes, Clearance
from engine.law import Finding, Law, NotInForce, Standing
from engine.numbers import NumberRefused, PhoneNumber, mask, parse


@dataclass(frozen=True, slots=True)
class TransferFacts:
    """Everything about a transfer but where it goes; `None` is unknown, and refuses."""

    sender: Sender | None = None
    caller_id: CallerId | None = None
    "The sender's own number, to be shown to the sender's people."
    route: str | None = None
    declared: Collection[str] | None = None
    "The numbers, in E.164, that the operator declared for transfers."


def clear_transfer(number: str, facts: TransferFacts, law: Law, at: datetime) -> Clearance:
    """Return the clearance of the second call of a transfer, granted or with every reason why not.

    It never raises for "no"; what is unknown refuses. *number* is E.164 or as people write it,
    *at* must be aware.
    """
    if at.tzinfo is None:
        raise ValueError("A clearance is made at an aware instant")
    target = _parsed(number)
    findings = _findings(number, target, facts, law=law, at=at)
    return Clearance(
        granted=not findings,
        at=at,
        number=target.e164 if target else "",
        caller_id=facts.caller_id.number.e164 if facts.caller_id else "",
        route=facts.route or "",
        announcements=AnnouncementHashes(),
        findings=findings,
    )


def _parsed(number: str) -> PhoneNumber | None:
    """Return the number; `None` for a short or emergency number, or what is none at all."""
    try:
        return parse(number)
    except NumberRefused:
        return None


def _findings(
    written: str, target: PhoneNumber | None, facts: TransferFacts, *, law: Law, at: datetime
) -> tuple[Finding, ...]:
    rules = law.at(at.date())
    try:
        if target is None:
            return (rules.finding("transfer", "transfer_no_line", number=mask(written)),)
        case = _case(target, facts, law, at)
        findings = [
            *_paper(case, facts),
            *check_caller_id(case),
            *_destination(case),
            *_declared(case, facts),
        ]
    except NotInForce as error:
        day = {"day": str(rules.day), "what": str(error)}
        return (Finding("ORD-00", "—", Standing.POLICY, "rulebook_silent", day),)
    kind, callee = MessageKind.INFORMATIONAL.value, CalleeKind.LEGAL_ENTITY.value
    return tuple(
        replace(finding, law_or_policy=rules.standing(finding, kind, callee))
        for finding in findings
    )


def _case(target: PhoneNumber, facts: TransferFacts, law: Law, at: datetime) -> Case:
    """Return the case of a call to the sender itself, by contract: nothing is offered to it."""
    staff = Callee(target, CalleeKind.LEGAL_ENTITY, target.territory, Basis(BasisKind.CONTRACT))
    return make_case(staff, Facts(sender=facts.sender, caller_id=facts.caller_id), law, at)


def _paper(case: Case, facts: TransferFacts) -> Iterator[Finding]:
    if facts.sender is None:
        yield case.rules.finding("paper", "sender_missing")
    if not facts.route:
        yield case.rules.finding("paper", "route_missing")


def _destination(case: Case) -> Iterator[Finding]:
    """Refuse what is no ordinary line of a territory that the rulebook covers."""
    number = case.callee.number
    if any(check_destination(case)):
        line = number.line.value
        yield case.rules.finding(
            "transfer", "transfer_destination", number=number.masked, line=line
        )
    if case.facts.caller_id is not None and number == case.facts.caller_id.number:
        yield case.rules.finding("transfer", "transfer_to_itself", number=number.masked)


def _declared(case: Case, facts: TransferFacts) -> Iterator[Finding]:
    """Refuse a number that no operator wrote down for this sender: no key chooses whom we call."""
    number = case.callee.number
    if facts.declared is None or number.e164 not in facts.declared:
        yield case.rules.finding("transfer", "transfer_undeclared", number=number.masked)
