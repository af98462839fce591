"""What is wrong with a campaign or with a row of its callees, and the way out."""

from __future__ import annotations

from dataclasses import dataclass

from engine.numbers import mask
from engine.wording import sentence

LONGEST_SHOWN = 40
"Characters of a wrong value that a problem repeats."

_NUMBER_DIGITS = 9
"A text with as many digits and no time of day may be a telephone number: it is shown masked."


@dataclass(frozen=True, slots=True)
class FieldProblem:
    """A field of a campaign that cannot be used."""

    field: str
    "The field's name; empty when the whole file is wrong."
    reason: str
    remedy: str


@dataclass(frozen=True, slots=True)
class RowProblem:
    """A row of callees that does not go in; the others do."""

    line: int
    "The line in the file, from 1; of rows given as JSON, their position from 0."
    column: str
    "The column as we name it; empty when the whole row is wrong."
    reason: str
    remedy: str
    value: str = ""
    "What stood there, masked when it may be a number, and cut short."
    stops: bool = False
    "Whether nothing after it was read: the file itself is wrong."


def field_problem(field: str, cause: str, language: str, **others: str) -> FieldProblem:
    """Return the problem of a field in the wording of *cause*."""
    facts = {"field": field, **others}
    reason = sentence(cause, "reason", language, facts)
    return FieldProblem(field, reason, sentence(cause, "remedy", language, facts))


def row_problem(
    line: int,
    column: str,
    cause: str,
    language: str,
    *,
    value: str = "",
    stops: bool = False,
    **facts: str,
) -> RowProblem:
    """Return the problem of a row in the wording of *cause*."""
    reason = sentence(cause, "reason", language, facts)
    remedy = sentence(cause, "remedy", language, facts)
    return RowProblem(line, column, reason, remedy, shown(value), stops)


def shown(value: str) -> str:
    """Return *value* as a report may show it: cut short, a possible number masked."""
    printable = "".join(sign if sign.isprintable() else "·" for sign in value[:LONGEST_SHOWN])
    digits = sum(sign.isdigit() for sign in printable)
    return mask(printable) if digits >= _NUMBER_DIGITS and ":" not in printable else printable
