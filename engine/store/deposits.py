"""Direct deposits: bound files, and batches with their calls."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime

from sqlalchemy import Connection, func, insert, select, update

from engine.interfaces.deposits import DepositAudio, DepositBatch
from engine.store import tables as t
from engine.store.registers import insert_into

_AUDIO, _BATCH, _CALL = t.deposit_audio.c, t.deposit_batch.c, t.deposit.c


class SqlDeposits:
    """The files that providers keep for us, and the batches they were handed."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def bind(self, audio: DepositAudio) -> None:
        """Bind a file to a recording on a route; a former binding and its attestation go."""
        values = asdict(audio)
        bound = insert_into(self._connection, t.deposit_audio).values(**values)
        bound = bound.on_conflict_do_update(index_elements=["route", "sha256"], set_=values)
        self._connection.execute(bound)

    def attest(self, route: str, sha256: str, *, by: str, at: datetime) -> None:
        """Record who heard the approved recording in the file."""
        change = update(t.deposit_audio).where(_AUDIO.route == route, _AUDIO.sha256 == sha256)
        self._connection.execute(change.values(attested_by=by, attested_at=at))

    def audio(self, route: str, sha256: str) -> DepositAudio | None:
        """Return the file bound to a recording on a route."""
        query = select(t.deposit_audio).where(_AUDIO.route == route, _AUDIO.sha256 == sha256)
        row = self._connection.execute(query).first()
        return DepositAudio(**row._mapping) if row else None

    def audios(self) -> Sequence[DepositAudio]:
        """Return every binding, by route."""
        query = select(t.deposit_audio).order_by(_AUDIO.route, _AUDIO.bound_at, _AUDIO.sha256)
        return [DepositAudio(**row._mapping) for row in self._connection.execute(query)]

    def open(self, batch: DepositBatch, call_ids: Sequence[int]) -> None:
        """Record a batch that is about to leave, and the calls that it is made of.

        A call that was another batch's, of which nothing left, is this one's from now on.
        """
        self._connection.execute(insert(t.deposit_batch).values(**asdict(batch)))
        rows = [{"call_id": call_id, "batch_id": batch.id} for call_id in call_ids]
        row = insert_into(self._connection, t.deposit)
        moved = {"batch_id": row.excluded.batch_id}
        added = row.on_conflict_do_update(index_elements=["call_id"], set_=moved)
        self._connection.execute(added, rows)

    def refer(self, batch_id: str, reference: str) -> None:
        """Record the provider's name of a batch, unless it is known."""
        change = update(t.deposit_batch).where(_BATCH.id == batch_id, _BATCH.reference.is_(None))
        self._connection.execute(change.values(reference=reference))

    def settle(self, batch_id: str, at: datetime) -> None:
        """Record that no call of a batch waits for anything."""
        change = update(t.deposit_batch).where(_BATCH.id == batch_id, _BATCH.settled_at.is_(None))
        self._connection.execute(change.values(settled_at=at))

    def batch(self, batch_id: str) -> DepositBatch | None:
        """Return a batch."""
        query = select(t.deposit_batch).where(_BATCH.id == batch_id)
        row = self._connection.execute(query).first()
        return DepositBatch(**row._mapping) if row else None

    def calls(self, batch_id: str) -> Sequence[int]:
        """Return the calls of a batch, by id."""
        query = select(_CALL.call_id).where(_CALL.batch_id == batch_id).order_by(_CALL.call_id)
        return list(self._connection.execute(query).scalars())

    def call_to(self, batch_id: str, number: str) -> int | None:
        """Return a batch's call to an E.164 number."""
        query = (
            select(_CALL.call_id)
            .join(t.voice_call, t.voice_call.c.id == _CALL.call_id)
            .where(_CALL.batch_id == batch_id, t.voice_call.c.number == number)
        )
        return self._connection.execute(query).scalar()

    def count_since(self, route: str, since: datetime) -> int:
        """Count the batches that left over a route after *since*."""
        query = select(func.count()).where(_BATCH.route == route, _BATCH.sent_at > since)
        return self._connection.execute(query).scalar_one()

    def overdue(self, at: datetime) -> Sequence[DepositBatch]:
        """Return the batches for which nothing more is waited at *at*, the oldest first."""
        query = (
            select(t.deposit_batch)
            .where(_BATCH.settled_at.is_(None), _BATCH.judged_at <= at)
            .order_by(_BATCH.judged_at)
        )
        return [DepositBatch(**row._mapping) for row in self._connection.execute(query)]
