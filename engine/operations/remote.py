"""Calls that other networks conduct: whose they are, which must end, which were lost sight of."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from engine.call import CampaignState
from engine.clearance import Facts
from engine.clearance.case import make_case
from engine.clearance.hours import check_hours
from engine.interfaces import Means, SoughtCall, UnitOfWork
from engine.interfaces.reports import RemoteCall
from engine.operations.conclude import conclude
from engine.operations.reports import receive
from engine.outcome import Outcome
from engine.reports import Report, is_terminal

#: How long an account is searched for a call of which nobody knows whether it left.
SOUGHT_FOR = timedelta(hours=6)

#: How long a call of unknown fate may still ring: a network lets calls wait for a day at most.
MAY_RING_FOR = timedelta(hours=24)

#: Why a call is given up that its carrier denies.
DENIED = "its carrier knows no such call any more"


def open_remote(means: Means, worker: str) -> Sequence[RemoteCall]:
    """Return the calls that are not told over, of a voice process and of all dead ones."""
    with means.store.read() as unit:
        return unit.reports.open_calls(worker)


def called_off_remote(means: Means, worker: str, *, at: datetime) -> Sequence[RemoteCall]:
    """Return the calls that nobody has answered and that must stop ringing.

    Those of `open_remote`, and those of unknown fate that a report showed to have left.
    """
    with means.store.read() as unit:
        return unit.reports.called_off(worker, at - MAY_RING_FOR)


def over(means: Means, call_ids: Collection[int]) -> frozenset[int]:
    """Return those of *call_ids* that are told over, or concluded."""
    with means.store.read() as unit:
        return unit.reports.over_of(call_ids)


def sought(means: Means, worker: str, route: str, *, at: datetime) -> Sequence[SoughtCall]:
    """Return the calls of a route of which nobody knows whether they left, `SOUGHT_FOR` at most.

    Those of a voice process, and of all dead ones.
    """
    with means.store.read() as unit:
        return unit.reports.sought(route, worker, at - SOUGHT_FOR)


def close_window(means: Means, worker: str, *, at: datetime) -> int:
    """Call off what waits or rings while its callee's hours have ended; return how many.

    So too what rings of unknown fate against an order since: it was concluded by then, and no
    order marks it. A call that somebody answered goes on: it began in time.
    """
    rings = [call for call in open_remote(means, worker) if not call.is_answered]
    with means.store.read() as unit:
        found = unit.reports.found(worker, at - MAY_RING_FOR)
        late = [call.id for call in (*rings, *found) if _is_late(means, unit, call, at=at)]
        halted = [call.id for call in found if _is_halted(means, unit, call)]
    if ending := sorted({*late, *halted}):
        with means.store.write() as unit:
            unit.reports.call_off(ending)
    return len(ending)


def _is_late(means: Means, unit: UnitOfWork, call: RemoteCall, *, at: datetime) -> bool:
    """Tell whether the callee of a call may not be rung at this instant; an erased one may not."""
    drop = unit.drops.get(call.drop_id)
    campaign = unit.campaigns.get(drop.campaign_id) if drop else None
    if drop is None or drop.callee is None or campaign is None:
        return True
    wanted = campaign.definition
    facts = Facts(kind=wanted.kind, list_territory=wanted.territory)
    return any(check_hours(make_case(drop.callee, facts, means.law, at)))


def _is_halted(means: Means, unit: UnitOfWork, call: RemoteCall) -> bool:
    """Tell whether a call's callee objected, or its campaign was halted, since it was dialled."""
    drop = unit.drops.get(call.drop_id)
    campaign = unit.campaigns.get(drop.campaign_id) if drop else None
    if drop is None or drop.callee is None or campaign is None or unit.campaigns.is_stopped():
        return True
    hash_ = means.keys.suppression_hash(campaign.sender_id, drop.callee.number.e164)
    is_halted = campaign.state in (CampaignState.PAUSED, CampaignState.CANCELLED)
    return is_halted or unit.suppressions.holds(campaign.sender_id, hash_)


def take_look(means: Means, call_id: int, report: Report | None, *, at: datetime) -> bool:
    """Take in how a call stands by its carrier's own list; tell whether its end was lost.

    *report* is `None` where the carrier knows no such call: nobody can tell what became of it.
    """
    if report is None:
        conclude(means, call_id, Outcome.UNKNOWN, cause=DENIED, at=at)
        return False
    is_new = receive(means, [replace(report, call_id=call_id)])
    return bool(is_new) and is_terminal(report)
