"""What the operations need of the store: the reports of carriers, and the calls they are of."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from engine.interfaces.calls import SoughtCall
from engine.reports import Report, ReportKind


@dataclass(frozen=True, slots=True)
class WaitingReport:
    """A report that has not taken effect."""

    id: int
    report: Report


@dataclass(frozen=True, slots=True)
class RemoteCall:
    """An open call that another network conducts."""

    id: int
    drop_id: int
    route: str
    reference: str
    worker: str
    dialled_at: datetime
    is_answered: bool


@dataclass(frozen=True, slots=True)
class Standing:
    """How a call stands when something is told of it."""

    reference: str | None
    is_known: bool
    "It is concluded, and not by giving it up: what is told now revises that."
    concluded_at: datetime | None


class Reports(Protocol):
    """What carriers told: each event once, for as long as it is kept."""

    def receive(self, reports: Sequence[Report]) -> int:
        """Add reports; what is there already stays as it is. Return how many were new."""

    def known(self, route: str, key: str) -> Report | None:
        """Return the report of a key, as it was told first; `None`: nothing was told."""

    def any_waiting(self, kinds: Collection[ReportKind]) -> bool:
        """Tell whether a report of these kinds has not taken effect."""

    def waiting(self, kinds: Collection[ReportKind], limit: int) -> Sequence[WaitingReport]:
        """Return reports that have not taken effect, held until the unit ends.

        Verdicts first, since a mailbox records meanwhile; what another process holds is skipped.
        """

    def of_call(self, call_id: int) -> Sequence[Report]:
        """Return all that was told of a call, in the order in which it was received."""

    def mark_applied(self, ids: Sequence[int], at: datetime) -> None:
        """Record that reports took effect."""

    def standing(self, call_ids: Collection[int]) -> Mapping[int, Standing]:
        """Return how calls stand, by their ids; nobody else can change them until the unit ends."""

    def told_of(
        self,
        call_id: int,
        *,
        reference: str | None,
        answered_at: datetime | None,
        settles_at: datetime | None,
    ) -> None:
        """Write on a call what is known first: what stands there already stays."""

    def settling(self, at: datetime, limit: int) -> Sequence[int]:
        """Return the calls that are to be concluded, or concluded anew, by *at*."""

    def settled(self, call_id: int) -> None:
        """Record that all that was told of a call is in its outcome."""

    def bind(self, call_id: int, reference: str) -> str | None:
        """Give a call its carrier's reference, unless it has one; return the one it has."""

    def open_calls(self, worker: str) -> Sequence[RemoteCall]:
        """Return the calls not reported over of a voice process, and of all dead ones."""

    def found(self, worker: str, since: datetime) -> Sequence[RemoteCall]:
        """Return calls of unknown fate, dialled since, that a report named and that may ring.

        Those of a voice process, and of all dead ones, but for those that are to be ended already.
        """

    def called_off(self, worker: str, since: datetime) -> Sequence[RemoteCall]:
        """Return calls that nobody answered and that are to be ended, of unknown fate or not."""

    def call_off(self, call_ids: Sequence[int]) -> None:
        """Mark calls as to be ended, unless it is known what became of them."""

    def over_of(self, call_ids: Collection[int]) -> frozenset[int]:
        """Return those of *call_ids* that are reported over, or concluded."""

    def sought(self, route: str, worker: str, since: datetime) -> Sequence[SoughtCall]:
        """Return a route's calls, dialled since, of which nobody knows whether they left.

        Those of a voice process, and of all dead ones.
        """

    def any_before(self, before: datetime) -> bool:
        """Tell whether the oldest report there is came before an instant."""

    def forget_before(self, before: datetime, limit: int) -> int:
        """Delete those of the *limit* oldest reports that are done with; return how many.

        They came before an instant, took effect, and their call was concluded and settled before
        that instant; or they are of no call.
        """
