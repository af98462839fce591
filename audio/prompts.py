"""The flows' own prompts, spoken: what a callee hears besides the announcement."""

from __future__ import annotations

import re
import tomllib
from functools import cache, lru_cache
from importlib.resources import files
from typing import Any

import numpy as np

from audio.numerals import spoken
from audio.prepare import prepare
from audio.speech import speak

_OPTIONAL = re.compile(r"\[([^\]]*)\]")
_PLACE = re.compile(r"\{(\w+)\}")
_DIGITS = "digits/"
_OPENING = re.compile(r"opening/([0-7])-([01]\d|2[0-3])([0-5]\d)", re.ASCII)
_SPOKEN_OF = frozenset({"digits", "opening"})


class Prompts:
    """The prompts of one sender, as A-law bytes by name; spoken at first use, then kept.

    Names are those of ``config/announcements/<language>.toml``, ``digits/<keys>`` for digits read
    back, and ``opening/<day>-<hhmm>`` for when somebody answers (Monday is 1, today 0).
    """

    def __init__(
        self,
        language: str,
        *,
        sender_name: str,
        opt_out_number: str | None = None,
        contact: str | None = None,
    ) -> None:
        """Speak *language* (``fr`` or ``en``); a clause that names what is `None` is left out."""
        self._language = language
        self._templates = _templates(language)
        self._places = {
            "sender": sender_name,
            "opt_out_number": opt_out_number and spoken(opt_out_number, language),
            "contact": contact and _readable(contact, language),
        }

    def __call__(self, name: str) -> bytes:
        """Return the prompt *name*; KeyError when there is none of that name."""
        return speak_prompt(self.text(name), self._language)

    def text(self, name: str) -> str:
        """Return what the prompt *name* says; KeyError when there is none of that name."""
        if name.startswith(_DIGITS):
            keys = name.removeprefix(_DIGITS)
            if not keys.isascii() or not keys.isdigit():
                raise KeyError(name)
            return _filled(self._templates["digits"], {"digits": spoken(keys, self._language)})
        if opening := _OPENING.fullmatch(name):
            when = _opening(self._language, int(opening[1]), int(opening[2]), opening[3])
            return _filled(self._templates["opening"], self._places | when)
        if name in _SPOKEN_OF:
            raise KeyError(name)
        return _filled(self._templates[name], self._places)

    def names(self) -> tuple[str, ...]:
        """Return the names of the fixed prompts."""
        return tuple(name for name in self._templates if name not in _SPOKEN_OF)


@lru_cache(maxsize=512)
def speak_prompt(text: str, language: str) -> bytes:
    """Return *text* spoken and levelled as an announcement is, in A-law."""
    speech = speak(text, language=language)
    samples = (speech.pcm / 32768).astype(np.float32)
    return prepare(samples, speech.rate_hz, least_s=0.0).alaw


def warm() -> None:
    """Load what speaks, some seconds of a core, before anybody waits for it."""
    speak_prompt("Bonjour.", "fr")


@cache
def _templates(language: str) -> dict[str, str]:
    if language not in ("fr", "en"):
        raise ValueError(f"no prompts in the language {language!r}: use fr or en")
    prompts: dict[str, str] = _wording(language)["prompts"]
    return prompts


def _days(language: str) -> list[str]:
    """Return "today" and the days of the week, from Monday on."""
    days: list[str] = _wording(language)["days"]["names"]
    return days


@cache
def _wording(language: str) -> dict[str, Any]:
    source = files("config").joinpath(f"announcements/{language}.toml").read_text("utf-8")
    return tomllib.loads(source)


def _opening(language: str, day: int, hour: int, minute: str) -> dict[str, str | None]:
    """Return a day and a time as they are said."""
    said = f"{hour} heures {minute}" if language == "fr" else _by_twelve(hour, minute)
    return {"day": _days(language)[day], "time": said.removesuffix(" 00")}


def _by_twelve(hour: int, minute: str) -> str:
    half = "a.m." if hour < 12 else "p.m."
    return f"{hour % 12 or 12}{'' if minute == '00' else f':{minute}'} {half}"


def _filled(template: str, places: dict[str, str | None]) -> str:
    """Fill the places of a template, dropping bracketed parts that name an unknown."""

    def kept(part: re.Match[str]) -> str:
        known = all(places.get(name) for name in _PLACE.findall(part[1]))
        return part[1] if known else ""

    return _PLACE.sub(lambda place: places[place[1]] or "", _OPTIONAL.sub(kept, template))


def _readable(contact: str, language: str) -> str:
    """Say an e-mail address so that it can be written down."""
    if "@" not in contact:
        return contact
    at, dot = (" arobase ", " point ") if language == "fr" else (" at ", " dot ")
    return contact.replace("@", at).replace(".", dot)
