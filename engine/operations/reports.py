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

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from engine.interfaces import Means
from engine.reports import Report, Verdict

#: Seconds from the report that a call is over until what was told of it is taken as whole.
SETTLE_S = 5.0


@dataclass(frozen=True, slots=True)
class Redirection:
    """An answered call that a machine took: it is to go on with the machine's variant."""

    call_id: int
    route: str
    reference: str
    verdict: Verdict


@dataclass(frozen=True, slots=True)
class Applied:
    """What a round of reports came to."""

    count: int
    redirections: tuple[Redirection, ...] = ()
    slow: tuple[tuple[str, int], ...] = ()
    "Routes whose network let a call wait, and for how many milliseconds."


def receive(means: Means, reports: Sequence[Report]) -> int:
    """Commit what carriers told, each event once; return how many were new.

    Reports of several routes and calls make one unit of work: a group commit.
    Raises ValueError on a report without a route, StoreUnavailable when nothing was written.
    """
    if not all(report.route for report in reports):
        raise ValueError("a report is kept under the name of its route: give it one")
    with means.store.write() as unit:
        return unit.reports.receive(reports)


def told(means: Means, call_id: int) -> Sequence[Report]:
    """Return all that was told of a call so far, applied or not."""
    with means.store.read() as unit:
        return unit.reports.of_call(call_id)


def apply_reports(means: Means, *, at: datetime, limit: int = 500) -> Applied:
    """Let reports that wait take their first effect; deposits are not among them."""
    raise NotImplementedError


def settle(means: Means, *, at: datetime, limit: int = 500) -> int:
    """Conclude, or conclude anew, the calls whose reports have settled; return how many."""
    raise NotImplementedError


def bind(means: Means, call_id: int, reference: str) -> bool:
    """Record the carrier's own name of a call; False when it has another one already."""
    with means.store.write() as unit:
        return unit.reports.bind(call_id, reference) == reference
