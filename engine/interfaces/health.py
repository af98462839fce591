"""What the health guards need of the store: calls, counted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Protocol

from engine.health import Counts, Tally


class Health(Protocol):
    """How calls fared, and which campaigns a guard paused."""

    def minutes(
        self, since: datetime, until: datetime, *, caller_id: str | None = None
    ) -> Sequence[Tally]:
        """Count the calls dialled from *since* on, before *until*, by minute.

        An objection counts in the minute in which it came, whenever the call was.
        """

    def objected(self, sender_id: str, number: str, *, since: datetime, at: datetime) -> None:
        """Record that the callee of a sender's last call to a number, since then, objected."""

    def settle_day(self, day: date) -> None:
        """Keep the counts of a day (UTC) whose calls are all over."""

    def days(self, since: date, until: date) -> Mapping[tuple[str, str], Counts]:
        """Return the counts of the days kept, from *since* on, before *until*.

        By caller id and route.
        """

    def called_by(self, campaign_id: str, route: str, *, caller_id: str, since: datetime) -> bool:
        """Tell whether a campaign that shows *caller_id* has called by a route since then."""

    def pause_for(self, campaign_id: str, reason: str | None) -> None:
        """Record why a guard paused a campaign; `None`: no guard did."""

    def is_first(self, worker: str, since: datetime) -> bool:
        """Tell whether *worker* is the first by name of those that gave a sign since then."""
