"""What the operations need of a store: units of work and the named functions in them.

A unit of work is all or nothing. Every function is one statement or a few; what they must hold
together (a drop is dialled once, an opt-out is never lost) is the operations' to compose, and the
database's constraints to enforce.
"""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import Protocol

from engine.interfaces.campaigns import Calls, Campaigns, Drops
from engine.interfaces.costs import Costs
from engine.interfaces.deposits import Deposits
from engine.interfaces.health import Health
from engine.interfaces.registers import (
    Access,
    ConsentProofs,
    JournalRoom,
    Settings,
    Suppressions,
    Workers,
)
from engine.interfaces.reports import Reports
from engine.interfaces.scenarios import Scenarios
from engine.interfaces.setup import Setup
from engine.keys import Keys
from engine.law import Law


class UnitOfWork(Protocol):
    """Everything that one transaction can do."""

    @property
    def setup(self) -> Setup:
        """Senders and what they call with."""

    @property
    def scenarios(self) -> Scenarios:
        """Voice scenarios."""

    @property
    def campaigns(self) -> Campaigns:
        """Campaigns and the stop flag."""

    @property
    def drops(self) -> Drops:
        """Drops: one callee of one campaign each."""

    @property
    def calls(self) -> Calls:
        """Attempts."""

    @property
    def reports(self) -> Reports:
        """What carriers told of the calls that they conduct."""

    @property
    def deposits(self) -> Deposits:
        """Direct deposits: the files a provider keeps, and the batches it was handed."""

    @property
    def health(self) -> Health:
        """How calls fared, and which campaigns a guard paused."""

    @property
    def costs(self) -> Costs:
        """What the calls of campaigns cost."""

    @property
    def suppressions(self) -> Suppressions:
        """The suppression register: keyed hashes."""

    @property
    def consent_proofs(self) -> ConsentProofs:
        """The proofs of consent that erasures keep."""

    @property
    def access(self) -> Access:
        """Operators' programs: their keys, and the requests already answered."""

    @property
    def workers(self) -> Workers:
        """Voice processes and their heartbeats, on the machine's clock."""

    @property
    def journal(self) -> JournalRoom:
        """The journal's rows."""

    @property
    def settings(self) -> Settings:
        """Single values that belong to the database, not to the environment."""


class Store(Protocol):
    """Where everything is kept."""

    def write(self) -> AbstractContextManager[UnitOfWork]:
        """Open a unit of work: committed at the end, rolled back on any exception."""

    def read(self) -> AbstractContextManager[UnitOfWork]:
        """Open one consistent view; nothing in it is written."""


class Means(Protocol):
    """What every operation works with."""

    @property
    def store(self) -> Store:
        """Where everything is kept."""

    @property
    def law(self) -> Law:
        """The rulebook."""

    @property
    def keys(self) -> Keys:
        """The installation's secret keys."""
