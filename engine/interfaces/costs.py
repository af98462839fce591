"""What the operations need of the store: what calls cost."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from engine.cost import Money


@dataclass(frozen=True, slots=True)
class Charged:
    """What a carrier said that some calls cost."""

    route: str
    currency: str
    micros: int
    calls: int


@dataclass(frozen=True, slots=True)
class Uncharged:
    """Calls, answered or deposited, of which no carrier told the cost, alike in what they cost."""

    prefix: str | None
    "The first characters of their numbers; `None` where these were erased."
    duration_s: int | None
    "Begun seconds of conversation; `None` where nobody knows."
    calls: int


@dataclass(frozen=True, slots=True)
class Awaited:
    """When the calls were dialled whose cost a carrier that took them over has not told."""

    route: str
    first: datetime
    last: datetime


class Costs(Protocol):
    """What the calls of campaigns cost."""

    def charged(self, campaign_id: str) -> Sequence[Charged]:
        """Return what carriers charged for a campaign's calls, by route and currency."""

    def uncharged_routes(self, campaign_id: str) -> Sequence[str]:
        """Return the routes of a campaign's calls (`Uncharged`) whose cost no carrier told."""

    def uncharged(self, campaign_id: str, route: str, digits: int) -> Sequence[Uncharged]:
        """Return those calls on a *route*, counted by the first *digits* of their numbers."""

    def awaited(self, campaign_id: str) -> Sequence[Awaited]:
        """Return, by route, when those calls were dialled that a carrier conducted."""

    def charge(self, route: str, charges: Mapping[str, Money]) -> int:
        """Write what a route's calls cost, by reference; what has a cost keeps it.

        Returns how many calls it was written to.
        """
