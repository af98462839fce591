"""No key concludes a sale: the words by which a prompt would have one do so (C. consom. L221-16).

The words stand in ``config/announcements/sale.toml``, with the reason for each list.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from importlib.resources import files

from audio.script.phrases import ANY_KEY
from audio.script.words import sentences, words
from engine.wording import LANGUAGES

_A_KEY = r"(?:[0-8]|zero|deux|trois|quatre|cinq|six|sept|huit|two|three|four|five|six|seven|eight)"
#: A key named by another verb, or by none: "le 2 pour commander", "choisissez 2", "2 for yes".
_BARE_KEY = re.compile(
    r"\b(?:le|la|the|touche|key|sur|on|choisi\w+|compose[rz]|faites|faire|tapant|composant"
    rf"|choose|choosing|pick|hit|hitting|dial|dialling|enter|type) {_A_KEY}\b"
    rf"|\b{_A_KEY} (?:pour|to|for)\b"
)
_CONDITION = re.compile(r"^(?:pour|si|afin|to|if|for|in order)\b")
#: By which words a sentence names a key in one language and in no other.
_NAMES_A_KEY = {
    "fr": re.compile(r"\b(?:appuy\w*|tape[rz]|faites|compose[rz]|touches?)\b"),
    "en": re.compile(r"\b(?:press|pressing|dial|dialling|hit|keys?|keypad)\b"),
}
#: What those lists would catch and no sale is: the way to object.
_OBJECTING = re.compile(r"\bd(?:e|es)s?abonn\w*|\bdesinscri\w*|\bunsubscri\w*")


def concludes_a_sale(text: str, language: str) -> str | None:
    """Return the words by which *text* has a key, or itself, conclude a sale; `None`: none.

    It is said in *language*; a sentence in another one is held to that one's words.
    """
    return next(_concluding(text, language), None)


def _concluding(text: str, language: str) -> Iterator[str]:
    said = [_heard(sentence) for sentence in sentences(text)]
    for spoken in sorted(LANGUAGES, key=lambda each: each != language):
        wording = _phrases(spoken)
        names_a_key = _is_about_a_key if spoken == language else _NAMES_A_KEY[spoken].search
        yield from _matches(wording["concluded"], said)
        yield from _matches(wording["invites"], list(_about_keys(text, said, names_a_key)))


def _is_about_a_key(heard: str) -> bool:
    return bool(ANY_KEY.search(heard) or _BARE_KEY.search(heard))


def _about_keys(
    text: str, said: Sequence[str], names_a_key: Callable[[str], object]
) -> Iterator[str]:
    """Yield the sentences that speak of a key, and those around that may say what it is for."""
    whole = sentences(text)
    for place, heard in enumerate(said):
        if not names_a_key(heard):
            continue
        yield heard
        if place and (whole[place - 1].endswith("?") or _CONDITION.search(said[place - 1])):
            yield said[place - 1]
        if place + 1 < len(said):
            yield said[place + 1]


def _matches(phrases: re.Pattern[str], said: Sequence[str]) -> Iterator[str]:
    for heard in said:
        yield from (found[0] for found in phrases.finditer(heard))


def _heard(sentence: str) -> str:
    """Return a sentence as plain words only, without those that object."""
    return _OBJECTING.sub("", " ".join(words(sentence)))


@cache
def _phrases(language: str) -> dict[str, re.Pattern[str]]:
    source = files("config").joinpath("announcements/sale.toml").read_text("utf-8")
    lists: dict[str, list[str]] = tomllib.loads(source)[language]
    return {name: _any(listed) for name, listed in lists.items()}


def _any(listed: Sequence[str]) -> re.Pattern[str]:
    alternatives = "|".join(phrase.replace("*", r"\w*") for phrase in listed)
    return re.compile(rf"\b(?:{alternatives})\b")
