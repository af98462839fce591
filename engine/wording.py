"""The wording of refusals, in French and in English."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files

LANGUAGES = ("fr", "en")

_AS_WRITTEN = ("field", "known")
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
