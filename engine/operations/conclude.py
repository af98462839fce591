"""What happens on a call and what becomes of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from functools import reduce

from engine.call import CampaignState, DropState, retry_at
from engine.interfaces import Call, CampaignRecord, Drop, Means, UnitOfWork
from engine.journal import Entry, Json, Kind, without_numbers
from engine.operations.control import end_if_over
from engine.outcome import Outcome, further
from engine.reports import Noted, Picture, entries


def answered(means: Means, call_id: int, *, by: str, at: datetime) -> None:
    """Record that a call was answered, and by whom it seems."""
    with means.store.write() as unit:
        if call := _held(means, unit, call_id):
            unit.calls.answer(call_id, at)
            noted = Noted(Kind.ANSWERED, at, {"by": by})
            unit.journal.write_all(_entries(means, unit, call, [noted]))


def note(
    means: Means, call_id: int, kind: Kind, detail: Mapping[str, Json], *, at: datetime
) -> None:
    """Record what happened on a call: what was heard, which key was pressed."""
    with means.store.write() as unit:
        if call := _held(means, unit, call_id):
            unit.journal.write_all(_entries(means, unit, call, [Noted(kind, at, detail)]))


def conclude(
    means: Means,
    call_id: int,
    outcome: Outcome,
    *,
    cause: str = "",
    evidence: Mapping[str, Json] | None = None,
    at: datetime,
) -> bool:
    """Record a call's outcome, once; schedule the next attempt where one is due.

    False: the call was concluded already. Only `Outcome.UNKNOWN`, which says that nobody could
    tell, gives way to what became known since; the drop is not dialled again all the same.
    """
    return write_down(means, call_id, Picture(outcome, cause, evidence or {}), at=at)


def write_down(means: Means, call_id: int, drawn: Picture, *, at: datetime) -> bool:
    """Record who answered a call, what was played, what was pressed, and its outcome, once.

    The same as `conclude`, of a call that is known from its answer to its end.
    """
    with means.store.write() as unit:
        campaign_id = conclude_in(means, unit, call_id, drawn, at=at)
    if campaign_id is None:
        return False
    end_if_over(means, campaign_id, at=at)
    return True


def conclude_in(
    means: Means,
    unit: UnitOfWork,
    call_id: int,
    drawn: Picture,
    *,
    at: datetime,
    may_revise: bool = False,
) -> str | None:
    """Return the campaign of the call just concluded; `None` when there was nothing to do.

    With *may_revise*, a call that was concluded otherwise is concluded anew.
    """
    call = hold_call(means, unit, call_id)
    drawn = replace(drawn, cause=without_numbers(drawn.cause))
    if call is None or drawn.outcome is None or not _gives_way(call, drawn, may_revise):
        return None
    is_open = drawn.outcome is Outcome.HANDED_OVER
    unit.calls.conclude(
        call_id,
        drawn.outcome,
        cause=drawn.cause,
        evidence=drawn.evidence,
        at=None if is_open else drawn.over_at or at,
    )
    unit.calls.measure(
        call_id,
        answered_at=drawn.answered_at,
        duration_s=drawn.duration_s,
        cost_micros=drawn.cost_micros,
        currency=drawn.currency,
    )
    unit.journal.write_all(_entries(means, unit, call, _noted(call, drawn, at)))
    drop = unit.drops.hold(call.drop_id)
    campaign = unit.campaigns.get(drop.campaign_id) if drop else None
    if drop is None or campaign is None:
        return None
    if not is_open:
        is_suppressed = _hold_callee(means, unit, call)
        _go_on(unit, call, drop, campaign, is_suppressed=is_suppressed, at=drawn.over_at or at)
    return campaign.id


def _gives_way(call: Call, drawn: Picture, may_revise: bool) -> bool:
    """Tell whether what a call came to is to be written, or written anew."""
    if call.concluded_at is None:
        return call.outcome is not drawn.outcome
    if call.outcome is Outcome.UNKNOWN:
        return drawn.outcome is not Outcome.UNKNOWN
    return may_revise and call.number is not None and _says_more(call, drawn)


def _says_more(call: Call, drawn: Picture) -> bool:
    """Tell whether a picture differs from what stands on its call; what it lacks is kept."""
    known = (call.outcome, call.cause, call.evidence, call.answered_at, call.duration_s)
    new = (drawn.outcome, drawn.cause, drawn.evidence, drawn.answered_at, drawn.duration_s)
    return known != new or drawn.cost_micros not in (None, call.cost_micros)


def _noted(call: Call, drawn: Picture, at: datetime) -> Iterable[Noted]:
    """Yield what the journal does not say yet; a further conclusion names the one it revises."""
    was_concluded = call.concluded_at is not None
    yield from entries(drawn, call.evidence)
    if was_concluded and (call.outcome, call.evidence) == (drawn.outcome, drawn.evidence):
        return
    detail: dict[str, Json] = {
        "outcome": drawn.outcome.value if drawn.outcome else None,
        "cause": drawn.cause,
        "evidence": drawn.evidence,
    }
    if was_concluded and call.outcome is not None:
        detail["revises"] = call.outcome.value
    yield Noted(Kind.CONCLUDED, at if was_concluded else drawn.over_at or at, detail)


def _go_on(
    unit: UnitOfWork,
    call: Call,
    drop: Drop,
    campaign: CampaignRecord,
    *,
    is_suppressed: bool,
    at: datetime,
) -> None:
    """End a drop whose call was concluded, or let it be due again; *call* is as it was before.

    A call that is concluded anew never makes its drop due: it only ends one that waits.
    """
    calls = unit.calls.of_drop(drop.id)
    outcome = reduce(further, (each.outcome for each in calls), None)
    if outcome is None or (drop.state is DropState.CALLING and call.concluded_at is not None):
        return  # another call is open, and its conclusion will say
    was_answered = any(each.answered_at for each in calls)
    due_at = retry_at(outcome, drop.attempts, campaign.retry, at=at, was_answered=was_answered)
    is_over = is_suppressed or campaign.state is CampaignState.CANCELLED
    if due_at is None or is_over or drop.state is DropState.DONE:
        unit.drops.end(drop.id, outcome, drop.findings)
    elif call.concluded_at is None:
        unit.drops.postpone(drop.id, due_at)


def hold_call(means: Means, unit: UnitOfWork, call_id: int) -> Call | None:
    """Return a call whose callee cannot opt out, and that nobody can change, until the unit ends.

    The callee is locked first, as everywhere.
    """
    seen = unit.calls.get(call_id)
    if seen is not None:
        _hold_callee(means, unit, seen)
    return unit.calls.hold(call_id)


def _hold_callee(means: Means, unit: UnitOfWork, call: Call) -> bool:
    """Keep an opt-out of the callee out until the unit ends; tell whether one came before."""
    if call.number is None:
        return True
    hash_ = means.keys.suppression_hash(call.sender_id, call.number)
    unit.suppressions.lock(call.sender_id, hash_)
    return unit.suppressions.holds(call.sender_id, hash_)


def _held(means: Means, unit: UnitOfWork, call_id: int) -> Call | None:
    """Return a call whose callee nobody can erase before the unit ends: no entry escapes it."""
    seen = unit.calls.get(call_id)
    if seen is None:
        return None
    _hold_callee(means, unit, seen)
    return unit.calls.get(call_id)


def _entries(means: Means, unit: UnitOfWork, call: Call, noted: Iterable[Noted]) -> list[Entry]:
    drop = unit.drops.get(call.drop_id)
    subject = means.keys.subject(call.number) if call.number else None
    campaign_id = drop.campaign_id if drop else None
    return [
        Entry(kind, at, subject, campaign_id, call.drop_id, call.id, detail)
        for kind, at, detail in noted
    ]
