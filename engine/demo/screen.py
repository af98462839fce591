"""What a spectator of the demonstration sees."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from importlib.resources import files

from rich.console import Console
from rich.table import Table

from engine.demo.report import CampaignReport, Report


class Screen:
    """The demonstration's sentences and tables, in the operator's language."""

    def __init__(self, console: Console, language: str) -> None:
        self.console = console
        self._language = language
        wording = files("config").joinpath("demo", f"{language}.toml").read_text("utf-8")
        self._wording: Mapping[str, str] = tomllib.loads(wording)

    def say(self, name: str, **facts: object) -> str:
        """Return the sentence *name*."""
        return self._wording[name].format_map(facts)

    def tell(self, name: str, *, style: str = "", **facts: object) -> None:
        """Print the sentence *name*."""
        self.console.print(self.say(name, **facts), style=style or None, highlight=False)

    def show(self, report: Report) -> None:
        """Print the closing tables."""
        for campaign in report.campaigns:
            self.console.print()
            self.console.rule(self.say(campaign.name), align="left")
            self.console.print(self._outcomes(campaign))
            self.console.print(self._refusals(campaign, report))
        self.console.print()
        self.console.print(self._heard(report))
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

    def _outcomes(self, campaign: CampaignReport) -> Table:
        table = self._table("outcomes", "outcome", "count")
        for outcome, times in sorted(campaign.outcomes.items(), key=lambda item: -item[1]):
            table.add_row(outcome, str(times))
        return table

    def _refusals(self, campaign: CampaignReport, report: Report) -> Table:
        table = self._table("refusals", "callee", "line", "articles", "reason")
        for drop in campaign.drops:
            for finding in report.findings[campaign.name, drop.callee]:
                reason = finding.compared(self._language)
                table.add_row(drop.callee, drop.line or "", finding.article, reason)
        return table

    def _heard(self, report: Report) -> Table:
        columns = ("line", "outcome", "beep_end", "start", "after", "correlation")
        table = self._table("heard", *columns)
        for campaign in report.campaigns:
            for drop in campaign.drops:
                if drop.mailbox is None:
                    continue
                measured = (drop.beep_end_s, drop.start_s, drop.after_beep_s, drop.correlation)
                shown = ["" if value is None else f"{value:.2f}" for value in measured]
                table.add_row(drop.line or "", drop.outcome, *shown)
        return table

    def _table(self, title: str, *columns: str) -> Table:
        table = Table(title=self.say(title), title_justify="left", box=None, pad_edge=False)
        for column in columns:
            is_long = column in ("articles", "reason")
            table.add_column(self.say(column), overflow="fold", no_wrap=not is_long)
        return table
