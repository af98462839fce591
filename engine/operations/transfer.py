"""Transfer: clear the second call at this instant, and commit that it leaves before it does."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from engine.clearance import CallerId, Clearance, Sender
from engine.clearance.transfer import TransferFacts, clear_transfer
from engine.interfaces import Call, Means, UnitOfWork
from engine.journal import Entry, Json, Kind, without_numbers
from engine.numbers import mask
from engine.operations.results import Gone, Refused
from engine.reports import Report
from engine.scenario import Scenario, Transfer


@dataclass(frozen=True, slots=True)
class TransferWish:
    """What a callee asked for by a key: to be connected with the sender's people."""

    sender_id: str
    target: str = field(repr=False)
    "E.164."
    caller_id: str = field(repr=False)
    "The sender's number to show: the drop's, or the one that was rung."
    route: str
    call_id: int | None = None
    "The drop's call; `None` for a call-back."
    callee: str | None = field(default=None, repr=False)
    "Who asked, in E.164; `None`: a withheld number, or as the call says."


@dataclass(frozen=True, slots=True)
class TransferDial:
    """The transfer is committed: place this second call, once, on this paper."""

    paper: Clearance


@dataclass(frozen=True, slots=True)
class Parting:
    """How a transfer ended."""

    has_talked: bool
    cause: str
    talked_s: float = 0.0


def transfer(
    means: Means, wish: TransferWish, *, at: datetime, told: Report | None = None
) -> TransferDial | Refused | Gone:
    """Clear a transfer and, if granted, commit that its call leaves (`Kind.TRANSFERRED`).

    A refusal is journalled too (`Kind.NOT_TRANSFERRED`), with its articles. `Gone` while
    everything is stopped: then no call leaves, whoever asks for it. *told* is what a network's
    request for the transfer tells, committed with it: asked for again, the same transfer is cleared
    anew and its paper returned, and nothing is written twice; `Gone` where it was refused before.
    """
    with means.store.write() as unit:
        if unit.campaigns.is_stopped():
            return Gone("everything is stopped")
        before = unit.reports.known(told.route, told.key) if told else None
        if told and before and before.detail.get("node") != told.detail.get("node"):
            return Gone("it was refused before")
        call = unit.calls.get(wish.call_id) if wish.call_id is not None else None
        paper = clear_transfer(wish.target, _facts(unit, wish, call), means.law, at)
        if not paper.granted or told is None or unit.reports.receive([told]):
            kind = Kind.TRANSFERRED if paper.granted else Kind.NOT_TRANSFERRED
            detail = _decision(means, wish, paper)
            unit.journal.write(_entry(means, unit, wish, call, kind=kind, detail=detail, at=at))
    return TransferDial(paper) if paper.granted else Refused(paper)


def _decision(means: Means, wish: TransferWish, paper: Clearance) -> dict[str, Json]:
    """Return what the journal keeps of a clearance: whom, showing what, and why not."""
    detail: dict[str, Json] = {
        "sender": wish.sender_id,
        "route": wish.route,
        "target_subject": means.keys.subject(wish.target),
        "caller_id": mask(paper.caller_id) if paper.caller_id else None,
        "caller_id_subject": means.keys.subject(paper.caller_id) if paper.caller_id else None,
    }
    if not paper.granted:
        detail["findings"] = [
            {"rule": finding.rule, "article": finding.article, "reason": finding.reason}
            for finding in paper.findings
        ]
    return detail


def transfer_over(
    means: Means,
    wish: TransferWish,
    parting: Parting,
    *,
    at: datetime,
    told: Report | None = None,
) -> None:
    """Record how a transfer ended (`Kind.PARTED`), once for what a network *told* of it."""
    detail: dict[str, Json] = {
        "sender": wish.sender_id,
        "target_subject": means.keys.subject(wish.target),
        "came_to": "talked" if parting.has_talked else "not_connected",
        "talked_s": round(parting.talked_s, 3),
        "cause": without_numbers(parting.cause),
    }
    with means.store.write() as unit:
        if told is not None and not unit.reports.receive([told]):
            return
        call = unit.calls.get(wish.call_id) if wish.call_id is not None else None
        unit.journal.write(_entry(means, unit, wish, call, kind=Kind.PARTED, detail=detail, at=at))


def _facts(unit: UnitOfWork, wish: TransferWish, call: Call | None) -> TransferFacts:
    sender = unit.setup.sender(wish.sender_id)
    return TransferFacts(
        sender=sender,
        caller_id=_caller_id(unit, wish),
        route=wish.route,
        declared=_declared(unit, sender, call),
    )


def _caller_id(unit: UnitOfWork, wish: TransferWish) -> CallerId | None:
    """Return the number to show: the wish's, or else the sender's first.

    Who rang an opt-out number rang no caller id: an 08 number, say, may not be shown.
    """
    known = unit.setup.caller_id(wish.caller_id)
    own = (each for each in unit.setup.caller_ids() if each.assignee == wish.sender_id)
    return known or next(own, None)


def _declared(unit: UnitOfWork, sender: Sender | None, call: Call | None) -> frozenset[str]:
    """Return the numbers that the operator wrote down: the reception, the scenario's."""
    drop = unit.drops.get(call.drop_id) if call else None
    campaign = unit.campaigns.get(drop.campaign_id) if drop else None
    version = (
        unit.scenarios.version(campaign.scenario_id)
        if campaign and campaign.scenario_id is not None
        else None
    )
    reception = {sender.reception} if sender and sender.reception else set()
    return frozenset(reception | (_targets(version.scenario) if version else set()))


def _targets(scenario: Scenario) -> set[str]:
    menus = [scenario.keys, *(prompt.keys for prompt in scenario.prompts.values())]
    return {
        action.number.e164
        for menu in menus
        for action in menu.values()
        if isinstance(action, Transfer)
    }


def _entry(
    means: Means,
    unit: UnitOfWork,
    wish: TransferWish,
    call: Call | None,
    *,
    kind: Kind,
    detail: dict[str, Json],
    at: datetime,
) -> Entry:
    """Return an entry of the callee's own: what follows from a key belongs to who pressed it."""
    drop = unit.drops.get(call.drop_id) if call else None
    callee = call.number if call else wish.callee
    return Entry(
        kind,
        at,
        means.keys.subject(callee) if callee else None,
        drop.campaign_id if drop else None,
        drop.id if drop else None,
        call.id if call else None,
        detail,
    )
