"""Direct deposit: what becomes of a batch that was handed over to a provider.

The provider tells totals, not callees. A batch is deposited when its totals say that all of it
was, and unconfirmed when they say less; it is unknown when nothing was told by the time that the
provider's worst delay, and a grace, are over. Where the provider tells each callee's state
("SMS vocal"), a call ends by its own. What could be tried again (nobody answered) is concluded
only then: a state told later may say that the message was left after all.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from engine.interfaces import Call, Means, NotAnswered, Route, UnitOfWork
from engine.interfaces.deposits import DepositBatch
from engine.journal import Json
from engine.operations.conclude import conclude_in, hold_call
from engine.operations.control import end_if_over
from engine.outcome import ACHIEVED, RETRIABLE, Outcome, further
from engine.reports import Picture, Report, ReportKind

#: How long after the worst delay a provider's word is still waited for.
GRACE = timedelta(minutes=30)


def open_batch(
    means: Means, batch_id: str, route: Route, call_ids: Collection[int], *, at: datetime
) -> tuple[int, ...]:
    """Record the batch that leaves now; return its calls.

    Those that were called off since they were dialled are not among them: they end as cancelled.
    Nor are those that were given up, this process having been silent for long: whoever objected
    since could not call them off. Calls of a batch that certainly left nothing may leave in
    another one.
    """
    with means.store.write() as unit:
        calls = [unit.calls.get(call_id) for call_id in sorted(call_ids)]
        still_open = [call for call in calls if call is not None and call.concluded_at is None]
        called_off = _called_off(unit, still_open)
        leaving = tuple(call.id for call in still_open if call.id not in called_off)
        if leaving:
            judged_at = at + route.worst_delay + GRACE
            batch = DepositBatch(batch_id, route.name, len(leaving), at, judged_at)
            unit.deposits.open(batch, leaving)
    _end(means, sorted(called_off), Outcome.CANCELLED, cause="called off", evidence={}, at=at)
    return leaving


def _called_off(unit: UnitOfWork, calls: Collection[Call]) -> set[int]:
    workers = {call.worker for call in calls}
    off = {call_id for worker in workers for call_id in unit.calls.called_off(worker)}
    return off & {call.id for call in calls}


def hand_over(
    means: Means, batch_id: str, reference: str, *, found: Mapping[str, Json], at: datetime
) -> None:
    """Record that the provider took a batch: each of its calls is handed over, and open."""
    with means.store.write() as unit:
        unit.deposits.refer(batch_id, reference)
        calls = unit.deposits.calls(batch_id)
        for call_id in calls:
            unit.reports.bind(call_id, reference)
    evidence = {"batch": batch_id, "of": len(calls), **found}
    _end(means, calls, Outcome.HANDED_OVER, cause="", evidence=evidence, at=at)


def fail(means: Means, batch_id: str, reply: NotAnswered, *, at: datetime) -> None:
    """Record that the provider certainly refused a batch: nothing left."""
    calls = _settled(means, batch_id, at)
    _end(means, calls, reply.outcome, cause=reply.cause, evidence={"batch": batch_id}, at=at)


def lose(means: Means, batch_id: str, cause: str, *, at: datetime) -> None:
    """Record that nobody can tell whether a batch left: it never leaves again.

    A notification may still tell.
    """
    with means.store.read() as unit:
        calls = unit.deposits.calls(batch_id)
    _end(means, calls, Outcome.UNKNOWN, cause=cause, evidence={"batch": batch_id}, at=at)


def end_calls(
    means: Means, call_ids: Sequence[int], outcome: Outcome, *, cause: str, at: datetime
) -> None:
    """Conclude dialled calls that no request may take any more."""
    _end(means, call_ids, outcome, cause=cause, evidence={}, at=at)


def _settled(means: Means, batch_id: str, at: datetime) -> Sequence[int]:
    with means.store.write() as unit:
        unit.deposits.settle(batch_id, at)
        return unit.deposits.calls(batch_id)


def _end(
    means: Means,
    calls: Sequence[int],
    outcome: Outcome,
    *,
    cause: str,
    evidence: Mapping[str, Json],
    at: datetime,
) -> None:
    """Conclude calls, each in a unit of work of its own; what says more revises what said less."""
    campaigns: set[str] = set()
    for call_id in calls:
        with means.store.write() as unit:
            call = hold_call(means, unit, call_id)  # or two processes would judge the same call
            if call is None:
                continue
            says_more = (
                outcome in ACHIEVED
                and call.outcome is not outcome
                and further(call.outcome, outcome) is outcome
            )
            drawn = Picture(outcome, cause, {**(call.evidence or {}), **evidence})
            campaign = conclude_in(means, unit, call_id, drawn, at=at, may_revise=says_more)
        campaigns |= {campaign} if campaign else set()
    for campaign_id in campaigns:
        end_if_over(means, campaign_id, at=at)


#: A callee's own states, where the provider tells them, and what a call that has one came to.
STATES: Mapping[str, Outcome] = {
    "deposited": Outcome.DEPOSITED,
    "played": Outcome.DEPOSITED_UNCONFIRMED,  # to whom, or to what, nobody tells
    "no_answer": Outcome.NO_ANSWER,
    "unreachable": Outcome.UNREACHABLE,
}


def totals_report(
    batch: DepositBatch, deposited: int, of: int, *, reference: str, at: datetime
) -> Report | None:
    """Return what a provider's totals tell of a batch; `None` where they cannot be its totals."""
    if not 0 <= deposited <= of <= batch.size or not of:
        return None
    if batch.reference is not None and reference not in ("", batch.reference):
        return None
    detail: dict[str, Json] = {"batch": batch.id, "deposited": deposited, "of": of}
    if reference:
        detail["reference"] = reference
    key = f"{batch.id}:{deposited}/{of}"
    return Report(ReportKind.DEPOSIT, key, None, at, detail, batch.route)


