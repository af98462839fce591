"""What carriers told, each event once, and the calls that other networks conduct."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Row,
    Select,
    bindparam,
    case,
    delete,
    func,
    literal_column,
    or_,
    select,
    update,
)

from engine.interfaces import SoughtCall
from engine.interfaces.reports import RemoteCall, Standing, WaitingReport
from engine.outcome import Outcome
from engine.reports import Report, ReportKind
from engine.store import tables as t
from engine.store.registers import insert_into

_REPORT = t.carrier_report.c
_CALL = t.voice_call.c
_IS_REMOTE = (_CALL.concluded_at.is_(None), _CALL.outcome.is_(None), _CALL.reference.is_not(None))
_IS_UNKNOWN = _CALL.outcome == literal_column("'unknown'")
_WAITS = _REPORT.applied_at.is_(None)


def _kept(column: Any, name: str) -> Any:
    """Keep what stands in a column; where nothing does, take the parameter *name*."""
    return func.coalesce(column, bindparam(name, type_=column.type))


#: `SqlReports.told_of`: what stands on a call already stays.
_TOLD = (
    update(t.voice_call)
    .where(_CALL.id == bindparam("call"))
    .values(
        reference=_kept(_CALL.reference, "its_reference"),
        answered_at=_kept(_CALL.answered_at, "its_answer"),
        settles_at=_kept(_CALL.settles_at, "its_settling"),
    )
)


class SqlReports:
    """What carriers told of the calls that they conduct."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def receive(self, reports: Sequence[Report]) -> int:
        """Add reports; what is there already stays as it is. Return how many were new.

        Sorted, so that two processes that receive the same events never wait for each other.
        """
        rows = [_row_of(one) for one in sorted(reports, key=lambda one: (one.route, one.key))]
        if not rows:
            return 0
        added = insert_into(self._connection, t.carrier_report).on_conflict_do_nothing()
        return len(self._connection.execute(added.returning(_REPORT.id), rows).all())

    def known(self, route: str, key: str) -> Report | None:
        """Return the report of a key, as it was told first; `None`: nothing was told."""
        query = select(t.carrier_report).where(_REPORT.route == route, _REPORT.key == key)
        row = self._connection.execute(query).first()
        return _report(row) if row else None

    def any_waiting(self, kinds: Collection[ReportKind]) -> bool:
        """Tell whether a report of these kinds has not taken effect."""
        query = select(_REPORT.id).where(_WAITS, _is_one_of(kinds)).limit(1)
        return self._connection.execute(query).first() is not None

    def waiting(self, kinds: Collection[ReportKind], limit: int) -> Sequence[WaitingReport]:
        """Return reports that have not taken effect, held until the unit ends; verdicts first."""
        is_verdict = case((_REPORT.kind == literal_column("'verdict'"), 0), else_=1)
        query = (
            select(t.carrier_report)
            .where(_WAITS, _is_one_of(kinds))
            .order_by(is_verdict, _REPORT.id)
            .limit(literal_column(str(int(limit))))
            .with_for_update(skip_locked=True)
        )
        return [WaitingReport(row.id, _report(row)) for row in self._connection.execute(query)]

    def of_call(self, call_id: int) -> Sequence[Report]:
        """Return all that was told of a call, in the order in which it was received."""
        query = select(t.carrier_report).where(_REPORT.call_id == call_id).order_by(_REPORT.id)
        return [_report(row) for row in self._connection.execute(query)]

    def mark_applied(self, ids: Sequence[int], at: datetime) -> None:
        """Record that reports took effect."""
        if ids:
            change = update(t.carrier_report).where(_REPORT.id == bindparam("report"))
            rows = [{"report": one} for one in ids]
            self._connection.execute(change.values(applied_at=at), rows)

    def standing(self, call_ids: Collection[int]) -> Mapping[int, Standing]:
        """Return how calls stand, by their ids; nobody else can change them until the unit ends."""
        columns = (_CALL.id, _CALL.reference, _CALL.outcome, _CALL.concluded_at)
        query = select(*columns).where(_CALL.id.in_(call_ids)).order_by(_CALL.id).with_for_update()
        return {
            row.id: Standing(
                row.reference,
                is_known=row.concluded_at is not None and row.outcome != Outcome.UNKNOWN.value,
                concluded_at=row.concluded_at,
            )
            for row in self._connection.execute(query)
        }

    def told_of(
        self,
        call_id: int,
        *,
        reference: str | None,
        answered_at: datetime | None,
        settles_at: datetime | None,
    ) -> None:
        """Write on a call what is known first: what stands there already stays."""
        values = {
            "call": call_id,
            "its_reference": reference,
            "its_answer": answered_at,
            "its_settling": settles_at,
        }
        self._connection.execute(_TOLD, values)

    def settling(self, at: datetime, limit: int) -> Sequence[int]:
        """Return the calls that are to be concluded, or concluded anew, by *at*."""
        query = (
            select(_CALL.id)
            .where(_CALL.settles_at.is_not(None), _CALL.settles_at <= at)
            .order_by(_CALL.settles_at, _CALL.id)
            .limit(literal_column(str(int(limit))))
        )
        return list(self._connection.execute(query).scalars())

    def settled(self, call_id: int) -> None:
        """Record that all that was told of a call is in its outcome."""
        change = update(t.voice_call).where(_CALL.id == call_id)
        self._connection.execute(change.values(settles_at=None))

    def bind(self, call_id: int, reference: str) -> str | None:
        """Give a call its carrier's reference, unless it has one; return the one it has."""
        bound = func.coalesce(_CALL.reference, reference)
        change = update(t.voice_call).where(_CALL.id == call_id).values(reference=bound)
        return self._connection.execute(change.returning(_CALL.reference)).scalar()

    def open_calls(self, worker: str) -> Sequence[RemoteCall]:
        """Return the calls not reported over of a voice process, and of all dead ones."""
        return self._remote(*_IS_REMOTE, _CALL.settles_at.is_(None), _is_left_to(worker))

    def found(self, worker: str, since: datetime) -> Sequence[RemoteCall]:
        """Return calls of unknown fate, dialled since, that a report named and that may ring."""
        is_let = _CALL.called_off.is_(False)
        return self._remote(*_rings_unknown(since), is_let, _is_left_to(worker))

    def called_off(self, worker: str, since: datetime) -> Sequence[RemoteCall]:
        """Return calls that nobody answered and that are to be ended, of unknown fate or not."""
        rings = (_CALL.called_off, _CALL.answered_at.is_(None), _CALL.settles_at.is_(None))
        is_ours = _is_left_to(worker)
        known = self._remote(*_IS_REMOTE, *rings, is_ours)
        return [*known, *self._remote(*_rings_unknown(since), _CALL.called_off, is_ours)]

    def call_off(self, call_ids: Sequence[int]) -> None:
        """Mark calls as to be ended, unless it is known what became of them."""
        may_ring = (_CALL.id.in_(call_ids), or_(_CALL.concluded_at.is_(None), _IS_UNKNOWN))
        self._connection.execute(update(t.voice_call).where(*may_ring).values(called_off=True))

    def _remote(self, *conditions: ColumnElement[bool]) -> Sequence[RemoteCall]:
        query = select(t.voice_call).where(*conditions).order_by(_CALL.id)
        return [_remote(row) for row in self._connection.execute(query)]

    def over_of(self, call_ids: Collection[int]) -> frozenset[int]:
        """Return those of *call_ids* that are reported over, or concluded."""
        is_over = or_(_CALL.settles_at.is_not(None), _CALL.concluded_at.is_not(None))
        return self._ids(select(_CALL.id).where(_CALL.id.in_(call_ids), is_over))

    def sought(self, route: str, worker: str, since: datetime) -> Sequence[SoughtCall]:
        """Return a route's calls, dialled since, of which nobody knows whether they left."""
        query = select(t.voice_call).where(
            _IS_UNKNOWN,
            _CALL.dialled_at >= since,
            _CALL.route == route,
            _is_left_to(worker),
            _CALL.settles_at.is_(None),
            _CALL.number.is_not(None),
        )
        return [
            SoughtCall(row.id, row.number, row.caller_id, row.dialled_at)
            for row in self._connection.execute(query.order_by(_CALL.id))
        ]

    def any_before(self, before: datetime) -> bool:
        """Tell whether the oldest report there is came before an instant: no index is needed."""
        query = select(_REPORT.at).order_by(_REPORT.id).limit(1)
        oldest = self._connection.execute(query).scalar()
        return oldest is not None and oldest < before

    def forget_before(self, before: datetime, limit: int) -> int:
        """Delete those of the *limit* oldest reports that are done with; return how many."""
        columns = (_REPORT.id, _REPORT.call_id, _REPORT.at, _REPORT.applied_at)
        oldest = select(*columns).order_by(_REPORT.id).limit(limit).subquery()
        query = (
            select(oldest.c.id)
            .outerjoin(t.voice_call, _CALL.id == oldest.c.call_id)
            .where(
                oldest.c.at < before,
                oldest.c.applied_at.is_not(None),
                or_(_CALL.id.is_(None), _CALL.concluded_at < before),
                _CALL.settles_at.is_(None),
            )
        )
        gone = delete(t.carrier_report).where(_REPORT.id.in_(query))
        return self._connection.execute(gone).rowcount

    def _ids(self, query: Select[Any]) -> frozenset[int]:
        return frozenset(self._connection.execute(query).scalars())


