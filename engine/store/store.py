"""The store: opens the database and hands out units of work."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property

from sqlalchemy import Connection, Engine

from engine.store import schema
from engine.store.calls import SqlCalls
from engine.store.campaigns import SqlCampaigns
from engine.store.connection import open_database, reading, writing
from engine.store.costs import SqlCosts
from engine.store.deposits import SqlDeposits
from engine.store.drops import SqlDrops
from engine.store.health import SqlHealth
from engine.store.ledger import SqlJournal
from engine.store.registers import (
    SqlAccess,
    SqlConsentProofs,
    SqlSettings,
    SqlSuppressions,
    SqlWorkers,
)
from engine.store.reports import SqlReports
from engine.store.scenarios import SqlScenarios
from engine.store.setup import SqlSetup


class SqlUnit:
    """One transaction, and the named functions that it can call."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    @cached_property
    def setup(self) -> SqlSetup:
        """Senders and what they call with."""
        return SqlSetup(self._connection)

    @cached_property
    def scenarios(self) -> SqlScenarios:
        """Voice scenarios."""
        return SqlScenarios(self._connection)

    @cached_property
    def campaigns(self) -> SqlCampaigns:
        """Campaigns and the stop flag."""
        return SqlCampaigns(self._connection)

    @cached_property
    def drops(self) -> SqlDrops:
        """Drops: one callee of one campaign each."""
        return SqlDrops(self._connection)

    @cached_property
    def calls(self) -> SqlCalls:
        """Attempts."""
        return SqlCalls(self._connection)

    @cached_property
    def reports(self) -> SqlReports:
        """What carriers told of the calls that they conduct."""
        return SqlReports(self._connection)

    @cached_property
    def deposits(self) -> SqlDeposits:
        """Direct deposits: the files a provider keeps, and the batches it was handed."""
        return SqlDeposits(self._connection)

    @cached_property
    def health(self) -> SqlHealth:
        """How calls fared, and which campaigns a guard paused."""
        return SqlHealth(self._connection)

    @cached_property
    def costs(self) -> SqlCosts:
        """What the calls of campaigns cost."""
        return SqlCosts(self._connection)

    @cached_property
    def suppressions(self) -> SqlSuppressions:
        """The suppression register: keyed hashes."""
        return SqlSuppressions(self._connection)

    @cached_property
    def consent_proofs(self) -> SqlConsentProofs:
        """The proofs of consent that erasures keep."""
        return SqlConsentProofs(self._connection)

    @cached_property
    def access(self) -> SqlAccess:
        """Operators' programs: their keys, and the requests already answered."""
        return SqlAccess(self._connection)

    @cached_property
    def workers(self) -> SqlWorkers:
        """Voice processes and their heartbeats, on the machine's clock."""
        return SqlWorkers(self._connection)

    @cached_property
    def journal(self) -> SqlJournal:
        """The journal's rows."""
        return SqlJournal(self._connection)

    @cached_property
    def settings(self) -> SqlSettings:
        """Single values that belong to the database, not to the environment."""
        return SqlSettings(self._connection)


class SqlStore:
    """A store on SQLite or PostgreSQL."""

    def __init__(self, database: Engine) -> None:
        self.database = database

    @contextmanager
    def write(self) -> Iterator[SqlUnit]:
        """Open a unit of work: committed at the end, rolled back on any exception."""
        with writing(self.database) as connection:
            yield SqlUnit(connection)

    @contextmanager
    def read(self) -> Iterator[SqlUnit]:
        """Open one consistent view; nothing in it is written."""
        with reading(self.database) as connection:
            yield SqlUnit(connection)

    def upgrade(self) -> None:
        """Bring the schema to the version that this program wants."""
        schema.upgrade(self.database)

    def check(self) -> None:
        """Raise SchemaMismatch, saying what to do, unless the schema is the one wanted."""
        with reading(self.database) as connection:
            schema.check(connection)

    def close(self) -> None:
        """Close every connection."""
        self.database.dispose()


def open_store(url: str) -> SqlStore:
    """Return the store at *url*; its schema is neither created nor checked yet."""
    return SqlStore(open_database(url))
