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
    "will_call_back",
    "connecting",
    "not_connected",
    "nobody_there",
    "call_back_identity",
    "call_back_press_2",
    "opening/1-0900",
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


@pytest.mark.parametrize(
    ("language", "name", "said"),
    [
        ("fr", "opening/1-0900", "lundi à partir de 9 heures."),
        ("fr", "opening/0-1330", "aujourd'hui à partir de 13 heures 30."),
        ("en", "opening/7-0900", "on Sunday from 9 a.m. on."),
        ("en", "opening/0-1230", "today from 12:30 p.m. on."),
        ("en", "opening/3-0000", "on Wednesday from 12 a.m. on."),
    ],
)
def test_an_opening_is_said_as_people_say_it(language: str, name: str, said: str) -> None:
    assert prompts(language).text(name).endswith(said)


@pytest.mark.parametrize("name", ["opening", "digits", "opening/8-0900", "opening/1-2400"])
def test_what_cannot_be_said_is_no_prompt(name: str) -> None:
    with pytest.raises(KeyError):
        prompts("fr")(name)


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
