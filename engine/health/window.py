"""The last minutes of every caller id and route, kept so that they are not counted again."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime

from engine.health.counts import Counts, total


@dataclass(frozen=True, slots=True)
class Tally:
    """The calls of one caller id on one route that were dialled within one minute."""

    minute: datetime
    "Its beginning."
    caller_id: str
    route: str
    counts: Counts


class Window:
    """Tallies, minute by minute; those of the last minutes may still be replaced."""

    def __init__(self) -> None:
        self._minutes: dict[datetime, list[Tally]] = {}

    def replace(self, since: datetime, tallies: Iterable[Tally]) -> None:
        """Take *tallies* as everything that happened from the minute *since* on."""
        self._minutes = {m: kept for m, kept in self._minutes.items() if m < since}
        for tally in tallies:
            self._minutes.setdefault(tally.minute, []).append(tally)

    def forget(self, before: datetime) -> None:
        """Drop the minutes that began before *before*."""
        self._minutes = {m: kept for m, kept in self._minutes.items() if m >= before}

    def route(self, name: str, since: datetime) -> Counts:
        """Return a route's counts in the whole minutes from *since* on."""
        return self._total(since, lambda tally: tally.route == name)

    def caller_id(self, number: str, since: datetime) -> Counts:
        """Return a caller id's counts in the whole minutes from *since* on."""
        return self._total(since, lambda tally: tally.caller_id == number)

    def _total(self, since: datetime, counts: Callable[[Tally], bool]) -> Counts:
        return total(
            tally.counts
            for minute, tallies in self._minutes.items()
            if minute >= since
            for tally in tallies
            if counts(tally)
        )
