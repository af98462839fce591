"""Days and hours at which callees may be called, in their own time zones."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cache, lru_cache
from zoneinfo import ZoneInfo

import holidays

FARTHEST_DAYS = 400
"How far `next_opening` looks before it says that nothing opens."

NEVER = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class OpeningHours:
    """The local days and hours of a calling window; each slot excludes its end."""

    days: frozenset[int]
    "ISO weekdays: Monday is 1."
    slots: tuple[tuple[time, time], ...]
    skips_holidays: bool = True

    def open_at(self, local: datetime, closed_days: Collection[str] = ()) -> bool:
        """Whether *local*, an instant in the callee's zone, lies in the window."""
        if not self.open_on(local.date(), closed_days):
            return False
        clock = local.time()
        return any(opens <= clock < closes for opens, closes in self.slots)

    def closing(self, local: datetime) -> datetime | None:
        """Return the end of the slot that holds *local*, on the same clock; `None`: none does."""
        clock = local.time()
        ends = (closes for opens, closes in self.slots if opens <= clock < closes)
        end = next(ends, None)
        return datetime.combine(local.date(), end, local.tzinfo) if end else None

    def lasts(self, local: datetime, delay: timedelta, closed_days: Collection[str] = ()) -> bool:
        """Whether the slot that holds *local* is still open after *delay*."""
        closing = self.closing(local) if self.open_at(local, closed_days) else None
        return closing is not None and local.astimezone(UTC) + delay < closing.astimezone(UTC)

    def open_on(self, day: date, closed_days: Collection[str] = ()) -> bool:
        """Whether the window opens at all on *day*; *closed_days* are local holidays."""
        if day.isoweekday() not in self.days:
            return False
        return not (self.skips_holidays and is_holiday(day, closed_days))


def is_holiday(day: date, closed_days: Collection[str] = ()) -> bool:
    """Whether *day* is a public holiday of C. trav. L3133-1, or one of *closed_days*.

    *closed_days* are written ``MM-DD``, or ``good_friday``.
    """
    if day in public_holidays(day.year):
        return True
    if not closed_days:
        return False
    return f"{day:%m-%d}" in closed_days or ("good_friday" in closed_days and _good_friday(day))


@cache
def public_holidays(year: int) -> frozenset[date]:
    """Return the eleven holidays of C. trav. L3133-1 in *year*."""
    return frozenset(holidays.country_holidays("FR", years=year))


def _good_friday(day: date) -> bool:
    """Whether *day* is three days before Easter Monday."""
    return day.weekday() == 4 and easter_monday(day.year) - day == timedelta(days=3)


@cache
def easter_monday(year: int) -> date:
    """Return Easter Monday, the only holiday Monday between 23 March and 26 April for certain."""
    names = holidays.country_holidays("FR", years=year, language="en_US")
    return next(day for day, name in names.items() if "Easter Monday" in name)


def next_opening(
    at: datetime,
    hours: OpeningHours,
    zones: Sequence[ZoneInfo],
    closed_days: tuple[str, ...] = (),
) -> datetime | None:
    """Return the first instant from *at* on that is open in all *zones*, in UTC.

    `None` when nothing opens within `FARTHEST_DAYS`.
    """
    instant = at.astimezone(UTC)
    farthest = instant + timedelta(days=FARTHEST_DAYS)
    while instant <= farthest:
        later = max(_opening_in(zone, instant, hours, closed_days) for zone in zones)
        if later == instant:
            return instant
        instant = later
    return None


def _opening_in(
    zone: ZoneInfo, at: datetime, hours: OpeningHours, closed_days: tuple[str, ...]
) -> datetime:
    """Return *at* when it is open in *zone*, else the next opening there, in UTC."""
    local = at.astimezone(zone)
    if hours.open_at(local, closed_days):
        return at
    openings = _openings(local.date(), hours, zone, closed_days)
    return next((opening for opening in openings if opening > at), NEVER)


@lru_cache(maxsize=4096)
def _openings(
    day: date, hours: OpeningHours, zone: ZoneInfo, closed_days: tuple[str, ...]
) -> tuple[datetime, ...]:
    """Return the openings of *day* and those of the next open day, in UTC."""
    following = (day + timedelta(days=ahead) for ahead in range(1, FARTHEST_DAYS + 2))
    next_day = next((later for later in following if hours.open_on(later, closed_days)), None)
    open_days = [a_day for a_day in (day, next_day) if a_day and hours.open_on(a_day, closed_days)]
    return tuple(
        datetime.combine(a_day, opens, zone).astimezone(UTC)
        for a_day in open_days
        for opens, _ in hours.slots
    )
