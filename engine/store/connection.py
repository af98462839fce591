"""Engines and transactions: one way to begin, on SQLite and on PostgreSQL.

SQLAlchemy's default SQLite transaction begins at the first write, which loses read-then-write
updates: here every unit of work that writes begins with ``BEGIN IMMEDIATE``. SQLite's own busy
handler starves a process for seconds: here it is off, and writers take turns.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import make_url
from sqlalchemy.exc import (
    ArgumentError,
    DatabaseError,
    IntegrityError,
    InterfaceError,
    OperationalError,
)
from sqlalchemy.exc import TimeoutError as PoolTimeout

from engine.interfaces import ConstraintBroken, StoreUnavailable
from engine.journal import without_numbers
from engine.store.turn import next_turn, wait_until

#: What an address of a store looks like.
_WANTED = "write sqlite:///FILE or postgresql+psycopg://USER@HOST/DATABASE"


def open_database(url: str) -> Engine:
    """Return the engine for *url* (``sqlite:///…`` or ``postgresql+psycopg://…``).

    Raises StoreUnavailable on an address of another kind.
    """
    try:
        return _database(url)
    except (ArgumentError, ImportError):
        # Not SQLAlchemy's message: it may repeat the address, and so a password.
        raise StoreUnavailable(f"no such kind of database; {_WANTED}") from None


def _database(url: str) -> Engine:
    backend = make_url(url).get_backend_name()
    if backend == "sqlite":
        database = create_engine(
            url,
            isolation_level="AUTOCOMMIT",
            connect_args={"timeout": 0},
            hide_parameters=True,
            pool_size=8,
            max_overflow=24,
        )
        event.listen(database, "connect", _prepare_sqlite)
        return database
    if backend == "postgresql":
        return create_engine(
            url, hide_parameters=True, pool_size=8, max_overflow=24, pool_pre_ping=True
        )
    raise StoreUnavailable(f"the store speaks SQLite and PostgreSQL, not {backend}; {_WANTED}")


def _prepare_sqlite(connection: Any, _record: object) -> None:
    cursor = connection.cursor()
    cursor.execute("PRAGMA foreign_keys = ON")
    cursor.execute("PRAGMA synchronous = FULL")  # "dialled" survives a power cut
    cursor.execute("PRAGMA temp_store = MEMORY")
    cursor.close()


def keep_write_ahead_log(database: Engine) -> None:
    """Turn on SQLite's write-ahead log, which the file remembers."""
    with _reaching(), database.connect() as connection:
        _insist(connection, "PRAGMA journal_mode = WAL")


@contextmanager
def writing(database: Engine) -> Iterator[Connection]:
    """Hold a transaction that may write; commit at the end, roll back on any exception."""
    with _reaching(), database.connect() as connection:
        if database.dialect.name == "sqlite":
            with next_turn(database.url.database):
                _insist(connection, "BEGIN IMMEDIATE")
        yield connection
        connection.commit()


@contextmanager
def reading(database: Engine) -> Iterator[Connection]:
    """Hold one consistent view of the store; nothing is written."""
    with _reaching(), database.connect() as connection:
        if database.dialect.name == "sqlite":
            connection.exec_driver_sql("BEGIN")
            _insist(connection, "SELECT count(*) FROM sqlite_master")
        else:
            connection = connection.execution_options(isolation_level="REPEATABLE READ")
        yield connection


@contextmanager
def _reaching() -> Iterator[None]:
    """Tell a store that cannot be reached, or that refuses, from every other failure.

    A database's own message may quote the row, and so a telephone number: it is blotted out.
    """
    try:
        yield
    except IntegrityError as error:
        raise ConstraintBroken(without_numbers(str(error.orig))) from None
    except (OperationalError, InterfaceError, PoolTimeout) as error:
        reason = without_numbers(str(getattr(error, "orig", error)))
        raise StoreUnavailable(f"the store cannot be used now: {reason}") from None
    except DatabaseError as error:
        if type(error) is not DatabaseError:  # its kinds are our own mistakes
            raise
        reason = without_numbers(str(error.orig))  # SQLite: not a database, or a damaged one
        raise StoreUnavailable(f"the store cannot be used: {reason}") from None


def _insist(connection: Connection, statement: str) -> None:
    """Execute *statement*, again and again while another process has the database.

    The driver is asked itself: an error that passes through SQLAlchemy costs more than the look.
    """
    driver: Any = connection.connection.driver_connection

    def is_done() -> bool:
        try:
            driver.execute(statement).close()
        except sqlite3.OperationalError as error:
            if "locked" in str(error) or "busy" in str(error):
                return False
            connection.exec_driver_sql(statement)  # fails again, in the words of the layer above
        return True

    wait_until(is_done)