def _rings_unknown(since: datetime) -> tuple[ColumnElement[bool], ...]:
    """Tell the calls of unknown fate that a report named since, and that may ring."""
    return (
        _IS_UNKNOWN,
        _CALL.dialled_at >= since,
        _CALL.reference.is_not(None),
        _CALL.answered_at.is_(None),
        _CALL.settles_at.is_(None),
    )


def _is_left_to(worker: str) -> ColumnElement[bool]:
    """Tell the calls that are a voice process's to look after: its own, and of all dead ones."""
    return or_(_CALL.worker == worker, _CALL.worker.not_in(select(t.worker.c.name)))


def _is_one_of(kinds: Collection[ReportKind]) -> ColumnElement[bool]:
    return _REPORT.kind.in_(sorted(kind.value for kind in kinds))


def _row_of(report: Report) -> dict[str, Any]:
    return {
        "route": report.route,
        "key": report.key,
        "kind": report.kind.value,
        "call_id": report.call_id,
        "at": report.at,
        "detail": dict(report.detail),
    }


def _report(row: Row[Any]) -> Report:
    return Report(ReportKind(row.kind), row.key, row.call_id, row.at, row.detail, row.route)


def _remote(row: Row[Any]) -> RemoteCall:
    return RemoteCall(
        id=row.id,
        drop_id=row.drop_id,
        route=row.route,
        reference=row.reference,
        worker=row.worker,
        dialled_at=row.dialled_at,
        is_answered=row.answered_at is not None,
    )
