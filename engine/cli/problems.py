"""What is wrong with a campaign or its rows, as operators read it and as programs do."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict

from rich.table import Table

from engine.campaign import FieldProblem, RowProblem
from engine.cli.output import table
from engine.cli.shell import Shell


def field_problems(shell: Shell, problems: Sequence[FieldProblem]) -> Table:
    """Return the problems of a campaign's fields as a table."""
    headings = (shell.say(f"column.{name}") for name in ("field", "reason", "remedy"))
    return table(*headings, rows=[(p.field, p.reason, p.remedy) for p in problems])


def row_problems(shell: Shell, problems: Sequence[RowProblem]) -> Table:
    """Return the problems of rows as a table, each with its line and column."""
    names = ("line", "column", "value", "reason", "remedy")
    headings = (shell.say(f"column.{name}") for name in names)
    rows = [(p.line, p.column, p.value, p.reason, p.remedy) for p in problems]
    return table(*headings, rows=rows)


def plain_problem(problem: FieldProblem | RowProblem) -> dict[str, object]:
    """Return a problem for a JSON document."""
    return asdict(problem)
