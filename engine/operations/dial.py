"""Dialling: clear a claimed drop again at this instant, commit "dialled", then hand over."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import NamedTuple

from engine.call import CampaignState, DropState
from engine.callee import Callee
from engine.campaign import Campaign
from engine.clearance import Clearance, Facts, Sender
from engine.interfaces import (
    AnnouncementVersion,
    CampaignRecord,
    Claim,
    Drop,
    Means,
    Route,
    UnitOfWork,
)
from engine.journal import Entry, Json, Kind
from engine.numbers import PhoneNumber, mask
from engine.operations.control import end_if_over, refused_outcome
from engine.operations.facts import campaign_facts, clear_now, routed
from engine.operations.results import Dial, Gone, Postponed, Refused
from engine.routing import Choice, choose, unfit

#: How soon to look again: the callee is on the line with us already, or the routes just changed.
SOON = timedelta(seconds=2)

#: How long another network's call may last of which nobody knows whether it left: its ring, and
#: the longest that a route may let it last (`limit_s`, 600 s). Over SIP a call ends with us.
MAY_LAST = timedelta(minutes=12)


def dial(
    means: Means, claim: Claim, *, at: datetime, route: str | None = None
) -> Dial | Refused | Postponed | Gone:
    """Clear a claimed drop again and, if granted, commit that it is being dialled.

    The call may leave the machine only once this returned a `Dial`.
    """
    with means.store.write() as unit:
        held = _hold(means, unit, claim)
        result = held if isinstance(held, Gone) else _decide(means, unit, held, at=at, by=route)
    if isinstance(result, Refused):
        end_if_over(means, claim.campaign_id, at=at)
    return result


class _Held(NamedTuple):
    """What a dial has locked."""

    campaign: CampaignRecord
    drop: Drop
    callee: Callee


def _hold(means: Means, unit: UnitOfWork, claim: Claim) -> _Held | Gone:
    """Lock, always in this order: the callee, the campaign, the stop flag, the drop."""
    seen = unit.drops.get(claim.drop_id)
    campaign = unit.campaigns.get(claim.campaign_id)
    if seen is None or campaign is None or seen.callee is None:
        return Gone("erased")
    sender_id = campaign.sender_id
    hash_ = means.keys.suppression_hash(sender_id, seen.callee.number.e164)
    unit.suppressions.lock(sender_id, hash_)
    state = unit.campaigns.hold(campaign.id, to_change=False)
    is_stopped = unit.campaigns.is_stopped()
    drop = unit.drops.hold(claim.drop_id)
    if drop is None or drop.callee is None:
        return Gone("erased")
    if drop.state is not DropState.CLAIMED or drop.worker != claim.worker:
        return Gone(f"the drop is {drop.state.value}, not this process's to dial")
    if is_stopped or state is not CampaignState.RUNNING:
        unit.drops.postpone(drop.id, drop.due_at)
        return Gone("everything is stopped" if is_stopped else "the campaign is not running")
    return _Held(campaign, drop, drop.callee)


def _decide(
    means: Means,
    unit: UnitOfWork,
    held: _Held,
    *,
    at: datetime,
    by: str | None,
) -> Dial | Refused | Postponed:
    campaign, drop, callee = held
    version = unit.setup.announcement_version(campaign.announcement_id)
    route, choice = _route(unit, campaign.definition, callee.number, by=by)
    if route is None and choice.fit:
        unit.drops.postpone(drop.id, at + SOON)
        return Postponed(at + SOON)
    about = campaign_facts(unit, campaign.definition, version, rules=means.law.at(at.date()))
    facts = routed(about, route, choice.unfit)
    paper = clear_now(means, unit, callee, facts, at=at)
    if paper.granted and route and version and facts.sender:
        unknown_since = at - MAY_LAST
        if unit.calls.is_on_line(facts.sender.id, paper.number, unknown_since=unknown_since):
            unit.drops.postpone(drop.id, at + SOON)
            return Postponed(at + SOON)
        call_id = _grant(means, unit, held, paper=paper, facts=facts, route=route)
        dialled = _dial(
            held, call_id, paper=paper, sender=facts.sender, route=route, version=version
        )
        if campaign.scenario_id is None:
            return dialled
        return replace(dialled, scenario=unit.scenarios.version(campaign.scenario_id))
    if paper.not_before is not None:
        until = max(paper.not_before, at + timedelta(seconds=1))
        unit.drops.postpone(drop.id, until)
        return Postponed(until)
    unit.drops.end(drop.id, refused_outcome(unit, drop), paper.findings)
    unit.journal.write(_entry(means, Kind.REFUSED, held, paper=paper, facts=facts))
    return Refused(paper)


def _route(
    unit: UnitOfWork, campaign: Campaign, number: PhoneNumber, *, by: str | None
) -> tuple[Route | None, Choice]:
    """Return the route asked for, or the first, if it fits; and which of the campaign's do."""
    if by and by in campaign.routes:
        route = unit.setup.route(by)
        if route is not None and unfit(route, number, campaign.caller_id) is None:
            return route, Choice((by,), ())
    routes = {name: unit.setup.route(name) for name in campaign.routes}
    choice = choose(filter(None, routes.values()), number, campaign.caller_id)
    return (routes[choice.fit[0]] if by is None and choice.fit else None), choice


