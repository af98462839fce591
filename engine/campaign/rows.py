"""One row of callees, from a file or from the API, read into a callee."""

from __future__ import annotations

import unicodedata
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from typing import TypeVar

from engine.callee import Basis, BasisKind, Callee, CalleeKind
from engine.campaign.problems import RowProblem, row_problem, shown
from engine.numbers import NumberRefused, PhoneNumber, parse, territory_of
from engine.wording import sentence

_V = TypeVar("_V")

LONGEST_VALUE = 200
"Characters in one value."

COLUMNS = (
    "number",
    "callee_kind",
    "territory",
    "basis",
    "consent_at",
    "consent_text",
    "consent_channel",
    "consent_source",
)
REQUIRED_COLUMNS = ("number", "callee_kind", "basis")

_CALLEE_KINDS = {
    "consumer": CalleeKind.CONSUMER,
    "consommateur": CalleeKind.CONSUMER,
    "particulier": CalleeKind.CONSUMER,
    "legal_entity": CalleeKind.LEGAL_ENTITY,
    "personne_morale": CalleeKind.LEGAL_ENTITY,
    "entreprise": CalleeKind.LEGAL_ENTITY,
}
_BASES = {
    **{kind.value: kind for kind in BasisKind},
    "consentement": BasisKind.CONSENT,
    "contrat": BasisKind.CONTRACT,
    "obligation_legale": BasisKind.LEGAL_DUTY,
    "interet_legitime": BasisKind.LEGITIMATE_INTEREST,
    "client_existant": BasisKind.EXISTING_CUSTOMER,
}
_CHANNELS = {"case_cochee": "ticked_box", "oui_enregistre": "recorded_yes"}


@dataclass(frozen=True, slots=True)
class CalleeRow:
    """A row that can be used."""

    line: int
    callee: Callee


class _WrongValue(ValueError):
    """A value that its column cannot hold; names the column and the wording."""

    def __init__(self, column: str, cause: str, **facts: str) -> None:
        super().__init__(cause)
        self.column, self.cause, self.facts = column, cause, facts


@dataclass(slots=True)
class RowReader:
    """Reads rows one after the other, and remembers the numbers that it has seen."""

    consent_texts: Collection[str]
    language: str = "fr"
    _seen: dict[int, int] = field(default_factory=dict)
    "The line on which each number was first seen."

    def read(self, line: int, row: Mapping[str, str]) -> CalleeRow | RowProblem:
        """Return the row's callee, or the first thing that is wrong with it."""
        number_text = row.get("number", "")
        try:
            callee = _callee(row, self.consent_texts)
        except NumberRefused as refused:
            reason, remedy = refused.reason(self.language), refused.remedy(self.language)
            return RowProblem(line, "number", reason, remedy, _masked(number_text))
        except _WrongValue as wrong:
            return self._problem(line, wrong, row.get(wrong.column, ""))
        return self._once(line, callee)

    def _problem(self, line: int, wrong: _WrongValue, value: str) -> RowProblem:
        reason = sentence(wrong.cause, "reason", self.language, wrong.facts)
        remedy = sentence(wrong.cause, "remedy", self.language, wrong.facts)
        return RowProblem(line, wrong.column, reason, remedy, shown(value))

    def _once(self, line: int, callee: Callee) -> CalleeRow | RowProblem:
        """Refuse a number that an earlier row had."""
        first = self._seen.setdefault(int(callee.number.e164[1:]), line)
        if first == line:
            return CalleeRow(line, callee)
        problem = row_problem(line, "number", "row_duplicate", self.language, first=str(first))
        return RowProblem(
            line, problem.column, problem.reason, problem.remedy, callee.number.masked
        )


def read_rows(
    rows: Iterable[Mapping[str, object]],
    *,
    consent_texts: Collection[str],
    language: str = "fr",
) -> Iterator[CalleeRow | RowProblem]:
    """Read rows given as JSON objects; `line` is their position, from 0."""
    reader = RowReader(consent_texts, language)
    for position, row in enumerate(rows):
        yield _shape(position, row, language) or reader.read(
            position, {name: str(value) for name, value in row.items() if value is not None}
        )


def _shape(position: int, row: Mapping[str, object], language: str) -> RowProblem | None:
    """Tell what is wrong with a JSON row before its values are looked at."""
    for name, value in row.items():
        if name not in COLUMNS:
            known = ", ".join(COLUMNS)
            return row_problem(position, name[:64], "column_unknown", language, known=known)
        if value is not None and not isinstance(value, str):
            return row_problem(position, name, "value_not_text", language)
    return None


def _callee(row: Mapping[str, str], consent_texts: Collection[str]) -> Callee:
    for column, value in row.items():
        if len(value) > LONGEST_VALUE:
            raise _WrongValue(column, "value_too_long", longest=str(LONGEST_VALUE))
    territory = _territory(row.get("territory", ""))
    return Callee(
        number=_number(row, territory),
        kind=_member(row, "callee_kind", _CALLEE_KINDS),
        territory=territory,
        basis=_basis(row, consent_texts),
    )


def _number(row: Mapping[str, str], territory: str | None) -> PhoneNumber:
    return parse(row.get("number", ""), territory=territory)


def _basis(row: Mapping[str, str], consent_texts: Collection[str]) -> Basis:
    text_id = row.get("consent_text", "").strip() or None
    if text_id is not None and text_id not in consent_texts:
        known = ", ".join(sorted(consent_texts)[:10]) or "—"
        raise _WrongValue("consent_text", "row_text_unknown", known=known)
    channel = word(row.get("consent_channel", ""))
    return Basis(
        kind=_member(row, "basis", _BASES),
        at=_instant(row.get("consent_at", "").strip()),
        text_id=text_id,
        channel=_CHANNELS.get(channel, channel) or None,
        source=row.get("consent_source", "").strip() or None,
    )


def _member(row: Mapping[str, str], column: str, among: Mapping[str, _V]) -> _V:
    """Return what a word stands for, in French or in English."""
    value = row.get(column, "")
    try:
        return among[word(value)]
    except KeyError:
        cause = "value_not_among" if value.strip() else "value_missing"
        raise _WrongValue(column, cause, known=", ".join(among)) from None


def _territory(value: str) -> str | None:
    if not value or value.isspace():
        return None
    territory = territory_of(value)
    if territory is None:
        raise _WrongValue("territory", "value_not_territory")
    return territory


def _instant(value: str) -> datetime | None:
    """Return when consent was given; an hour or an offset that is left out is not guessed."""
    if not value:
        return None
    try:
        at = datetime.fromisoformat(value)
    except ValueError:
        raise _WrongValue("consent_at", "value_not_instant") from None
    if len(value) <= len("2026-09-01"):
        raise _WrongValue("consent_at", "value_date_only")
    if at.tzinfo is None:
        raise _WrongValue("consent_at", "value_no_offset")
    return at


@lru_cache(maxsize=4096)
def word(value: str) -> str:
    """Return a word as it is looked up: no accents, no capitals, ``_`` between its parts."""
    plain = unicodedata.normalize("NFKD", value.strip().lower())
    letters = "".join(sign for sign in plain if not unicodedata.combining(sign))
    return "_".join(letters.replace("'", " ").replace("’", " ").replace("-", " ").split())


def _masked(number: str) -> str:
    """Hide a number that could not be read: its last two signs alone are shown."""
    text = number.strip()[:20]
    return "•" * max(len(text) - 2, 0) + text[-2:] if len(text) > 4 else "•" * len(text)
