"""Public holidays (C. trav. L3133-1) and the next lawful opening."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.calendar import OpeningHours, easter_monday, is_holiday, next_opening, public_holidays
from engine.law import Law
from engine.law.values import texts

HOURS = OpeningHours(frozenset({1, 2, 3, 4, 5}), ((time(10), time(13)), (time(14), time(20))))
ZONES = [ZoneInfo(name) for name in ("Europe/Paris", "Indian/Reunion", "America/Miquelon")]

#: The holidays of L3133-1, by year: the fixed ones and the movable ones.
FIXED = ["01-01", "05-01", "05-08", "07-14", "08-15", "11-01", "11-11", "12-25"]
MOVABLE = {
    2026: ["04-06", "05-14", "05-25"],
    2027: ["03-29", "05-06", "05-17"],
    2028: ["04-17", "05-25", "06-05"],
}


@pytest.mark.parametrize("year", MOVABLE)
def test_the_eleven_holidays_of_l3133_1(year: int) -> None:
    wanted = {date.fromisoformat(f"{year}-{day}") for day in FIXED + MOVABLE[year]}
    assert public_holidays(year) == wanted
    assert easter_monday(year) == date.fromisoformat(f"{year}-{MOVABLE[year][0]}")


def test_the_rulebook_names_the_holidays_that_are_computed() -> None:
    rulebook = texts(Law.load().at(date(2026, 11, 21)).value("public_holidays"))
    assert len(rulebook) == 11
    assert [day for day in rulebook if day[0].isdigit()] == FIXED


@pytest.mark.parametrize("day", ["2026-04-03", "2027-03-26", "2028-04-14"])
def test_good_friday_is_a_holiday_where_it_is_kept(day: str) -> None:
    assert is_holiday(date.fromisoformat(day), ["good_friday"])
    assert not is_holiday(date.fromisoformat(day))
    assert not is_holiday(date.fromisoformat(day) - timedelta(days=7), ["good_friday"])


@given(
    st.integers(0, 3 * 365 * 86400).map(
        lambda second: datetime(2026, 8, 11, tzinfo=UTC) + timedelta(seconds=second)
    ),
    st.lists(st.sampled_from(ZONES), min_size=1, max_size=2, unique=True),
)
def test_the_next_opening_is_open_and_the_instant_before_it_is_closed(
    at: datetime, zones: list[ZoneInfo]
) -> None:
    opening = next_opening(at, HOURS, zones)
    assert opening is not None
    assert opening >= at
    assert all(HOURS.open_at(opening.astimezone(zone)) for zone in zones)
    if opening > at:
        before = opening - timedelta(microseconds=1)
        assert not all(HOURS.open_at(before.astimezone(zone)) for zone in zones)


def test_hours_that_never_open_together_never_open() -> None:
    morning = OpeningHours(frozenset({1}), ((time(10), time(11)),))
    far_apart = [ZoneInfo("Europe/Paris"), ZoneInfo("Pacific/Noumea")]
    assert next_opening(datetime(2026, 11, 24, tzinfo=UTC), morning, far_apart) is None
