"""What the command line says to operators, in French and English."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib.resources import files

LANGUAGES = ("fr", "en")


@cache
def catalogue(language: str) -> dict[str, str]:
    """Return the sentences of *language* by ``"group.name"``."""
    tables = tomllib.loads((files(__name__) / f"{language}.toml").read_text("utf-8"))
    return {f"{group}.{name}": text for group in tables for name, text in tables[group].items()}


class Wording:
    """Says a sentence of the catalogue: ``say("campaign.launched", id=…)``."""

    def __init__(self, language: str) -> None:
        self.language = language if language in LANGUAGES else "en"

    def __call__(self, key: str, /, **values: object) -> str:
        """Return the sentence *key* with its *values* filled in; KeyError for an unknown key."""
        return catalogue(self.language)[key].format(**values)
