"""Findings, as operators read them and as programs do."""

from __future__ import annotations

from collections.abc import Sequence

from rich.table import Table

from engine.cli.output import table
from engine.cli.shell import Shell
from engine.law import Finding


def finding_rows(shell: Shell, findings: Sequence[Finding]) -> Table:
    """Return the findings as a table: rule, article, what was compared, the way out."""
    names = ("rule", "article", "compared", "remedy")
    language = shell.say.language
    return table(
        *(shell.say(f"column.{name}") for name in names),
        rows=[(f.rule, f.article, f.compared(language), f.remedy(language)) for f in findings],
    )


def plain_findings(shell: Shell, findings: Sequence[Finding]) -> list[dict[str, object]]:
    """Return the findings for a JSON document, worded in the operator's language."""
    language = shell.say.language
    return [
        {**f.to_json(), "compared": f.compared(language), "remedy": f.remedy(language)}
        for f in findings
    ]
