"""What a spectator reads: every word of it, on a narrow terminal too."""

from __future__ import annotations

from collections import defaultdict
from io import StringIO

import pytest
from rich.console import Console

from engine.demo.report import CampaignReport, DropReport, Report
from engine.demo.scenario import cast
from engine.demo.screen import Screen
from engine.law import Finding
from engine.outcome import Outcome

#: Every kind that the demonstration calls.
LINES = sorted({part.line for part in cast() if part.line}, key=lambda kind: kind.value)


def a_report() -> Report:
    """Every line and every outcome, in two campaigns."""
    outcomes, kinds = list(Outcome), LINES
    drops = [
        DropReport(
            f"+33199001{place:03}",
            kind.value,
            outcomes[place % len(outcomes)].value,
            [],
            mailbox="a.wav",
            beep_end_s=17.48,
            start_s=17.77,
            correlation=1.0,
        )
        for place, kind in enumerate(kinds)
    ]
    counts = {outcome.value: 10 for outcome in outcomes}
    campaigns = [CampaignReport(name, counts, drops) for name in ("first", "second")]
    findings: dict[tuple[str, str], list[Finding]] = defaultdict(list)
    journal: dict[str, object] = {"entries": 1, "root": "0" * 64, "verified": True}
    return Report(1.0, "", campaigns, {"key": 1, "call_back": 1}, journal, findings)


@pytest.mark.parametrize("language", ["fr", "en"])
@pytest.mark.parametrize("width", [80, 120])
def test_no_word_is_cut_off(language: str, width: int) -> None:
    written = StringIO()
    screen = Screen(Console(file=written, width=width), language)
    screen.show(a_report())
    lines = written.getvalue().splitlines()
    for table, words in (("line_names", LINES), ("outcome_names", Outcome)):
        for word in words:
            name = screen.name(table, word.value)
            assert any(name in line for line in lines), name
    assert not [line for line in lines if "…" in line and "Journal" not in line]
    assert max(map(len, lines)) <= width
