"""What a spectator of the demonstration sees."""

from __future__ import annotations

import tomllib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from importlib.resources import files

from rich.console import Console, JustifyMethod
from rich.table import Table

from engine.demo.report import CampaignReport, DropReport, Report
from engine.outcome import Outcome


class Screen:
    """The demonstration's sentences and tables, in the operator's language."""

    def __init__(self, console: Console, language: str) -> None:
        self.console = console
        self._language = language
        wording = files("config").joinpath("demo", f"{language}.toml").read_text("utf-8")
        read: Mapping[str, str | Mapping[str, str]] = tomllib.loads(wording)
        self._wording = {name: text for name, text in read.items() if isinstance(text, str)}
        self._names = {name: told for name, told in read.items() if not isinstance(told, str)}

    def say(self, name: str, **facts: object) -> str:
        """Return the sentence *name*."""
        return self._wording[name].format_map(facts)

    def tell(self, name: str, *, style: str = "", **facts: object) -> None:
        """Print the sentence *name*."""
        self.console.print(self.say(name, **facts), style=style or None, highlight=False)

    def name(self, table: str, word: str) -> str:
        """Return how *word* is said to people; *table* is ``outcome_names`` or ``line_names``."""
        return self._names[table][word]

    def show(self, report: Report) -> None:
        """Print the closing tables."""
        first, *others = report.campaigns
        self.console.print()
        self.console.print(self._outcomes(report.campaigns))
        self.console.print()
        self.console.print(self._refusals([(first, drop) for drop in first.drops], report))
        known = {drop.callee for drop in first.drops if drop.outcome == Outcome.REFUSED.value}
        self.console.print()
        self.tell("refused_again", count=len(known))
        more = [(each, drop) for each in others for drop in each.drops if drop.callee not in known]
        self.console.print(self._refusals(more, report, titled=False))
        self.console.print()
        self.console.print(self._heard(first))
        self._starts(report.campaigns)
        self.console.print()
        by = report.opt_outs
        self.tell("opt_outs", key=by["key"], call_back=by["call_back"])
        journal = report.journal
        self.tell(
            "journal",
            entries=journal["entries"],
            root=str(journal["root"])[:16],
            verdict=self.say("verified" if journal["verified"] else "altered"),
        )

    def _outcomes(self, campaigns: Sequence[CampaignReport]) -> Table:
        """Return how many callees each campaign left with each outcome, side by side."""
        table = self._table("outcomes", "outcome")
        for campaign in campaigns:
            table.add_column(self.say(f"{campaign.name}_short"), justify="right")
        totals: Counter[str] = Counter()
        for campaign in campaigns:
            totals.update(campaign.outcomes)
        for outcome, _ in totals.most_common():
            counts = [str(campaign.outcomes.get(outcome, 0) or "·") for campaign in campaigns]
            table.add_row(self.name("outcome_names", outcome), *counts)
        return table

    def _refusals(
        self,
        drops: Iterable[tuple[CampaignReport, DropReport]],
        report: Report,
        *,
        titled: bool = True,
    ) -> Table:
        table = self._table("refusals" if titled else None, "callee", "line", "articles", "reason")
        for campaign, drop in drops:
            for finding in report.findings[campaign.name, drop.callee]:
                line = self.name("line_names", drop.line) if drop.line else ""
                reason = finding.compared(self._language)
                table.add_row(drop.callee, line, finding.article, reason)
        if not any(cell for cell in table.columns[1].cells):
            del table.columns[1]
        return table

    def _heard(self, campaign: CampaignReport) -> Table:
        columns = ("line", "outcome", "beep_end", "start", "after", "correlation")
        table = self._table("heard", *columns)
        for drop in campaign.drops:
            if drop.mailbox is None or drop.line is None:
                continue
            measured = (drop.beep_end_s, drop.start_s, drop.after_beep_s, drop.correlation)
            shown = ["" if value is None else f"{value:.2f}" for value in measured]
            line = self.name("line_names", drop.line)
            table.add_row(line, self.name("outcome_names", drop.outcome), *shown)
        return table

    def _starts(self, campaigns: Sequence[CampaignReport]) -> None:
        """Say in one sentence when the message began in every mailbox."""
        deposited = [
            (drop.after_beep_s, drop.correlation)
            for campaign in campaigns
            for drop in campaign.drops
            if drop.outcome == Outcome.DEPOSITED.value
        ]
        starts = [start for start, _ in deposited if start is not None]
        alike = [correlation for _, correlation in deposited if correlation is not None]
        if starts and alike:
            self.tell(
                "starts",
                boxes=len(deposited),
                soonest=min(starts),
                latest=max(starts),
                least=min(alike),
            )

    def _table(self, title: str | None, *columns: str) -> Table:
        table = Table(
            title=self.say(title) if title else None,
            title_justify="left",
            title_style="bold",
            box=None,
            pad_edge=False,
            padding=(0, 2, 0, 0),
        )
        for column in columns:
            is_figure = column in ("beep_end", "start", "after", "correlation")
            justify: JustifyMethod = "right" if is_figure else "left"
            table.add_column(self.say(column), overflow="fold", justify=justify)
        return table
