"""Reports of carriers: taken in, applied, and folded into what became of a call.

Three steps, each its own unit of work. `receive` commits what a webhook told, before the webhook
is answered. `apply_reports` lets the reports that wait take their first effect: a call gets its
carrier's reference and the instant of its answer, and once a report says that it is over, an
instant at which it settles. `settle` then folds all that was told of the call into its outcome.

A call settles `SETTLE_S` after it was told over: reports overtake each other, and nothing may be
tried again on a state that a report on its way can make "answered". What comes later still is
folded with the rest, and revises the conclusion.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from engine.interfaces import Means, UnitOfWork
from engine.interfaces.reports import Standing
from engine.operations.conclude import conclude_in, hold_call
from engine.operations.control import end_if_over
from engine.reports import (
    Report,
    ReportKind,
    Verdict,
    is_conversing,
    is_terminal,
    picture,
    shows_answer,
)

#: Seconds from the report that a call is over until what was told of it is taken as whole.
SETTLE_S = 5.0

#: How long after a call was concluded what is told of it still counts: no network is later, but
#: whoever replays an old request is.
TOLD_FOR = timedelta(days=30)
#: How long after that what was told is kept. Longer than it counts, so that a call is never folded
#: anew from a part of its reports.
KEPT_FOR = TOLD_FOR + timedelta(days=1)
#: Reports that are forgotten in one unit of work: a commit that nobody waits for long.
FORGOTTEN_AT_ONCE = 1_000

#: Reports that one round applies at the most.
APPLIED_AT_ONCE = 500

#: Milliseconds for which a carrier may let a call wait: it is we who pace.
LONGEST_QUEUE_MS = 2_000


#: What takes effect here; deposits have their own room.
KINDS = frozenset({ReportKind.STATUS, ReportKind.VERDICT, ReportKind.TURN})

#: Verdicts of a machine that records by now: the call is to go on with its variant.
_RECORDS = frozenset({Verdict.BEEP, Verdict.GREETING_OVER})


@dataclass(frozen=True, slots=True)
class Redirection:
    """An answered call whose machine records: it is to go on with the machine's variant."""

    call_id: int
    route: str
    reference: str
    verdict: Verdict


@dataclass(frozen=True, slots=True)
class Applied:
    """What a round of reports came to."""

    count: int
    redirections: tuple[Redirection, ...] = ()
    waited: tuple[tuple[int, int], ...] = ()
    "Calls that their network let wait, and for how many milliseconds."
    strange: tuple[int, ...] = ()
    "Calls of which a report gives another name than their carrier did; it is left aside."
    late: tuple[int, ...] = ()
    "Calls that were concluded more than `TOLD_FOR` ago; what is told of them is left aside."


def receive(means: Means, reports: Sequence[Report]) -> int:
    """Commit what carriers told, each event once; return how many were new.

    Reports of several routes and calls make one unit of work: a group commit.
    Raises ValueError on a report without a route, StoreUnavailable when nothing was written.
    """
    if not all(report.route for report in reports):
        raise ValueError("a report is kept under the name of its route: give it one")
    with means.store.write() as unit:
        return unit.reports.receive(reports)


def was_told(means: Means, report: Report) -> bool:
    """Tell whether a report is committed already, or another one with its key."""
    with means.store.read() as unit:
        return unit.reports.known(report.route, report.key) is not None


def told(means: Means, call_id: int) -> Sequence[Report]:
    """Return all that was told of a call so far, applied or not."""
    with means.store.read() as unit:
        return unit.reports.of_call(call_id)


def apply_reports(means: Means, *, at: datetime, limit: int = APPLIED_AT_ONCE) -> Applied:
    """Let reports that wait take their first effect; deposits are not among them.

    A redirection is returned once, after its verdict was committed as applied: whoever takes it
    and dies leaves the call to its flow, which ends it in time.
    """
    with means.store.read() as unit:
        if not unit.reports.any_waiting(KINDS):
            return Applied(0)
    with means.store.write() as unit:
        waiting = unit.reports.waiting(KINDS, limit)
        reports = [one.report for one in waiting]
        standing = unit.reports.standing({r.call_id for r in reports if r.call_id is not None})
        known = [r for r in reports if r.call_id in standing]
        late = [r for r in known if _is_late(standing[r.call_id or 0], at)]
        strange = [r for r in known if _is_strange(r, standing)]
        believed = [r for r in known if r not in late and r not in strange]
        for call_id, told_now in _by_call(believed):
            _tell(unit, call_id, told_now, standing[call_id], at=at)
        unit.reports.mark_applied([one.id for one in waiting], at)
        redirections = [_redirection(unit, r) for r in believed]
    return Applied(
        len(waiting),
        tuple(one for one in redirections if one),
        tuple((r.call_id or 0, queue_ms) for r in known if (queue_ms := _queue_ms(r))),
        strange=tuple(r.call_id or 0 for r in strange),
        late=tuple(r.call_id or 0 for r in late),
    )