def state_report(
    batch: DepositBatch, call_id: int, state: str, *, duration_s: float | None, at: datetime
) -> Report:
    """Return what a provider tells of one callee: *state* is one of `STATES`."""
    detail: dict[str, Json] = {"batch": batch.id, "state": state}
    if duration_s is not None:
        detail["duration_s"] = duration_s
    key = f"{batch.id}:{call_id}:{state}"
    return Report(ReportKind.DEPOSIT, key, call_id, at, detail, batch.route)


def apply_deposits(means: Means, *, at: datetime, limit: int = 100) -> int:
    """Let what providers told of deposits take effect; return how many reports did.

    Applied again it changes nothing, so that a process that dies in between loses nothing.
    """
    with means.store.write() as unit:
        waiting = list(unit.reports.waiting({ReportKind.DEPOSIT}, limit))
    for each in waiting:
        _apply(means, each.report, at)
    if waiting:
        with means.store.write() as unit:
            unit.reports.mark_applied([each.id for each in waiting], at)
    return len(waiting)


def _apply(means: Means, report: Report, at: datetime) -> None:
    told = report.detail
    with means.store.read() as unit:
        batch = unit.deposits.batch(str(told.get("batch", "")))
        calls = unit.deposits.calls(batch.id) if batch else ()
    if batch is None:
        return
    if report.call_id is not None:
        outcome = STATES.get(str(told.get("state")))
        if report.call_id in calls and outcome is not None and outcome not in RETRIABLE:
            _end(means, [report.call_id], outcome, cause="", evidence=told, at=at)
        return
    is_all = told.get("deposited") == told.get("of") == batch.size
    outcome = Outcome.DEPOSITED if is_all else Outcome.DEPOSITED_UNCONFIRMED
    if isinstance(reference := told.get("reference"), str):
        with means.store.write() as unit:
            unit.deposits.refer(batch.id, reference)
    _end(means, calls, outcome, cause="", evidence=told, at=at)
    if is_all:
        _settled(means, batch.id, at)


def judge_overdue(means: Means, *, at: datetime) -> int:
    """Conclude the calls of which a provider told nothing in time; return how many.

    Where it told that nobody answered, they may be tried again: nothing more is to come.
    """
    with means.store.read() as unit:
        overdue = unit.deposits.overdue(at)
    return sum(_judge(means, batch, at) for batch in overdue)


def _judge(means: Means, batch: DepositBatch, at: datetime) -> int:
    with means.store.read() as unit:
        calls = [unit.calls.get(call_id) for call_id in unit.deposits.calls(batch.id)]
        still_open = [
            call.id
            for call in calls
            if call is not None and call.outcome in (None, Outcome.HANDED_OVER)
        ]
        told = {call_id: unit.reports.of_call(call_id) for call_id in still_open}
    for call_id in still_open:
        states = [STATES.get(str(report.detail.get("state"))) for report in told[call_id]]
        outcome = next((state for state in states if state is not None), Outcome.UNKNOWN)
        cause = "the provider never told" if outcome is Outcome.UNKNOWN else ""
        _end(means, [call_id], outcome, cause=cause, evidence={"batch": batch.id}, at=at)
    _settled(means, batch.id, at)
    return len(still_open)


@dataclass(frozen=True, slots=True)
class Sent:
    """How many batches left over a route, whichever process sent them."""

    last_minute: int
    last_hour: int


def sent(means: Means, route: str, *, at: datetime) -> Sent:
    """Count the batches that left over a route: the provider counts them too."""
    with means.store.read() as unit:
        return Sent(
            unit.deposits.count_since(route, at - timedelta(minutes=1)),
            unit.deposits.count_since(route, at - timedelta(hours=1)),
        )
