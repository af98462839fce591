"""The hours of the sender's people: what operators write, and when somebody answers."""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.reception import PARIS, HoursRefused, parse_hours

SHOP = "mon-fri 09:00-12:30 13:30-18:00; sat 09:00-12:00"


def paris(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=PARIS)


@pytest.mark.parametrize(
    ("at", "is_open"),
    [
        ("2026-11-24T08:59:59", False),
        ("2026-11-24T09:00", True),
        ("2026-11-24T12:29:59", True),
        ("2026-11-24T12:30", False),
        ("2026-11-24T13:30", True),
        ("2026-11-24T18:00", False),
        ("2026-11-28T11:00", True),
        ("2026-11-28T14:00", False),
        ("2026-11-29T11:00", False),
        ("2026-12-25T11:00", False),  # a Friday, and Christmas
    ],
)
def test_the_slots_of_a_day_hold_but_for_holidays(at: str, is_open: bool) -> None:
    assert parse_hours(SHOP).is_open(paris(at)) is is_open


@pytest.mark.parametrize(
    ("at", "opens"),
    [
        ("2026-11-24T10:00", "2026-11-24T10:00"),
        ("2026-11-24T12:45", "2026-11-24T13:30"),
        ("2026-11-27T19:00", "2026-11-28T09:00"),
        ("2026-11-28T12:00", "2026-11-30T09:00"),
        ("2026-12-24T19:00", "2026-12-26T09:00"),
    ],
)
def test_the_next_opening_is_the_first_of_all_weeks(at: str, opens: str) -> None:
    assert parse_hours(SHOP).opens_at(paris(at)) == paris(opens)


@pytest.mark.parametrize(
    "text",
    [
        *("lun-ven 09:00-18:00", "MON-FRI 9:00-18:00"),
        *("mon,tue,wed,thu,fri 09:00-18:00", "mon tue-fri 9:00-18:00"),
    ],
)
def test_days_are_written_in_either_language_one_by_one_or_in_stretches(text: str) -> None:
    assert parse_hours(text) == parse_hours("mon-fri 09:00-18:00")


def test_midnight_ends_a_day() -> None:
    assert parse_hours("mon-sun 00:00-24:00").is_open(paris("2026-11-24T23:59:59"))


@pytest.mark.parametrize(
    ("text", "cause"),
    [
        ("", "hours_missing"),
        (" ; ", "hours_missing"),
        ("09:00-18:00", "hours_without_days"),
        ("mon-fri", "hours_without_times"),
        ("mon-fry 09:00-18:00", "hours_day"),
        ("fri-mon 09:00-18:00", "hours_backwards"),
        ("mon 18:00-09:00", "hours_backwards"),
        ("mon 09:00-09:00", "hours_backwards"),
        ("mon 25:00-26:00", "hours_time"),
        ("mon 09:00-24:30", "hours_time"),
        ("mon 9h-18h 10:00-11:00", "hours_day"),
        ("mon 09:00-12:00 11:00-14:00", "hours_overlap"),
        ("mon " + "09:00-10:00 " * 20, "hours_too_long"),
    ],
)
def test_what_is_no_weeks_hours_is_refused_with_the_piece_that_is_wrong(
    text: str, cause: str
) -> None:
    with pytest.raises(HoursRefused) as refused:
        parse_hours(text)
    assert refused.value.cause == cause
    for language in ("fr", "en"):
        assert refused.value.reason(language) != refused.value.remedy(language)


@given(st.text(alphabet="monfrisat0123456789:-;, é\n", max_size=60))
def test_whatever_is_written_is_read_or_refused(text: str) -> None:
    with suppress(HoursRefused):
        assert parse_hours(text).opens_at(paris("2026-11-24T10:00"))