def _by_call(reports: Iterable[Report]) -> list[tuple[int, list[Report]]]:
    """Group reports by their call, in the order in which calls are locked."""
    grouped: dict[int, list[Report]] = {}
    for report in reports:
        grouped.setdefault(report.call_id or 0, []).append(report)
    return sorted(grouped.items())


def _is_strange(report: Report, standing: Mapping[int, Standing]) -> bool:
    """Tell whether a report names its call otherwise than the carrier that took it over."""
    bound = standing[report.call_id or 0].reference
    return bound is not None and report.detail.get("reference", bound) != bound


def _is_late(stands: Standing, at: datetime) -> bool:
    return stands.concluded_at is not None and stands.concluded_at < at - TOLD_FOR


def _tell(
    unit: UnitOfWork, call_id: int, reports: Sequence[Report], stands: Standing, *, at: datetime
) -> None:
    """Write on a call what reports tell first; it settles once they say that it is over."""
    references = (report.detail.get("reference") for report in reports)
    ends = [report.at for report in reports if is_terminal(report)]
    settles_at = min(ends) + timedelta(seconds=SETTLE_S) if ends else None
    unit.reports.told_of(
        call_id,
        reference=next((str(one) for one in references if one), None),
        answered_at=min((report.at for report in reports if shows_answer(report)), default=None),
        settles_at=at if stands.is_known else settles_at,
    )


def _redirection(unit: UnitOfWork, report: Report) -> Redirection | None:
    """Return where a verdict leads: nowhere, once a key was pressed or the machine is spoken to."""
    if report.kind is not ReportKind.VERDICT or report.call_id is None:
        return None
    verdict, reference = Verdict(report.detail["heard"]), report.detail.get("reference")
    if verdict not in _RECORDS or not reference:
        return None
    all_told = unit.reports.of_call(report.call_id)
    is_spoken_to = any(one.detail.get("variant") == "machine" for one in all_told)
    if is_spoken_to or is_conversing(all_told) or any(map(is_terminal, all_told)):
        return None
    return Redirection(report.call_id, report.route, str(reference), verdict)


def _queue_ms(report: Report) -> int | None:
    waited = report.detail.get("queue_ms")
    return int(waited) if isinstance(waited, int | float) and waited > LONGEST_QUEUE_MS else None


def settle(means: Means, *, at: datetime, limit: int = 500) -> int:
    """Conclude, or conclude anew, the calls whose reports have settled; return how many."""
    with means.store.read() as unit:
        settling = unit.reports.settling(at, limit)
    return sum(_settle(means, call_id, at=at) for call_id in settling)


def _settle(means: Means, call_id: int, *, at: datetime) -> bool:
    with means.store.write() as unit:
        call = hold_call(means, unit, call_id)
        if call is None:
            return False
        drawn = picture(unit.reports.of_call(call_id), reference=call.reference)
        campaign_id = conclude_in(means, unit, call_id, drawn, at=at, may_revise=True)
        unit.reports.settled(call_id)
    if campaign_id is not None:
        end_if_over(means, campaign_id, at=at)
    return campaign_id is not None


def bind(means: Means, call_id: int, reference: str) -> bool:
    """Record the carrier's own name of a call; False when it has another one already."""
    with means.store.write() as unit:
        return unit.reports.bind(call_id, reference) == reference


def forget_reports(means: Means, *, at: datetime) -> int:
    """Delete what was told of calls concluded and settled `KEPT_FOR` ago; return how much it was.

    The calls, their cost and their journal stay; `FORGOTTEN_AT_ONCE` reports at the most.
    """
    before = at - KEPT_FOR
    with means.store.read() as unit:
        if not unit.reports.any_before(before):
            return 0
    with means.store.write() as unit:
        return unit.reports.forget_before(before, FORGOTTEN_AT_ONCE)
