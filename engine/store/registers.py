"""The registers: suppressions, operators' keys and answered requests, heartbeats, settings."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, func, select, text, update
from sqlalchemy import delete as delete_from
from sqlalchemy.dialects import postgresql, sqlite

from engine.interfaces import (
    ApiKey,
    ConsentProof,
    Fresh,
    Idempotency,
    InProgress,
    KeyReused,
    Replay,
)
from engine.journal import Json
from engine.store import tables as t

_KEY_PREFIX = "licite"


def insert_into(connection: Connection, table: Any) -> Any:
    """Return the dialect's own INSERT, which knows ON CONFLICT."""
    module = postgresql if connection.dialect.name == "postgresql" else sqlite
    return module.insert(table)


class SqlSuppressions:
    """The suppression register: keyed hashes."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def lock(self, sender_id: str, hash: bytes) -> None:
        """Keep every other unit about this sender and number out until this one ends."""
        if self._connection.dialect.name == "postgresql":
            key = int.from_bytes(hash[:8], "big", signed=True)
            self._connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": key})

    def add(self, sender_id: str, hash: bytes, *, at: datetime, channel: str) -> bool:
        """Suppress a number for a sender; False when it was suppressed already."""
        added = insert_into(self._connection, t.suppression).values(
            sender_id=sender_id, hash=hash, at=at, channel=channel
        )
        added = added.on_conflict_do_nothing().returning(t.suppression.c.at)
        return self._connection.execute(added).first() is not None

    def holds(self, sender_id: str, hash: bytes) -> bool:
        """Tell whether a sender must leave a number alone."""
        query = select(t.suppression.c.at).where(
            t.suppression.c.sender_id == sender_id, t.suppression.c.hash == hash
        )
        return self._connection.execute(query).first() is not None

    def count(self, sender_id: str) -> int:
        """Count a sender's suppressions."""
        query = select(func.count()).where(t.suppression.c.sender_id == sender_id)
        return self._connection.execute(query).scalar_one()


class SqlConsentProofs:
    """The proofs of consent that erasures keep."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def keep(self, proof: ConsentProof) -> None:
        """Keep a proof; the same consent, shown in another campaign, is kept once."""
        row = t.consent_proof.c
        values = asdict(proof)
        is_same = [row[name].is_not_distinct_from(value) for name, value in values.items()]
        if self._connection.execute(select(row.id).where(*is_same)).first() is None:
            self._connection.execute(t.consent_proof.insert().values(**values))

    def of(self, sender_id: str, hash: bytes) -> Sequence[ConsentProof]:
        """Return the proofs kept about a sender and a number, the oldest consent first."""
        row = t.consent_proof.c
        query = select(t.consent_proof).where(row.sender_id == sender_id, row.hash == hash)
        return [_proof(found) for found in self._connection.execute(query.order_by(row.given_at))]

    def any_ended(self, at: datetime) -> bool:
        """Tell whether a proof is kept no longer."""
        query = select(t.consent_proof.c.id).where(t.consent_proof.c.kept_until <= at).limit(1)
        return self._connection.execute(query).first() is not None

    def forget_ended(self, at: datetime) -> int:
        """Delete the proofs whose years have ended; return how many."""
        ended = delete_from(t.consent_proof).where(t.consent_proof.c.kept_until <= at)
        return self._connection.execute(ended).rowcount


def _proof(row: Row[Any]) -> ConsentProof:
    values = dict(row._mapping)
    del values["id"]
    return ConsentProof(**values)


class SqlAccess:
    """Operators' programs: their keys, and the requests already answered."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add_key(self, sender_id: str, label: str, at: datetime) -> str:
        """Make a key for a sender's program; its token is returned once and never stored."""
        key_id, secret = secrets.token_hex(8), secrets.token_urlsafe(32)
        added = t.api_key.insert().values(
            id=key_id, sender_id=sender_id, label=label, hash=_hash(secret), created_at=at
        )
        self._connection.execute(added)
        return f"{_KEY_PREFIX}.{key_id}.{secret}"

    def key(self, token: str) -> ApiKey | None:
        """Return the key that a token proves; `None` when it proves none, or a revoked one."""
        prefix, _, rest = token.partition(".")
        key_id, _, secret = rest.partition(".")
        query = select(t.api_key).where(t.api_key.c.id == key_id[:16])
        row = self._connection.execute(query).first()
        stored = row.hash if row else bytes(32)
        is_right = secrets.compare_digest(stored, _hash(secret)) and prefix == _KEY_PREFIX
        return _api_key(row) if row and is_right and row.revoked_at is None else None

    def keys(self) -> Sequence[ApiKey]:
        """Return every key, revoked ones included."""
        rows = self._connection.execute(select(t.api_key).order_by(t.api_key.c.created_at))
        return [_api_key(row) for row in rows]

    def revoke(self, key_id: str, at: datetime) -> bool:
        """Revoke a key; False when there is none to revoke."""
        key = t.api_key.c
        change = update(t.api_key).where(key.id == key_id, key.revoked_at.is_(None))
        return self._connection.execute(change.values(revoked_at=at)).rowcount == 1

    def begin(self, scope: str, key: str, *, request_hash: str, at: datetime) -> Idempotency:
        """Take an idempotency key; tell whether its request is new, known, or another one."""
        added = insert_into(self._connection, t.idempotency).values(
            scope=scope, key=key, request_hash=request_hash, started_at=at
        )
        added = added.on_conflict_do_nothing().returning(t.idempotency.c.key)
        if self._connection.execute(added).first() is not None:
            return Fresh()
        row = self._connection.execute(select(t.idempotency).where(_is_request(scope, key))).one()
        if row.request_hash != request_hash:
            return KeyReused()
        if row.status is None:
            return InProgress(row.started_at)
        return Replay(row.status, row.response)

    def take_over(self, scope: str, key: str, *, since: datetime, at: datetime) -> bool:
        """Take a request from a process that died: True for one caller only."""
        row = t.idempotency.c
        change = update(t.idempotency).where(
            _is_request(scope, key), row.status.is_(None), row.started_at == since
        )
        return self._connection.execute(change.values(started_at=at)).rowcount == 1

    def finish(self, scope: str, key: str, *, status: int, response: Json) -> None:
        """Keep the answer of a request, to be given again."""
        change = update(t.idempotency).where(_is_request(scope, key))
        self._connection.execute(change.values(status=status, response=response))

    def abandon(self, scope: str, key: str) -> None:
        """Forget a request that failed, so that it can be made again."""
        self._connection.execute(
            delete_from(t.idempotency).where(
                _is_request(scope, key), t.idempotency.c.status.is_(None)
            )
        )


