"""What happens on a call and what becomes of it; what silent processes leave behind."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from engine.call import CampaignState, retry_at
from engine.interfaces import Call, Means, UnitOfWork
from engine.journal import Entry, Json, Kind, without_numbers
from engine.operations.control import cancel, end_if_over
from engine.operations.results import Recovery
from engine.outcome import Outcome

#: How long a voice process may be silent before its calls are given up.
SILENT_S = 15.0
#: How long an import may be silent before it is given up: rows may come slowly.
IMPORT_SILENT_S = 600.0


def answered(means: Means, call_id: int, *, by: str, at: datetime) -> None:
    """Record that a call was answered, and by whom it seems."""
    with means.store.write() as unit:
        if call := _held(means, unit, call_id):
            unit.calls.answer(call_id, at)
            unit.journal.write(
                _entry(means, unit, call, kind=Kind.ANSWERED, detail={"by": by}, at=at)
            )


def note(
    means: Means, call_id: int, kind: Kind, detail: Mapping[str, Json], *, at: datetime
) -> None:
    """Record what happened on a call: what was heard, which key was pressed."""
    with means.store.write() as unit:
        if call := _held(means, unit, call_id):
            unit.journal.write(_entry(means, unit, call, kind=kind, detail=detail, at=at))


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
    with means.store.write() as unit:
        campaign_id = _conclude(
            means,
            unit,
            call_id,
            outcome=outcome,
            cause=without_numbers(cause),
            evidence=evidence or {},
            at=at,
        )
    if campaign_id is None:
        return False
    end_if_over(means, campaign_id, at=at)
    return True


def _conclude(
    means: Means,
    unit: UnitOfWork,
    call_id: int,
    *,
    outcome: Outcome,
    cause: str,
    evidence: Mapping[str, Json],
    at: datetime,
) -> str | None:
    """Return the campaign of the call just concluded; `None` when there was nothing to do."""
    seen = unit.calls.get(call_id)
    is_suppressed = seen is not None and _hold_callee(means, unit, seen)
    call = unit.calls.hold(call_id)
    if call is None or not _gives_way(call, outcome):
        return None
    is_open = outcome is Outcome.HANDED_OVER
    unit.calls.conclude(
        call_id, outcome, cause=cause, evidence=evidence, at=None if is_open else at
    )
    detail: dict[str, Json] = {"outcome": outcome.value, "cause": cause, "evidence": evidence}
    unit.journal.write(_entry(means, unit, call, kind=Kind.CONCLUDED, detail=detail, at=at))
    drop = unit.drops.hold(call.drop_id)
    campaign = unit.campaigns.get(drop.campaign_id) if drop else None
    if drop is None or campaign is None:
        return None
    if is_open:
        return campaign.id
    was_answered = call.answered_at is not None
    due_at = retry_at(outcome, drop.attempts, campaign.retry, at=at, was_answered=was_answered)
    is_cancelled = campaign.state is CampaignState.CANCELLED
    if due_at is None or is_suppressed or is_cancelled or call.concluded_at is not None:
        unit.drops.end(drop.id, outcome, ())
    else:
        unit.drops.postpone(drop.id, due_at)
    return campaign.id


def _gives_way(call: Call, outcome: Outcome) -> bool:
    if call.concluded_at is not None:
        return call.outcome is Outcome.UNKNOWN and outcome is not Outcome.UNKNOWN
    return call.outcome is not outcome


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


def _entry(
    means: Means,
    unit: UnitOfWork,
    call: Call,
    *,
    kind: Kind,
    detail: Mapping[str, Json],
    at: datetime,
) -> Entry:
    drop = unit.drops.get(call.drop_id)
    return Entry(
        kind,
        at,
        means.keys.subject(call.number) if call.number else None,
        drop.campaign_id if drop else None,
        call.drop_id,
        call.id,
        detail,
    )


def beat(means: Means, worker: str, *, beat_at: datetime) -> None:
    """Record that a voice process lives; *beat_at* is the machine's clock, not the law's."""
    with means.store.write() as unit:
        unit.workers.beat(worker, beat_at)


def leave(means: Means, worker: str, *, at: datetime) -> Recovery:
    """End a voice process in good order: give back its claims, give up the calls left open."""
    return _bury(means, [worker], at=at)


def recover(
    means: Means, *, at: datetime, beat_at: datetime, silent_s: float = SILENT_S
) -> Recovery:
    """Settle what silent voice processes left: open calls end `unknown`, claims are given back.

    Nobody can tell whether an open call left the machine: it is never placed again. A campaign
    whose import fell silent is cancelled: nobody can tell which rows it lacks. Proofs of consent
    that erasures kept are forgotten once their years have ended.
    """
    with means.store.read() as unit:
        silent = unit.workers.silent_since(beat_at - timedelta(seconds=silent_s))
        has_expired = unit.drops.has_expired(beat_at)
        running = unit.campaigns.running()
        has_ended = unit.consent_proofs.any_ended(at)
        abandoned = unit.campaigns.abandoned(beat_at - timedelta(seconds=IMPORT_SILENT_S))
    expired = _release_expired(means, beat_at) if has_expired else 0
    buried = _bury(means, silent, at=at)
    for campaign_id in running:
        end_if_over(means, campaign_id, at=at)
    if has_ended:
        _forget_ended(means, at)
    for campaign_id in abandoned:
        cancel(means, campaign_id, at=at)
    return Recovery(buried.unknown, buried.released + expired, len(abandoned))


def _forget_ended(means: Means, at: datetime) -> None:
    with means.store.write() as unit:
        unit.consent_proofs.forget_ended(at)


def _release_expired(means: Means, beat_at: datetime) -> int:
    with means.store.write() as unit:
        return unit.drops.release_expired(beat_at)


def _bury(means: Means, workers: Sequence[str], *, at: datetime) -> Recovery:
    unknown = released = 0
    for worker in workers:
        with means.store.write() as unit:
            released += unit.drops.release(worker)
            calls = unit.calls.open_of(worker)
            unit.workers.forget(worker)
        for call_id in calls:
            cause = "the voice process went silent"
            unknown += conclude(means, call_id, Outcome.UNKNOWN, cause=cause, at=at)
    return Recovery(unknown, released)
