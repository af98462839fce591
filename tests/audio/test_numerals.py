"""Numbers as they are said."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audio.numerals import grouped, national, spoken
from audio.script.words import numbers


@pytest.mark.parametrize(
    ("number", "said"),
    [
        ("+33948123456", "zéro neuf, quarante-huit, douze, trente-quatre, cinquante-six"),
        ("0171819100", "zéro un, soixante et onze, quatre-vingt-un, quatre-vingt-onze, zéro zéro"),
        ("0800123456", "zéro, huit cent, cent vingt-trois, quatre cent cinquante-six"),
        ("3020", "trente, vingt"),
    ],
)
def test_french_numbers_are_said_in_pairs(number: str, said: str) -> None:
    assert spoken(number, "fr") == said


def test_english_numbers_are_said_digit_by_digit() -> None:
    assert spoken("0612", "en") == "zero six, one two"


@pytest.mark.parametrize(
    ("number", "written"),
    [
        ("+33948123456", "09 48 12 34 56"),
        ("0800123456", "0 800 123 456"),
        ("3020", "3020"),
    ],
)
def test_numbers_are_written_as_the_french_do(number: str, written: str) -> None:
    assert grouped(number) == written


def test_national_is_what_is_dialled_in_france() -> None:
    assert national("+33 6 12 34 56 78") == "0612345678"


@given(st.from_regex(r"0[1-9][0-9]{8}", fullmatch=True), st.sampled_from(["fr", "en"]))
def test_what_is_said_can_be_understood_again(number: str, language: str) -> None:
    assert [said.digits for said in numbers(spoken(number, language))] == [number]