def _hash(secret: str) -> bytes:
    """Hash a token's secret: 256 random bits need no slow hash."""
    return hashlib.sha256(secret.encode()).digest()


def _is_request(scope: str, key: str) -> Any:
    return (t.idempotency.c.scope == scope) & (t.idempotency.c.key == key)


def _api_key(row: Row[Any]) -> ApiKey:
    return ApiKey(row.id, row.sender_id, row.label, row.created_at, row.revoked_at)


class SqlWorkers:
    """Voice processes and their heartbeats, on the machine's clock."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def beat(self, name: str, at: datetime) -> None:
        """Record that a voice process lives."""
        added = insert_into(self._connection, t.worker).values(name=name, started_at=at, beat_at=at)
        self._connection.execute(
            added.on_conflict_do_update(index_elements=["name"], set_={"beat_at": at})
        )

    def silent_since(self, instant: datetime) -> Sequence[str]:
        """Return the voice processes whose last beat is older than *instant*."""
        query = select(t.worker.c.name).where(t.worker.c.beat_at < instant)
        return list(self._connection.execute(query.order_by(t.worker.c.name)).scalars())

    def forget(self, name: str) -> None:
        """Forget a voice process."""
        self._connection.execute(delete_from(t.worker).where(t.worker.c.name == name))

    def last_beat(self) -> datetime | None:
        """Return the latest beat of any voice process."""
        beat: datetime | None = self._connection.execute(
            select(func.max(t.worker.c.beat_at))
        ).scalar()
        return beat


class SqlSettings:
    """Single values that belong to the database, not to the environment."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def get(self, name: str) -> str | None:
        """Return a value."""
        query = select(t.setting.c.value).where(t.setting.c.name == name)
        return self._connection.execute(query).scalar()

    def put(self, name: str, value: str) -> None:
        """Set a value."""
        added = insert_into(self._connection, t.setting).values(name=name, value=value)
        self._connection.execute(
            added.on_conflict_do_update(index_elements=["name"], set_={"value": value})
        )
