import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.carriers.presented import calling_number, is_e164, number_in


@pytest.mark.parametrize(
    ("uri", "number"),
    [
        ("sip:+33612345678@trunk.example", "+33612345678"),
        ("sip:+33612345678@trunk.example;user=phone", "+33612345678"),
        ("SIP:+33612345678@trunk.example", "+33612345678"),
        ("sips:0612345678@trunk.example", "+33612345678"),
        ("sip:0033612345678@trunk.example", "+33612345678"),
        ("sip:33612345678@trunk.example", "+33612345678"),
        ("sip:%2B33612345678@trunk.example", "+33612345678"),
        ("sip:+33612345678;phone-context=x@trunk.example", "+33612345678"),
        ("tel:+33-6-12-34-56-78", "+33612345678"),
        ("tel:+32475123456", "+32475123456"),
        ("sip:0032475123456@trunk.example", "+32475123456"),
        ("sip:anonymous@anonymous.invalid", None),
        ("sip:unavailable@trunk.example", None),
        ("sip:trunk.example", None),
        ("sip:3949@trunk.example", None),
        ("sip:1234567@trunk.example", None),
        ("sip:+0612345678@trunk.example", None),
        ("sip:+331234567890123456@trunk.example", None),
        ("mailto:+33612345678@trunk.example", None),
        ("", None),
    ],
)
def test_a_uri_is_a_number_or_nothing(uri: str, number: str | None) -> None:
    assert number_in(uri) == number


ALICE, BOB = "sip:+33612345678@a.example", "sip:+33712345678@a.example"
ANONYMOUS = "sip:anonymous@anonymous.invalid"


@pytest.mark.parametrize(
    ("caller", "asserted", "privacy", "number"),
    [
        (ALICE, None, "", "+33612345678"),
        (ALICE, BOB, "", "+33712345678"),
        (ALICE, "sip:pbx@a.example", "", "+33612345678"),
        (ANONYMOUS, BOB, "", "+33712345678"),
        (ANONYMOUS, BOB, "id", None),
        (ALICE, BOB, "user; ID", None),
        (ALICE, None, "none", "+33612345678"),
        (ANONYMOUS, None, "", None),
    ],
)
def test_the_asserted_identity_goes_first_and_privacy_above_all(
    caller: str, asserted: str | None, privacy: str, number: str | None
) -> None:
    assert calling_number(caller, asserted, privacy) == number


@given(st.text(max_size=60))
def test_any_text_gives_a_number_in_e164_or_none(uri: str) -> None:
    number = number_in(uri)
    assert number is None or is_e164(number)
