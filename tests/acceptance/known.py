"""The committed tables of what each carrier can know, and the same read from a run."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

from tests.acceptance.scenario import ANSWERING
from tests.acceptance.trace import Trace

#: What every call leaves in the journal, over every carrier.
ALWAYS = frozenset({"dialled", "concluded"})
PAGE = Path(__file__).parents[2] / "docs" / "reference" / "carriers.md"


def _tables() -> list[list[dict[str, str]]]:
    """Return the page's tables: each row by the heads of its columns."""
    tables: list[list[dict[str, str]]] = []
    heads: list[str] | None = None
    for line in PAGE.read_text("utf-8").splitlines():
        if not line.startswith("|"):
            heads = None
            continue
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if heads is None:
            heads = cells
            tables.append([])
        elif not re.fullmatch(r"[-: ]+", cells[0]):
            tables[-1].append(dict(zip(heads, cells, strict=True)))
    return tables


def _table(head: str) -> list[dict[str, str]]:
    return next(rows for rows in _tables() if head in rows[0])


def table_of_outcomes(carrier: str) -> Mapping[str, str]:
    """Return the outcome of each kind of callee over *carrier*, as the page says."""
    return {row["Who answers"].strip("`"): row[carrier].strip("`") for row in _table("Who answers")}


def table_of_entries(carrier: str) -> Mapping[str, frozenset[str]]:
    """Return the kinds of entries that a call to each kind of callee leaves, as the page says."""
    return {
        row["Who was called"].strip("`"): ALWAYS | _names(row[carrier])
        for row in _table("Who was called")
    }


def _names(cell: str) -> frozenset[str]:
    return frozenset(name.strip(" `") for name in cell.split(",")) - {"—"}


def outcomes(of: Trace) -> Mapping[str, str]:
    """Return the outcome of each kind of callee in a run."""
    came_to = {kind.value: of.outcomes[kind.value] for kind in ANSWERING}
    return {name: outcome.value if outcome else "" for name, outcome in came_to.items()}


def entries(of: Trace) -> Mapping[str, frozenset[str]]:
    """Return the kinds of entries that each conversation of a run left."""
    return {kind.value: of.conversation[kind.value] for kind in ANSWERING}
