"""Counting: the last minutes and the days before, read on from where they were left."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta

from engine.health import Counts, Window, caller_id_guards
from engine.interfaces import Means, UnitOfWork

#: How long after its minute a call may still be under way: then its minute is counted once more.
UNDER_WAY = timedelta(minutes=6)
#: How long after its end a day is counted for good.
SETTLED_AFTER = timedelta(hours=1)
#: The setting that says before which day every day is counted.
_DAYS_KEPT = "health.days_kept_until"


@dataclass(slots=True)
class Watch:
    """The last minutes and the days before, kept between two looks."""

    window: Window = field(default_factory=Window)
    seen_until: datetime | None = None
    before: dict[str, Counts] = field(default_factory=dict)
    "By caller id, over the days before `day`."
    day: datetime | None = None


def read_on(
    means: Means, watch: Watch, watched: Collection[str], *, longest: timedelta, at: datetime
) -> None:
    """Count the minutes that may have changed since the last look; *longest* is what is kept."""
    oldest = whole_minute(min(day_of(at), at - longest))
    since = oldest if watch.seen_until is None else max(oldest, watch.seen_until - UNDER_WAY)
    since = whole_minute(since)
    with means.store.read() as unit:
        tallies = unit.health.minutes(since, at + timedelta(minutes=1))
    watch.window.forget(oldest)
    watch.window.replace(since, (tally for tally in tallies if tally.route in watched))
    watch.seen_until = at


def read_days(means: Means, watch: Watch, watched: Collection[str], *, at: datetime) -> None:
    """Load the days before, once a day and whenever a further one was settled."""
    settled = settle_next_day(means, at=at)
    if watch.day == day_of(at) and not settled:
        return
    with means.store.read() as unit:
        watch.before = days_before(unit, watched, at)
    watch.day = day_of(at)


def days_before(unit: UnitOfWork, watched: Collection[str], at: datetime) -> dict[str, Counts]:
    """Return the counts of the days before, by caller id, over the routes *watched*."""
    today = at.astimezone(UTC).date()
    before: dict[str, Counts] = {}
    kept = unit.health.days(today - timedelta(days=caller_id_guards().days), today)
    for (caller_id, route), counts in kept.items():
        if route in watched:
            before[caller_id] = before.get(caller_id, Counts()) + counts
    return before


def settle_next_day(means: Means, *, at: datetime) -> bool:
    """Count one more of the days before that are over; False when all are counted."""
    with means.store.read() as unit:
        day = _next_day(unit, at)
    if day is None:
        return False
    with means.store.write() as unit:
        if _next_day(unit, at) != day:
            return True
        unit.health.settle_day(day)
        unit.settings.put(_DAYS_KEPT, (day + timedelta(days=1)).isoformat())
    return True


def _next_day(unit: UnitOfWork, at: datetime) -> date | None:
    """Return the first day that is over and not counted; `None` when there is none."""
    last = (at.astimezone(UTC) - SETTLED_AFTER).date()
    oldest = last - timedelta(days=caller_id_guards().days)
    kept = unit.settings.get(_DAYS_KEPT)
    day = max(date.fromisoformat(kept), oldest) if kept else oldest
    return day if day < last else None


def day_of(at: datetime) -> datetime:
    """Return when the day (UTC) of an instant began."""
    return datetime.combine(at.astimezone(UTC).date(), time(), UTC)


def whole_minute(at: datetime) -> datetime:
    """Return when the minute of an instant began."""
    return at.astimezone(UTC).replace(second=0, microsecond=0)
