"""The wording of refusals, in French and in English."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files

LANGUAGES = ("fr", "en")

_AS_WRITTEN = ("field", "known", "like", "path")
"Facts that the reader is to type: they are shown as they are written, not in words."


@cache
def catalogue(language: str) -> Mapping[str, Mapping[str, str]]:
    """Return every reason's wording in *language*: ``{reason: {part: sentence}}``."""
    if language not in LANGUAGES:
        raise ValueError(f"No wording in {language!r}: choose among {', '.join(LANGUAGES)}")
    path = files("config") / "law" / f"messages.{language}.toml"
    wording: dict[str, dict[str, str]] = tomllib.loads(path.read_text(encoding="utf-8"))
    return wording


def sentence(reason: str, part: str, language: str, facts: Mapping[str, str]) -> str:
    """Return one *part* (``compared``, ``reason``, ``remedy``) of a wording, with its *facts*."""
    wording = catalogue(language)
    words = wording["words"]
    spoken = {
        name: fact if name in _AS_WRITTEN else ", ".join(words.get(w, w) for w in fact.split(", "))
        for name, fact in facts.items()
    }
    return wording[reason][part].format_map(spoken)


class SettingUnusable(ValueError):
    """A setting that cannot be used: which, why, and the way out; never quotes a secret."""

    def __init__(self, field: str, cause: str, *, of: str = "", **facts: str) -> None:
        self.field = field
        self.cause = cause
        self.facts = facts
        where = f"route {of}: {field}" if of else field
        super().__init__(f"{where}: {self.reason('en')}: {self.remedy('en')}")

    def reason(self, language: str = "fr") -> str:
        """Say what is wrong, in *language*."""
        return sentence(self.cause, "reason", language, self.facts)

    def remedy(self, language: str = "fr") -> str:
        """Say what to do about it, in *language*."""
        return sentence(self.cause, "remedy", language, self.facts)

    def told(self) -> dict[str, str | dict[str, str]]:
        """Return ``field``, ``reason`` and ``way``, the last two by language."""
        return {
            "field": self.field,
            "reason": {language: self.reason(language) for language in LANGUAGES},
            "way": {language: self.remedy(language) for language in LANGUAGES},
        }