def _grant(
    means: Means, unit: UnitOfWork, held: _Held, *, paper: Clearance, facts: Facts, route: Route
) -> int:
    """Write that the call is cleared and dialled; return its id."""
    campaign, drop, _ = held
    sender = facts.sender
    if sender is None or drop.worker is None:
        raise ValueError("a clearance was granted without a sender or a voice process")
    unit.drops.start(drop.id)
    call_id = unit.calls.add(
        drop,
        sender.id,
        caller_id=paper.caller_id,
        route=route.name,
        worker=drop.worker,
        at=paper.at,
    )
    cleared = _entry(means, Kind.CLEARED, held, paper=paper, facts=facts)
    dialled = Entry(
        Kind.DIALLED,
        paper.at,
        cleared.subject,
        campaign.id,
        drop.id,
        call_id,
        {"attempt": drop.attempts + 1, "route": route.name},
    )
    unit.journal.write_all([cleared, dialled])
    return call_id


def _dial(
    held: _Held,
    call_id: int,
    *,
    paper: Clearance,
    sender: Sender,
    route: Route,
    version: AnnouncementVersion,
) -> Dial:
    """Return all that placing and conducting the call takes."""
    definition = held.campaign.definition
    return Dial(
        call_id=call_id,
        drop_id=held.drop.id,
        campaign_id=held.campaign.id,
        paper=paper,
        person=version.variants["person"].alaw,
        machine=version.variants["machine"].alaw,
        ring_s=definition.ring_s,
        sender=sender,
        kind=definition.kind,
        language=version.language,
        opt_out_number=definition.opt_out_number,
        route=route,
    )


def _entry(means: Means, kind: Kind, held: _Held, *, paper: Clearance, facts: Facts) -> Entry:
    """Return the entry of a clearance: what was compared, what the callee consented to."""
    _, drop, callee = held
    detail: dict[str, Json] = {
        "sender": facts.sender.id if facts.sender else None,
        "message_kind": facts.kind.value if facts.kind else None,
        "purpose": facts.purpose,
        "caller_id": mask(paper.caller_id) if paper.caller_id else None,
        "caller_id_subject": means.keys.subject(paper.caller_id) if paper.caller_id else None,
        "announcements": [paper.announcements.person, paper.announcements.machine],
        "basis": _basis(callee, facts),
        "findings": [_finding(finding.to_json()) for finding in paper.findings],
    }
    subject = means.keys.subject(callee.number.e164)
    return Entry(kind, paper.at, subject, drop.campaign_id, drop.id, detail=detail)


def _finding(document: Mapping[str, object]) -> Json:
    return {
        name: value if isinstance(value, str) or value is None else _texts(value)
        for name, value in document.items()
    }


def _texts(value: object) -> Json:
    """Return a finding's facts, which are texts by name."""
    if isinstance(value, Mapping):
        return {str(name): str(inner) for name, inner in value.items()}
    return str(value)


def _basis(callee: Callee, facts: Facts) -> dict[str, Json]:
    """Return the ground shown: the consent, its text by hash, its source."""
    basis = callee.basis
    consent_text = (facts.consent_texts or {}).get(basis.text_id or "")
    return {
        "callee_kind": callee.kind.value,
        "territory": callee.territory,
        "kind": basis.kind.value,
        "at": basis.at.isoformat() if basis.at else None,
        "text": basis.text_id,
        "text_sha256": consent_text.sha256 if consent_text else None,
        "channel": basis.channel,
        "source": basis.source,
        "notice": basis.notice,
    }
