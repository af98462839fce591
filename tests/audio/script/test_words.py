"""Sentences and numbers in a text."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audio.script.words import numbers, says, sentences


def test_a_greeting_alone_belongs_to_the_sentence_it_opens() -> None:
    assert sentences("Bonjour ! Ici Midi. Merci.") == ["Bonjour ! Ici Midi.", "Merci."]


def test_an_initial_does_not_end_a_sentence() -> None:
    assert sentences("Ici J. Martin. Merci.") == ["Ici J. Martin.", "Merci."]


@pytest.mark.parametrize(
    ("text", "phrase", "said"),
    [
        ("Ici L'Écho du Sud", "l’echo DU sud", True),
        ("Ici Lumière du Midi", "Lumière", True),
        ("Ici Lumières", "Lumière", False),
        ("Ici Midi", "", False),
    ],
)
def test_words_are_compared_as_they_are_heard(text: str, phrase: str, said: bool) -> None:
    assert says(text, phrase) is said


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("le 09 48 12 34 56 ou le 3250", ["0948123456", "3250"]),
        ("soixante et onze, quatre-vingt-dix-neuf", ["7199"]),
        ("zero nine four eight", ["0948"]),
        ("le 12 à 9 heures", []),
        ("", []),
    ],
)
def test_numbers_are_found_in_digits_and_words(text: str, found: list[str]) -> None:
    assert [said.digits for said in numbers(text)] == found


@given(st.text())
def test_any_text_can_be_searched(text: str) -> None:
    for said in numbers(text):
        assert said.digits
    assert "".join("".join(sentences(text)).split()) == "".join(text.split())
