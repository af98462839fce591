"""The table from Twilio's error codes to outcomes (`errors.toml`; Twilio: error dictionary)."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from functools import cache
from pathlib import Path
from typing import Any

from engine.interfaces import NotAnswered
from engine.outcome import Outcome

#: What an answer without a code of Twilio's means, by its HTTP status.
_BY_STATUS: Mapping[int, int] = {401: 20003, 403: 20003, 429: 20429}


class Fault(Enum):
    """Whose fault an error is."""

    CALLEE = "callee"
    ROUTE = "route"  #: Its account, its settings, its caller id
    OURS = "ours"
    TWILIO = "twilio"
    NOBODY = "nobody"


@dataclass(frozen=True, slots=True)
class Meaning:
    """What one code means."""

    code: int
    outcome: Outcome
    fault: Fault
    said: Mapping[str, str]
    "In words, by language; never Twilio's own, which may hold a number."
    remedy: Mapping[str, str]
    needs_operator: bool = False
    is_reputation: bool = False
    "It tells of the caller id's reputation."

    @property
    def is_routes_fault(self) -> bool:
        """Tell whether another call by the same route would fare no better."""
        return self.fault in (Fault.ROUTE, Fault.OURS, Fault.TWILIO)


def meaning_of(code: int, status: int = 0) -> Meaning:
    """Return what a *code* means, with the HTTP *status* of the answer where it has one."""
    return meanings().get(code) or _unlisted(code, status)


def refused(code: int, status: int) -> NotAnswered:
    """Return what to tell of a call that Twilio refused to place."""
    meaning = meaning_of(code, status)
    return NotAnswered(
        meaning.outcome,
        f"Twilio {code}: {meaning.said['en']}",
        error_code=code,
        is_routes_fault=meaning.is_routes_fault,
        needs_operator=meaning.needs_operator,
    )


@cache
def meanings() -> Mapping[int, Meaning]:
    """Return the table, by code."""
    table = tomllib.loads(Path(__file__).with_suffix(".toml").read_text("utf-8"))
    return {code: _meaning(code, error) for error in table["error"] for code in error["codes"]}


def _meaning(code: int, error: Mapping[str, Any]) -> Meaning:
    return Meaning(
        code=code,
        outcome=Outcome(error["outcome"]),
        fault=Fault(error["fault"]),
        said={language: error[language] for language in ("fr", "en")},
        remedy={language: error[f"remedy_{language}"] for language in ("fr", "en")},
        needs_operator=error.get("needs") == "operator",
        is_reputation=error.get("reputation", False),
    )


def _unlisted(code: int, status: int) -> Meaning:
    """Return what a code of which we know nothing means: enough of them break the route."""
    if (listed := _BY_STATUS.get(status)) is not None:
        return meaning_of(listed)
    return Meaning(
        code=code,
        outcome=Outcome.FAILED,
        fault=Fault.ROUTE,
        said={"fr": "Twilio a refusé la demande", "en": "Twilio refused the request"},
        remedy={
            "fr": f"Cherchez le code {code} dans le dictionnaire d'erreurs de Twilio.",
            "en": f"Look the code {code} up in Twilio's error dictionary.",
        },
    )
