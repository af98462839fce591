"""Numbers by the French plan first, libphonenumber behind it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.numbers import Line, NumberRefused, mask, parse, territory_of

#: As people write it -> E.164, territory, line.
WRITINGS = [
    ("06 12 34 56 78", "+33612345678", "FR", Line.MOBILE),
    ("0612345678", "+33612345678", "FR", Line.MOBILE),
    ("06.12.34.56.78", "+33612345678", "FR", Line.MOBILE),
    ("06-12-34-56-78", "+33612345678", "FR", Line.MOBILE),
    ("06\u00a012\u202f34 56 78", "+33612345678", "FR", Line.MOBILE),
    ("+33 6 12 34 56 78", "+33612345678", "FR", Line.MOBILE),
    ("+33 (0)6 12 34 56 78", "+33612345678", "FR", Line.MOBILE),
    ("+33 ( 0 ) 6 12 34 56 78", "+33612345678", "FR", Line.MOBILE),
    ("+33 06 12 34 56 78", "+33612345678", "FR", Line.MOBILE),
    ("0033 6 12 34 56 78", "+33612345678", "FR", Line.MOBILE),
    ("01 42 68 53 00", "+33142685300", "FR", Line.GEOGRAPHIC),
    ("09 50 12 34 56", "+33950123456", "FR", Line.NON_GEOGRAPHIC),
    ("07 56 12 34 56", "+33756123456", "FR", Line.MOBILE),
    ("07 00 01 23 45", "+33700012345", "FR", Line.MACHINE),
    ("0 892 123 456", "+33892123456", "FR", Line.SPECIAL),
    ("+44 20 7946 0018", "+442079460018", "GB", Line.GEOGRAPHIC),
    ("+687 75 12 34", "+687751234", "NC", Line.MOBILE),
]


@pytest.mark.parametrize(("text", "e164", "territory", "line"), WRITINGS)
def test_a_number_is_read_however_it_is_written(
    text: str, e164: str, territory: str, line: Line
) -> None:
    number = parse(text)
    assert (number.e164, number.territory, number.line) == (e164, territory, line)
    assert parse(number.e164) == number


#: National prefix -> country code, territory, zone: where libphonenumber alone says +33 and Paris.
OVERSEAS = [
    ("0590 12 34 56", "+590590123456", "GP", "America/Guadeloupe"),
    ("0690 12 34 56", "+590690123456", "GP", "America/Guadeloupe"),
    ("0691 12 34 56", "+590691123456", "GP", "America/Guadeloupe"),
    ("07090 1 23 45", "+590709012345", "GP", "America/Guadeloupe"),
    ("05987 1 23 45", "+590598712345", "GP", "America/Guadeloupe"),
    ("09475 1 23 45", "+590947512345", "GP", "America/Guadeloupe"),
    ("0594 12 34 56", "+594594123456", "GF", "America/Cayenne"),
    ("0694 12 34 56", "+594694123456", "GF", "America/Cayenne"),
    ("070933 12 34", "+594709331234", "GF", "America/Cayenne"),
    ("09476 1 23 45", "+594947612345", "GF", "America/Cayenne"),
    ("0596 12 34 56", "+596596123456", "MQ", "America/Martinique"),
    ("0697 12 34 56", "+596697123456", "MQ", "America/Martinique"),
    ("09477 1 23 45", "+596947712345", "MQ", "America/Martinique"),
    ("0262 12 34 56", "+262262123456", "RE", "Indian/Reunion"),
    ("0263 12 34 56", "+262263123456", "RE", "Indian/Reunion"),
    ("0692 12 34 56", "+262692123456", "RE", "Indian/Reunion"),
    ("02688 1 23 45", "+262268812345", "RE", "Indian/Reunion"),
    ("09479 1 23 45", "+262947912345", "RE", "Indian/Reunion"),
    ("0269 12 34 56", "+262269123456", "YT", "Indian/Mayotte"),
    ("0639 12 34 56", "+262639123456", "YT", "Indian/Mayotte"),
    ("070935 12 34", "+262709351234", "YT", "Indian/Mayotte"),
    ("02689 1 23 45", "+262268912345", "YT", "Indian/Mayotte"),
    ("09478 1 23 45", "+262947812345", "YT", "Indian/Mayotte"),
    ("0508 41 22 33", "+508412233", "PM", "America/Miquelon"),
]


@pytest.mark.parametrize(("text", "e164", "territory", "zone"), OVERSEAS)
def test_overseas_prefixes_are_placed_where_they_are(
    text: str, e164: str, territory: str, zone: str
) -> None:
    number = parse(text)
    assert (number.e164, number.territory, number.zones) == (e164, territory, (zone,))
    assert parse(e164) == number


#: What cannot be read -> why.
REFUSED = [
    ("", "number_missing"),
    ("   ", "number_missing"),
    ("+", "number_missing"),
    ("bonjour", "number_not_digits"),
    ("06 12 34 56 7x", "number_not_digits"),
    ("٠٦١٢٣٤٥٦٧٨", "number_not_digits"),
    ("6,12346E+08", "number_scientific"),
    ("6.12E+8", "number_scientific"),
    ("612345678", "number_zero_lost"),
    ("06 12 34 56", "number_length"),
    ("33612345678", "number_length"),
    ("+33 6 12 34 56", "number_length"),
    ("15", "number_length"),
    ("07 01 02 03 04", "number_unassigned"),
    ("00 00 00 00 00", "number_unknown_plan"),
    ("+33 596 12 34 56", "number_contradictory"),
    ("+596 6 12 34 56 78", "number_contradictory"),
    ("+262 612 34 56 78", "number_contradictory"),
    ("09 76 12 34 56", "number_shared"),
    ("+999 123456", "number_unknown_plan"),
    ("0" * 41, "number_too_long"),
]


@pytest.mark.parametrize(("text", "cause"), REFUSED)
def test_what_is_no_number_is_refused_with_a_way_out(text: str, cause: str) -> None:
    with pytest.raises(NumberRefused) as caught:
        parse(text)
    assert caught.value.cause == cause
    assert caught.value.reason("fr") != caught.value.reason("en")
    assert caught.value.remedy("fr") != caught.value.remedy("en")


def test_a_shared_prefix_is_placed_by_the_persons_territory() -> None:
    assert parse("09 76 12 34 56", territory="FR").e164 == "+33976123456"
    assert parse("09 76 12 34 56", territory="RE").e164 == "+262976123456"
    assert parse("+33 9 76 12 34 56").territory is None
    assert parse("+33 9 76 12 34 56").zones == ()


def test_a_territory_with_a_plan_of_its_own_reads_its_national_numbers() -> None:
    assert parse("75 12 34", territory="NC").e164 == "+687751234"
    assert parse("020 7946 0018", territory="GB").e164 == "+442079460018"


def test_polynesia_has_three_zones() -> None:
    assert len(parse("+689 87 41 23 45").zones) == 3


def test_numbers_of_fiction_are_metropolitan_and_their_neighbours_are_mayottes() -> None:
    assert parse("06 39 98 00 01").territory == "FR"
    assert parse("06 39 97 00 01").territory == "YT"


#: A territory as people write it -> its one form.
TERRITORIES = [
    ("fr", "FR"),
    (" FR-67 ", "FR-67"),
    ("FR-2A", "FR-2A"),
    ("FR-974", "RE"),
    ("FR-RE", "RE"),
    ("FR-976", "YT"),
    ("re", "RE"),
    ("FR-99", None),
    ("France", None),
    ("", None),
]


@pytest.mark.parametrize(("text", "territory"), TERRITORIES)
def test_a_territory_has_one_form(text: str, territory: str | None) -> None:
    assert territory_of(text) == territory


def test_a_number_masks_itself() -> None:
    number = parse("06 12 34 56 78")
    assert number.masked == "+336••••••78"
    assert "612345" not in f"{number} {number!r} {[number]}"
    assert mask("12345") == "•••••"


@given(st.text(max_size=60))
def test_no_text_does_worse_than_a_refusal(text: str) -> None:
    says = ""
    try:
        says = parse(text).masked
    except NumberRefused as refused:
        says = str(refused)
    digits = "".join(sign for sign in text if sign.isdigit())
    assert len(digits) < 8 or digits not in says


@given(st.integers(0, 10**8 - 1), st.sampled_from(["01", "06", "09", "0692", "0594", "07"]))
def test_what_is_read_is_read_back(rest: int, prefix: str) -> None:
    text = prefix + f"{rest:08d}"[: 10 - len(prefix)]
    try:
        number = parse(text)
    except NumberRefused:
        return
    assert parse(number.e164) == number
    assert number.national == text
