"""An attacker who owns the database: append-only triggers do not stop whoever can drop them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import sqlalchemy as sa

from engine.store import SqlStore


@contextmanager
def tampering(store: SqlStore) -> Iterator[sa.Connection]:
    """Yield a connection on which every row can be changed; what it did is committed."""
    with store.database.connect() as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(sa.text("SET session_replication_role = replica"))
        else:
            connection.exec_driver_sql("BEGIN IMMEDIATE")
            query = sa.text("SELECT name FROM sqlite_master WHERE type = 'trigger'")
            for name in connection.execute(query).scalars().all():
                connection.exec_driver_sql(f'DROP TRIGGER "{name}"')
        yield connection
        if connection.dialect.name == "postgresql":
            connection.execute(sa.text("SET session_replication_role = DEFAULT"))
        connection.commit()
