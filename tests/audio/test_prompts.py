"""The flows' own prompts."""

import pytest

from audio.prompts import Prompts

#: The names that the flows play.
NAMES = (
    "press_9",
    "wrong_key",
    "opted_out",
    "goodbye",
    "call_back_welcome",
    "call_back_press_9",
    "call_back_goodbye",
    "key_number",
    "not_a_number",
    "read_back",
    "confirm_number",
    "digits/0612345678",
)


def prompts(
    language: str, number: str | None = "+33948123456", contact: str | None = "stop@lumiere.fr"
) -> Prompts:
    return Prompts(language, sender_name="Lumière du Midi", opt_out_number=number, contact=contact)


@pytest.mark.parametrize("language", ["fr", "en"])
@pytest.mark.parametrize("name", NAMES)
def test_every_prompt_is_spoken_in_both_languages(language: str, name: str) -> None:
    assert 0.8 < len(prompts(language)(name)) / 8000 < 16


@pytest.mark.parametrize("language", ["fr", "en"])
def test_a_clause_about_something_unknown_is_left_out(language: str) -> None:
    bare = prompts(language, number=None, contact=None)
    for name in bare.names():
        said = bare.text(name)
        assert not set("[]{}") & set(said)
        assert "None" not in said
        assert said
        assert not said.endswith(",")


def test_goodbye_says_how_else_to_object() -> None:
    assert "zéro neuf, quarante-huit" in prompts("fr").text("goodbye")
    assert "non surtaxé" in prompts("fr").text("goodbye")
    assert "stop arobase lumiere point fr" in prompts("fr").text("call_back_goodbye")


@pytest.mark.parametrize("language", ["fr", "en"])
@pytest.mark.parametrize("name", ["press_9", "opted_out", "call_back_welcome"])
def test_the_sender_is_named(language: str, name: str) -> None:
    assert "Lumière du Midi" in prompts(language).text(name)


def test_a_prompt_is_spoken_once() -> None:
    assert prompts("fr")("read_back") is prompts("fr")("read_back")


@pytest.mark.parametrize("name", ["", "nothing", "digits", "digits/", "digits/06a", "digits/٣"])
def test_an_unknown_prompt_is_an_error(name: str) -> None:
    with pytest.raises(KeyError):
        prompts("fr")(name)


def test_an_unknown_language_is_an_error() -> None:
    with pytest.raises(ValueError, match="fr or en"):
        prompts("de")
