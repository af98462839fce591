"""The reference of the law is the rulebook's own, and of the campaign's files their fields."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from engine.campaign import COLUMNS, FIELDS
from engine.law.values import texts
from tests.engine.law.builders import LAW

DOCS = Path(__file__).parents[3] / "docs" / "reference"
DAY = date(2026, 11, 21)


def rules_table() -> str:
    """The table of the rules in force, as docs/reference/law.md shows it."""
    columns = ("rule", "title", "article", "since", "standing", "confidence")
    lines = [f"| {' | '.join(columns)} |", "|---" * len(columns) + "|"]
    lines += [
        f"| {parameter.rule} | {parameter.title['en']} | {version.reference} | {version.since} "
        f"| {version.standing.value} | {version.confidence.value} |"
        for parameter, version in LAW.at(DAY)
    ]
    return "\n".join(lines)


def test_the_reference_shows_the_rules_in_force() -> None:
    page = (DOCS / "law.md").read_text("utf-8")
    shown = page.split("<!-- rules -->\n")[1].split("\n<!-- /rules -->")[0]
    assert shown == rules_table()


@pytest.mark.parametrize("name", [*FIELDS, *COLUMNS])
def test_the_reference_describes_every_field_and_column(name: str) -> None:
    assert f"| `{name}` |" in (DOCS / "campaign.md").read_text("utf-8")


def test_the_reference_lists_every_sector() -> None:
    page = (DOCS / "campaign.md").read_text("utf-8")
    for sector in texts(LAW.at(DAY).value("declaration")):
        assert f"`{sector}`" in page
