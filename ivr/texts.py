"""Text messages from callees: whether one says that its writer is not to be called any more."""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any

#: What an apostrophe, a dash or any other sign becomes.
_SIGNS = re.compile(r"[^a-z0-9]+")
#: Letters held down, and stops between letters: "Stoooop", "S.T.O.P."
_HELD = re.compile(r"([a-z])\1{2,}")
_SPELT = re.compile(r"\b(?:[a-z] ){2,}[a-z]\b")


def is_opt_out(text: str) -> bool:
    """Tell whether a message asks not to be called any more, in French or in English.

    In doubt it does: one opt-out too many costs a call, one lost breaks a right (GDPR art. 21(2)).
    """
    said = _plain(text)
    opening = any(said == word or said.startswith(f"{word} ") for word in _words("words"))
    return (
        said in _words("whole")
        or opening
        or any(f" {phrase}" in f" {said}" for phrase in _words("phrases"))
    )


def reply(sender_name: str, language: str) -> str:
    """Return the one message that confirms an opt-out."""
    wording: Mapping[str, str] = _table()["reply"]
    return wording[language].format(sender=sender_name)


def _plain(text: str) -> str:
    """Return *text* in small letters and single spaces, without accents or signs."""
    letters = unicodedata.normalize("NFKD", text.casefold())
    plain = "".join(letter for letter in letters if not unicodedata.combining(letter))
    said = _SIGNS.sub(" ", plain).strip()
    said = _SPELT.sub(lambda spelt: spelt[0].replace(" ", ""), said)
    return _HELD.sub(r"\1", said)


def _words(name: str) -> list[str]:
    words: list[str] = _table()[name]
    return words


@cache
def _table() -> Mapping[str, Any]:
    wording = files("config").joinpath("announcements/stop_words.toml").read_text("utf-8")
    return tomllib.loads(wording)
