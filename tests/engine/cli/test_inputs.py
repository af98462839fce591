"""What operators type, read into values."""

from __future__ import annotations

from datetime import UTC, datetime

import click
import pytest

from engine.cli.inputs import identifier, instant, siren


def test_a_date_alone_is_its_midnight_in_paris() -> None:
    assert instant("2026-08-11") == datetime(2026, 8, 10, 22, tzinfo=UTC)


def test_an_instant_with_an_offset_is_that_instant() -> None:
    assert instant("2026-08-11T09:30:00+02:00") == datetime(2026, 8, 11, 7, 30, tzinfo=UTC)


@pytest.mark.parametrize("text", ["", "soon", "2026-13-01", "2026-08-11T09:30:00"])
def test_what_is_no_instant_is_refused(text: str) -> None:
    with pytest.raises(click.BadParameter):
        instant(text)


@pytest.mark.parametrize("text", ["732829320", "732 829 320"])
def test_a_siren_with_its_check_digit_is_taken(text: str) -> None:
    assert siren(text) == "732829320"


@pytest.mark.parametrize("text", ["", "A", "a b", "é", "-a", "a" * 65])
def test_what_cannot_stand_in_an_address_is_no_name(text: str) -> None:
    with pytest.raises(click.BadParameter):
        identifier(text)
