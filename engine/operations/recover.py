"""Voice processes: their signs of life, and what the silent ones leave behind."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from engine.interfaces import Means
from engine.operations.conclude import conclude
from engine.operations.control import cancel, end_if_over
from engine.operations.reports import forget_reports
from engine.operations.results import Recovery
from engine.outcome import Outcome

#: How long a voice process may be silent before its calls are given up.
SILENT_S = 15.0
#: How long an import may be silent before it is given up: rows may come slowly.
IMPORT_SILENT_S = 600.0


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

    Nobody can tell whether an open call left the machine: it is never placed again. One that its
    carrier took over goes on, and any process takes its reports. A campaign whose import fell
    silent is cancelled: nobody can tell which rows it lacks. Proofs of consent that erasures kept
    are forgotten once their years have ended, and what carriers told once it can change nothing.
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
    forget_reports(means, at=at)
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
