"""What calling a number costs: an opt-out number, or one said in an announcement."""

import pytest

from tests.engine.law.builders import rate_today


@pytest.mark.parametrize(
    ("number", "rate"),
    [
        ("+33948123456", "standard"),
        ("0123456789", "standard"),
        ("01 23 45 67 89", "standard"),
        ("0262123456", "standard"),
        ("+262262123456", "standard"),
        ("0800123456", "free"),
        ("0805123456", "free"),
        ("0806123456", "standard"),
        ("0809123456", "standard"),
        ("0810123456", "premium"),
        ("0820123456", "premium"),
        ("0899123456", "premium"),
        ("118218", "premium"),
        ("116000", "free"),
        ("3000", "free"),
        ("3008", "premium"),
        ("3009", "free"),
        ("3169", "free"),
        ("3170", "premium"),
        ("3180", "free"),
        ("3250", "premium"),
        ("3999", "premium"),
        ("1023", "premium"),
        ("0612345678", "unknown"),
        ("0836123456", "unknown"),
        ("36000", "unknown"),
        ("+442071234567", "unknown"),
        ("", "unknown"),
    ],
)
def test_numbers_are_classified_by_the_tariffs_in_force(number: str, rate: str) -> None:
    assert rate_today(number) == rate
