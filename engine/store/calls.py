"""Calls: the attempts, written before anything leaves the machine."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Row,
    Select,
    and_,
    delete,
    insert,
    literal_column,
    or_,
    select,
    update,
)

from engine.interfaces import Call, Drop
from engine.interfaces.records import LIVE
from engine.journal import Json
from engine.outcome import Outcome
from engine.store import tables as t

_CALL = t.voice_call.c
#: Rows marked by one statement.
_BATCH = 500


class SqlCalls:
    """Attempts."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(
        self, drop: Drop, sender_id: str, *, caller_id: str, route: str, worker: str, at: datetime
    ) -> int:
        """Record that a call is about to leave; the database allows one open call per drop."""
        added = insert(t.voice_call).values(
            drop_id=drop.id,
            sender_id=sender_id,
            number=drop.callee.number.e164 if drop.callee else None,
            worker=worker,
            caller_id=caller_id,
            route=route,
            dialled_at=at,
        )
        call_id: int = self._connection.execute(added.returning(_CALL.id)).scalar_one()
        return call_id

    def get(self, call_id: int) -> Call | None:
        """Return a call."""
        return self._first(select(t.voice_call).where(_CALL.id == call_id))

    def hold(self, call_id: int) -> Call | None:
        """Return the call, which nobody else can change before the unit ends."""
        return self._first(select(t.voice_call).where(_CALL.id == call_id).with_for_update())

    def of_drop(self, drop_id: int) -> Sequence[Call]:
        """Return a drop's calls, the first one first."""
        query = select(t.voice_call).where(_CALL.drop_id == drop_id).order_by(_CALL.id)
        return [_call(row) for row in self._connection.execute(query)]

    def _first(self, query: Select[Any]) -> Call | None:
        row = self._connection.execute(query).first()
        return _call(row) if row else None

    def answer(self, call_id: int, at: datetime) -> None:
        """Record when a call was answered, once."""
        change = update(t.voice_call).where(_CALL.id == call_id, _CALL.answered_at.is_(None))
        self._connection.execute(change.values(answered_at=at))

    def conclude(
        self,
        call_id: int,
        outcome: Outcome,
        *,
        cause: str,
        evidence: Mapping[str, Json],
        at: datetime | None,
    ) -> None:
        """Record what became of a call; without *at* it stays open (a provider has it)."""
        change = update(t.voice_call).where(_CALL.id == call_id)
        self._connection.execute(
            change.values(
                outcome=outcome.value, cause=cause, evidence=dict(evidence), concluded_at=at
            )
        )

    def measure(
        self,
        call_id: int,
        *,
        answered_at: datetime | None,
        duration_s: float | None,
        cost_micros: int | None,
        currency: str | None,
    ) -> None:
        """Write when a call was answered, how long it lasted, what it cost; `None`: as it was."""
        measured = {
            "answered_at": answered_at,
            "duration_s": duration_s,
            "cost_micros": cost_micros,
            "currency": currency,
        }
        known = {name: value for name, value in measured.items() if value is not None}
        if known:
            change = update(t.voice_call).where(_CALL.id == call_id)
            self._connection.execute(change.values(known))

    def wish(self, call_id: int, at: datetime) -> bool:
        """Record when a callee asked to be called back; False when it was recorded before."""
        change = update(t.voice_call).where(_CALL.id == call_id, _CALL.wants_call_back_at.is_(None))
        return self._connection.execute(change.values(wants_call_back_at=at)).rowcount == 1

    def wishing(self, campaign_id: str) -> Sequence[Call]:
        """Return a campaign's calls whose callees asked to be called back, the first first."""
        drop = t.voice_drop.c
        query = (
            select(t.voice_call)
            .join(t.voice_drop, drop.id == _CALL.drop_id)
            .where(drop.campaign_id == campaign_id, _CALL.wants_call_back_at.is_not(None))
            .order_by(_CALL.wants_call_back_at, _CALL.id)
        )
        return [_call(row) for row in self._connection.execute(query)]

    def attempts(self, sender_id: str, number: str, since: datetime) -> Sequence[datetime]:
        """Return when a sender dialled a number since an instant, failures included."""
        query = (
            select(_CALL.dialled_at)
            .where(_CALL.sender_id == sender_id, _CALL.number == number, _CALL.dialled_at >= since)
            .order_by(_CALL.dialled_at)
        )
        return list(self._connection.execute(query).scalars())

    def is_on_line(self, sender_id: str, number: str, *, unknown_since: datetime) -> bool:
        """Tell whether a call of this sender to this number is open, or may be.

        One of unknown fate that another network conducts, dialled since *unknown_since*, may.
        """
        live = select(t.route.c.name).where(t.route.c.carrier.in_(LIVE))
        is_open = and_(_CALL.concluded_at.is_(None), _CALL.outcome.is_(None))
        may_be = and_(
            _CALL.outcome == literal_column("'unknown'"),
            _CALL.dialled_at >= unknown_since,
            _CALL.route.not_in(live),
        )
        query = select(_CALL.id).where(
            _CALL.sender_id == sender_id, _CALL.number == number, or_(is_open, may_be)
        )
        return self._connection.execute(query.limit(1)).first() is not None

    def open_of(self, worker: str) -> Sequence[int]:
        """Return the open calls of a voice process, those that a carrier took over left out."""
        query = select(_CALL.id).where(
            _CALL.worker == worker,
            _CALL.concluded_at.is_(None),
            _CALL.outcome.is_(None),
            _CALL.reference.is_(None),
        )
        return list(self._connection.execute(query.order_by(_CALL.id)).scalars())

    def call_off(self, sender_id: str, number: str) -> None:
        """Mark a sender's open calls to a number as to be ended."""
        self._call_off(_CALL.sender_id == sender_id, _CALL.number == number)

    def call_off_campaign(self, campaign_id: str) -> None:
        """Mark a campaign's open calls as to be ended."""
        drop = t.voice_drop.c
        calling = select(drop.id).where(
            drop.campaign_id == campaign_id, drop.state == literal_column("'calling'")
        )
        self._call_off(_CALL.drop_id.in_(calling))

    def call_off_all(self) -> None:
        """Mark every open call as to be ended."""
        self._call_off()

    def _call_off(self, *conditions: ColumnElement[bool]) -> None:
        """Mark open calls, locked by their ids: two orders at once never wait for each other."""
        is_open = (_CALL.concluded_at.is_(None), _CALL.called_off.is_(False))
        query = select(_CALL.id).where(*conditions, *is_open).order_by(_CALL.id).with_for_update()
        ids = self._connection.execute(query).scalars().all()
        for first in range(0, len(ids), _BATCH):
            change = update(t.voice_call).where(_CALL.id.in_(ids[first : first + _BATCH]))
            self._connection.execute(change.values(called_off=True))

    def called_off(self, worker: str) -> Sequence[int]:
        """Return the open calls of a voice process that are to be ended."""
        query = select(_CALL.id).where(
            _CALL.worker == worker, _CALL.called_off, _CALL.concluded_at.is_(None)
        )
        return list(self._connection.execute(query).scalars())

    def forget(self, number: str) -> int:
        """Erase a number from its calls, and what was told of them; return how many there were."""
        calls = select(_CALL.id).where(_CALL.number == number)
        self._connection.execute(
            delete(t.carrier_report).where(t.carrier_report.c.call_id.in_(calls))
        )
        change = update(t.voice_call).where(_CALL.number == number)
        return self._connection.execute(change.values(number=None, evidence=None)).rowcount


def _call(row: Row[Any]) -> Call:
    values = dict(row._mapping)
    outcome = values.pop("outcome")
    for name in ("called_off", "settles_at", "opted_out_at"):
        del values[name]
    return Call(outcome=Outcome(outcome) if outcome else None, **values)
