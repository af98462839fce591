"""Control: pause, resume, cancel, stop; each takes effect on the very next claim or dial."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType

from engine.call import CAMPAIGN_STEPS, CampaignState, Order
from engine.health import Guarded, Hindered, Pause, paused_for
from engine.interfaces import Drop, Means, UnitOfWork
from engine.journal import Entry, Json, Kind
from engine.outcome import Outcome


def pause(
    means: Means, campaign_id: str, *, at: datetime, because: Pause | Hindered | None = None
) -> bool:
    """Stop dialling a campaign and call off what rings; False when it is not running.

    *because* says what a guard found, or what hinders its route; without it an operator asked.
    """
    detail = because.to_json() if because else {}
    with means.store.write() as unit:
        if _step(unit, campaign_id, Order.PAUSE, Kind.PAUSED, at, detail=detail) is None:
            return False
        unit.health.pause_for(campaign_id, because.written() if because else None)
        unit.calls.call_off_campaign(campaign_id)
        return True


def resume(means: Means, campaign_id: str, *, at: datetime) -> bool:
    """Dial a paused campaign again; False when it is not paused.

    The guard that paused it judges the calls from now on.
    """
    with means.store.write() as unit:
        if _step(unit, campaign_id, Order.RESUME, Kind.RESUMED, at) is None:
            return False
        record = unit.campaigns.get(campaign_id)
        if record is not None and record.paused_for:
            because = paused_for(record.paused_for)
            if isinstance(because, Pause):
                is_route = because.guarded is Guarded.ROUTE
                of = because.of if is_route else record.definition.caller_id.e164
                unit.settings.put(resumed_setting(because.guarded, of), at.isoformat())
            unit.health.pause_for(campaign_id, None)
        return True


def resumed_setting(guarded: Guarded, of: str) -> str:
    """Name the setting that says when an operator last resumed what a guard had paused."""
    digest = hashlib.sha256(f"{guarded.value}.{of}".encode()).hexdigest()
    return f"health.resumed.{digest[:32]}"


def cancel(means: Means, campaign_id: str, *, at: datetime) -> bool:
    """End a campaign: what was not dialled never will be, what rings is called off.

    False when it has ended already.
    """
    with means.store.write() as unit:
        if _step(unit, campaign_id, Order.CANCEL, Kind.CANCELLED, at) is None:
            return False
        unit.drops.end_all(campaign_id, Outcome.CANCELLED)
        unit.calls.call_off_campaign(campaign_id)
        return True


def stop(means: Means, *, at: datetime) -> bool:
    """Stop every campaign at once and call off what rings; False when all is stopped already."""
    with means.store.write() as unit:
        if not unit.campaigns.set_stop(True, at):
            return False
        unit.calls.call_off_all()
        unit.journal.write(Entry(Kind.STOPPED, at))
        return True


def called_off(means: Means, worker: str) -> frozenset[int]:
    """Return a voice process's open calls that must stop ringing.

    Their callee has objected, or their campaign was paused, cancelled or stopped, since they were
    dialled. A call that somebody has answered may be among them: it is a conversation by now.
    """
    with means.store.read() as unit:
        return frozenset(unit.calls.called_off(worker))


def restart(means: Means, *, at: datetime) -> bool:
    """Lift the stop; False when nothing was stopped."""
    with means.store.write() as unit:
        if not unit.campaigns.set_stop(False, at):
            return False
        unit.journal.write(Entry(Kind.RESTARTED, at))
        return True


def refused_outcome(unit: UnitOfWork, drop: Drop) -> Outcome:
    """Return how a refused drop ends: as its last call did, where one was made.

    `Outcome.REFUSED` says that nobody was called; the findings say why nobody is called again.
    """
    calls = unit.calls.of_drop(drop.id)
    return (calls[-1].outcome if calls else None) or Outcome.REFUSED


def end_if_over(means: Means, campaign_id: str, *, at: datetime) -> bool:
    """End a campaign whose every drop has its outcome; False while one has not."""
    with means.store.read() as unit:
        if unit.drops.any_open(campaign_id):
            return False
    with means.store.write() as unit:
        state = unit.campaigns.hold(campaign_id, to_change=True)
        if state is None or unit.drops.any_open(campaign_id):
            return False
        after = CAMPAIGN_STEPS.get((state, Order.END))
        if after is not None:
            unit.campaigns.move(campaign_id, after, at)
        return after is not None


def start(unit: UnitOfWork, campaign_id: str, at: datetime) -> bool:
    """Let a campaign run whose rows are all there; False when it was cancelled meanwhile."""
    state = unit.campaigns.hold(campaign_id, to_change=True)
    after = CAMPAIGN_STEPS.get((state, Order.START)) if state else None
    if after is not None:
        unit.campaigns.move(campaign_id, after, at)
        unit.campaigns.beat(campaign_id, None)
    return after is not None


def _step(
    unit: UnitOfWork,
    campaign_id: str,
    order: Order,
    kind: Kind,
    at: datetime,
    *,
    detail: Mapping[str, Json] = MappingProxyType({}),
) -> CampaignState | None:
    state = unit.campaigns.hold(campaign_id, to_change=True)
    after = CAMPAIGN_STEPS.get((state, order)) if state else None
    if after is not None:
        unit.campaigns.move(campaign_id, after, at)
        unit.journal.write(Entry(kind, at, campaign=campaign_id, detail=detail))
    return after
