"""Drops: added in bulk, claimed when due, ended once."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, any_, func, literal_column, select, update

from engine.call import DropState
from engine.callee import Basis, BasisKind, Callee, CalleeKind, Slot
from engine.interfaces import Drop
from engine.law import Finding
from engine.numbers import parse
from engine.outcome import Outcome
from engine.store import tables as t
from engine.store.registers import insert_into

_DROP = t.voice_drop.c
_FREE = {"worker": None, "lease_until": None}
_OPEN_BEFORE_DIALLING = (DropState.PENDING.value, DropState.CLAIMED.value)


class SqlDrops:
    """Drops: one callee of one campaign each."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, campaign_id: str, callees: Sequence[Callee], due_at: datetime) -> None:
        """Add a batch of callees, due at once; a number that the campaign has stays as it is."""
        rows = [_row_of(campaign_id, callee, due_at) for callee in callees]
        if rows:
            added = insert_into(self._connection, t.voice_drop).on_conflict_do_nothing()
            self._connection.execute(added, rows)

    def get(self, drop_id: int) -> Drop | None:
        """Return a drop."""
        row = self._connection.execute(select(t.voice_drop).where(_DROP.id == drop_id)).first()
        return _drop(row) if row else None

    def hold(self, drop_id: int) -> Drop | None:
        """Return the drop, which nobody else can change before the unit ends."""
        query = select(t.voice_drop).where(_DROP.id == drop_id).with_for_update()
        row = self._connection.execute(query).first()
        return _drop(row) if row else None

    def page(self, campaign_id: str, after: int = 0, limit: int = 500) -> Sequence[Drop]:
        """Return a campaign's drops by id, from the one after *after* on."""
        query = (
            select(t.voice_drop)
            .where(_DROP.campaign_id == campaign_id, _DROP.id > after)
            .order_by(_DROP.id)
            .limit(limit)
        )
        return [_drop(row) for row in self._connection.execute(query)]

    def claim(
        self, campaign_id: str, worker: str, *, at: datetime, lease_until: datetime, limit: int
    ) -> Sequence[int]:
        """Claim a campaign's first due drops for one voice process, skipping what others hold.

        The limit is a literal: as a bind parameter PostgreSQL plans for a tenth of the table.
        """
        due = (
            select(_DROP.id)
            .where(
                _DROP.campaign_id == campaign_id,
                _DROP.state == literal_column("'pending'"),
                _DROP.due_at <= at,
            )
            .order_by(_DROP.due_at, _DROP.id)
            .limit(literal_column(str(int(limit))))
            .with_for_update(skip_locked=True)
        )
        is_due = (
            _DROP.id == any_(func.array(due.scalar_subquery()))
            if self._connection.dialect.name == "postgresql"
            else _DROP.id.in_(due)
        )
        change = (
            update(t.voice_drop)
            .where(is_due)
            .values(state=DropState.CLAIMED.value, worker=worker, lease_until=lease_until)
            .returning(_DROP.id)
        )
        return sorted(self._connection.execute(change).scalars())

    def next_due_at(self, campaign_id: str) -> datetime | None:
        """Return when a campaign's next pending drop is due: the first in its index."""
        query = (
            select(_DROP.due_at)
            .where(_DROP.campaign_id == campaign_id, _DROP.state == literal_column("'pending'"))
            .order_by(_DROP.due_at)
            .limit(1)
        )
        return self._connection.execute(query).scalar()

    def postpone(self, drop_id: int, due_at: datetime) -> None:
        """Put a drop back, due at *due_at*."""
        values = {"state": DropState.PENDING.value, "due_at": due_at, **_FREE}
        self._change(drop_id, values)

    def start(self, drop_id: int) -> None:
        """Mark a drop as being called, one attempt more."""
        values = {
            "state": DropState.CALLING.value,
            "attempts": _DROP.attempts + 1,
            "lease_until": None,
        }
        self._change(drop_id, values)

    def end(self, drop_id: int, outcome: Outcome, findings: Sequence[Finding] = ()) -> None:
        """Give a drop its outcome."""
        detail = [finding.to_json() for finding in findings] or None
        values = {
            "state": DropState.DONE.value,
            "outcome": outcome.value,
            "detail": detail,
            **_FREE,
        }
        self._change(drop_id, values)

    def _change(self, drop_id: int, values: dict[str, Any]) -> None:
        self._connection.execute(update(t.voice_drop).where(_DROP.id == drop_id).values(**values))

    def end_all(self, campaign_id: str, outcome: Outcome) -> int:
        """Give every drop of a campaign that was not dialled an outcome; return how many."""
        change = (
            update(t.voice_drop)
            .where(_DROP.campaign_id == campaign_id, _DROP.state.in_(_OPEN_BEFORE_DIALLING))
            .values(state=DropState.DONE.value, outcome=outcome.value, **_FREE)
        )
        return self._connection.execute(change).rowcount

    def waiting_for(self, sender_id: str, number: str) -> Sequence[Drop]:
        """Return a sender's drops to a number that were not dialled, held until the unit ends."""
        query = (
            select(t.voice_drop)
            .join(t.campaign, t.campaign.c.id == _DROP.campaign_id)
            .where(
                _DROP.number == number,
                t.campaign.c.sender_id == sender_id,
                _DROP.state.in_(_OPEN_BEFORE_DIALLING),
            )
            .order_by(_DROP.id)
            .with_for_update(of=t.voice_drop)
        )
        return [_drop(row) for row in self._connection.execute(query)]

    def any_open(self, campaign_id: str) -> bool:
        """Tell whether a campaign has a drop without an outcome."""
        query = (
            select(_DROP.id)
            .where(_DROP.campaign_id == campaign_id, _DROP.state != literal_column("'done'"))
            .limit(1)
        )
        return self._connection.execute(query).first() is not None

    def release(self, worker: str) -> int:
        """Put back what a voice process claimed and did not dial; return how many."""
        return self._release(_DROP.worker == worker)

    def has_expired(self, now: datetime) -> bool:
        """Tell whether something was claimed and not dialled within its lease."""
        query = select(_DROP.id).where(
            _DROP.state == literal_column("'claimed'"), _DROP.lease_until < now
        )
        return self._connection.execute(query.limit(1)).first() is not None

    def release_expired(self, now: datetime) -> int:
        """Put back what was claimed and not dialled within its lease; return how many."""
        return self._release(_DROP.lease_until < now)

    def _release(self, condition: Any) -> int:
        change = (
            update(t.voice_drop)
            .where(_DROP.state == literal_column("'claimed'"), condition)
            .values(state=DropState.PENDING.value, **_FREE)
        )
        return self._connection.execute(change).rowcount

    def of_number(self, number: str) -> Sequence[tuple[Drop, str]]:
        """Return every drop to a number, with its sender's id."""
        query = (
            select(t.voice_drop, t.campaign.c.sender_id)
            .join(t.campaign, t.campaign.c.id == _DROP.campaign_id)
            .where(_DROP.number == number)
            .order_by(_DROP.id)
        )
        return [(_drop(row), row.sender_id) for row in self._connection.execute(query)]

    def forget(self, number: str) -> int:
        """Erase who the callee of a number's drops was; return how many there were."""
        change = update(t.voice_drop).where(_DROP.number == number)
        nothing = dict.fromkeys(
            ("number", "territory", "basis_at", "basis_channel", "basis_source", "basis_slot")
        )
        return self._connection.execute(change.values(**nothing)).rowcount


