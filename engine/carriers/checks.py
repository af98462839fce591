"""What can be checked of a route before a call leaves by it, and how it is told to operators.

Each carrier's package offers ``check(route, around) -> Sequence[Check]``; its sentences stand in a
TOML file beside it, a table a check: ``fr``, ``en`` and, for what is not well, ``remedy_fr`` and
``remedy_en``.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

from engine.clearance import CallerId
from engine.keys import Keys


class Standing(Enum):
    """How one thing stands."""

    OK = "ok"
    WARNING = "warning"  #: Calls would leave, and something may go wrong
    FAILS = "fails"  #: Calls by this route would fail, or would be unlawful


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was looked at."""

    name: str
    "What was looked at, for programs: ``account``, ``voice_url``."
    standing: Standing
    said: Mapping[str, str]
    "What was found, by language."
    remedy: Mapping[str, str]
    "What to do next, by language; empty where nothing is to be done."


@dataclass(frozen=True, slots=True)
class Around:
    """What a route is checked against."""

    public_url: str
    "Where carriers reach the web process; empty: they cannot."
    keys: Keys
    caller_ids: Sequence[CallerId]
    "The numbers that senders would show on the route."


class Sentences:
    """The sentences of one carrier's checks, by name."""

    def __init__(self, file: Path) -> None:
        self._tables: Mapping[str, Mapping[str, str]] = tomllib.loads(file.read_text("utf-8"))

    def ok(self, name: str, **facts: object) -> Check:
        """Return a check that found nothing amiss."""
        return self._check(name, Standing.OK, facts)

    def warning(self, name: str, **facts: object) -> Check:
        """Return a check that found what may go wrong."""
        return self._check(name, Standing.WARNING, facts)

    def fails(self, name: str, **facts: object) -> Check:
        """Return a check that found what will go wrong."""
        return self._check(name, Standing.FAILS, facts)

    def _check(self, name: str, standing: Standing, facts: Mapping[str, object]) -> Check:
        words = {
            part: sentence.format_map(_Spoken(facts, part[-2:]))
            for part, sentence in self._tables[name].items()
        }
        said = {part: sentence for part, sentence in words.items() if "_" not in part}
        remedy = {
            part.removeprefix("remedy_"): sentence
            for part, sentence in words.items()
            if part.startswith("remedy_")
        }
        return Check(name, standing, said, remedy)


class _Spoken(dict[str, object]):
    """Facts in one language: a fact that is a mapping has a wording in each."""

    def __init__(self, facts: Mapping[str, object], language: str) -> None:
        spoken = (
            (name, fact[language] if isinstance(fact, Mapping) else fact)
            for name, fact in facts.items()
        )
        super().__init__(spoken)
