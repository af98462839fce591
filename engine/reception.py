"""When a sender's people answer: hours as operators write them, French public holidays closed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, time
from itertools import pairwise
from zoneinfo import ZoneInfo

from engine.calendar import OpeningHours, next_opening
from engine.wording import sentence

PARIS = ZoneInfo("Europe/Paris")

#: Characters; nothing longer is a week's hours.
LONGEST = 200

_DAYS = {
    name: number
    for names in (
        ("mon", "tue", "wed", "thu", "fri", "sat", "sun"),
        ("lun", "mar", "mer", "jeu", "ven", "sam", "dim"),
    )
    for number, name in enumerate(names, start=1)
}
_SLOT = re.compile(r"([01]?\d|2[0-4]):([0-5]\d)-([01]?\d|2[0-4]):([0-5]\d)", re.ASCII)


class HoursRefused(ValueError):
    """A text that is no week's hours: ``part`` is the piece that is wrong."""

    def __init__(self, cause: str, part: str) -> None:
        self.cause, self.part = cause, part
        super().__init__(sentence(cause, "reason", "en", {"part": part}))

    def reason(self, language: str = "fr") -> str:
        """Say what is wrong, in *language*."""
        return sentence(self.cause, "reason", language, {"part": self.part})

    def remedy(self, language: str = "fr") -> str:
        """Say what to write instead, in *language*."""
        return sentence(self.cause, "remedy", language, {"part": self.part})


@dataclass(frozen=True, slots=True)
class Reception:
    """The hours of a week, in Paris; never on the holidays of C. trav. L3133-1."""

    weeks: tuple[OpeningHours, ...]

    def is_open(self, at: datetime) -> bool:
        """Tell whether somebody answers at an instant."""
        local = at.astimezone(PARIS)
        return any(week.open_at(local) for week in self.weeks)

    def opens_at(self, at: datetime) -> datetime | None:
        """Return the first instant from *at* on at which somebody answers, in UTC."""
        openings = (next_opening(at, week, [PARIS]) for week in self.weeks)
        return min((opening for opening in openings if opening is not None), default=None)


def parse_hours(text: str) -> Reception:
    """Read ``mon-fri 09:00-12:30 13:30-18:00; sat 09:00-12:00``; days in English or in French.

    Raises HoursRefused.
    """
    if len(text) > LONGEST:
        raise HoursRefused("hours_too_long", text[:40])
    parts = [part.strip() for part in text.split(";") if part.strip()]
    if not parts:
        raise HoursRefused("hours_missing", "")
    return Reception(tuple(_week(part) for part in parts))


def _week(part: str) -> OpeningHours:
    pieces = part.lower().split()
    cut = next((place for place, piece in enumerate(pieces) if ":" in piece), len(pieces))
    days = frozenset(day for piece in pieces[:cut] for day in _days(piece))
    slots = tuple(sorted(_slot(piece) for piece in pieces[cut:]))
    if not days:
        raise HoursRefused("hours_without_days", part)
    if not slots:
        raise HoursRefused("hours_without_times", part)
    for (_, closes), (opens, _) in pairwise(slots):
        if opens < closes:
            raise HoursRefused("hours_overlap", part)
    return OpeningHours(days, slots)


def _days(piece: str) -> Iterator[int]:
    """Yield the days of ``mon``, ``mon,wed`` or ``mon-fri``."""
    for stretch in piece.strip(",").split(","):
        first, dash, last = stretch.partition("-")
        if first not in _DAYS or (dash and last not in _DAYS):
            raise HoursRefused("hours_day", stretch)
        start, end = _DAYS[first], _DAYS[last or first]
        if end < start:
            raise HoursRefused("hours_backwards", stretch)
        yield from range(start, end + 1)


def _slot(piece: str) -> tuple[time, time]:
    written = _SLOT.fullmatch(piece)
    if written is None:
        raise HoursRefused("hours_time", piece)
    opens, closes = _time(written[1], written[2], piece), _time(written[3], written[4], piece)
    if closes <= opens:
        raise HoursRefused("hours_backwards", piece)
    return opens, closes


def _time(hour: str, minute: str, piece: str) -> time:
    """Return a time of day; 24:00 is the day's last instant."""
    if hour == "24":
        if minute != "00":
            raise HoursRefused("hours_time", piece)
        return time.max
    return time(int(hour), int(minute))