def _row_of(campaign_id: str, callee: Callee, due_at: datetime) -> dict[str, Any]:
    basis = callee.basis
    return {
        "campaign_id": campaign_id,
        "number": callee.number.e164,
        "callee_kind": callee.kind.value,
        "territory": callee.territory,
        "basis_kind": basis.kind.value,
        "basis_at": basis.at,
        "basis_text_id": basis.text_id,
        "basis_channel": basis.channel,
        "basis_source": basis.source,
        "basis_notice": basis.notice,
        "basis_slot": _slot_to_json(basis.slot),
        "state": DropState.PENDING.value,
        "due_at": due_at,
    }


def _slot_to_json(slot: Slot | None) -> dict[str, str] | None:
    if slot is None:
        return None
    opens, closes = slot.opens.isoformat(), slot.closes.isoformat()
    return {"opens": opens, "closes": closes, "proof": slot.proof}


def _slot_of(document: dict[str, str] | None) -> Slot | None:
    if document is None:
        return None
    opens, closes = (datetime.fromisoformat(document[name]) for name in ("opens", "closes"))
    return Slot(opens, closes, document["proof"])


def _drop(row: Row[Any]) -> Drop:
    return Drop(
        id=row.id,
        campaign_id=row.campaign_id,
        callee=_callee(row) if row.number else None,
        state=DropState(row.state),
        due_at=row.due_at,
        attempts=row.attempts,
        outcome=Outcome(row.outcome) if row.outcome else None,
        findings=tuple(Finding.from_json(found) for found in row.detail or ()),
        worker=row.worker,
    )


def _callee(row: Row[Any]) -> Callee:
    basis = Basis(
        kind=BasisKind(row.basis_kind),
        at=row.basis_at,
        text_id=row.basis_text_id,
        channel=row.basis_channel,
        source=row.basis_source,
        notice=row.basis_notice,
        slot=_slot_of(row.basis_slot),
    )
    return Callee(parse(row.number), CalleeKind(row.callee_kind), row.territory, basis)
