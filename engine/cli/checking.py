"""``licite campaign check``: who would be called, when, who would not and why; an estimate."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from zoneinfo import ZoneInfo

from rich.console import RenderableType

from engine.campaign import Campaign, RowProblem
from engine.carriers.handing_over import handed_over
from engine.cli.costs import expected_lines, plain_expected
from engine.cli.findings import plain_findings
from engine.cli.handed_over import handed_over_lines
from engine.cli.output import Answer, table
from engine.cli.problems import plain_problem, row_problems
from engine.cli.shell import Shell
from engine.interfaces.records import AnnouncementVersion, Route
from engine.law import Finding
from engine.operations import Screened
from engine.operations.prospect import Prospect, longest_s

PARIS = ZoneInfo("Europe/Paris")
RINGING_S = 15.0
"How long a call rings before its answer, on average, for the estimate."


@dataclass(slots=True)
class Check:
    """Counts what screening says of each row, and keeps the first of them."""

    limit: int
    "How many callees are kept one by one."
    prospect: Prospect
    now: int = 0
    later: int = 0
    never: int = 0
    first_opening: datetime | None = None
    reasons: Counter[tuple[str, str]] = field(default_factory=Counter)
    kept: list[Screened] = field(default_factory=list)
    problems: list[RowProblem] = field(default_factory=list)
    problem_count: int = 0

    def count(self, row: Screened | RowProblem) -> None:
        """Take one row into account."""
        if isinstance(row, RowProblem):
            self.problem_count += 1
            if len(self.problems) < self.limit:
                self.problems.append(row)
            return
        opening = row.paper.not_before
        if row.paper.granted or opening is not None:
            self.prospect.count(row.paper.route, row.paper.number)
        self.now += row.paper.granted
        self.later += opening is not None
        self.never += not row.paper.granted and opening is None
        if opening is not None:
            self.first_opening = min(opening, self.first_opening or opening)
        self.reasons.update({(f.rule, f.article) for f in row.paper.findings})
        if len(self.kept) < self.limit:
            self.kept.append(row)

    @property
    def callable_count(self) -> int:
        """How many would be called, now or at a later opening."""
        return self.now + self.later


@dataclass(frozen=True, slots=True)
class Estimate:
    """What a campaign would take."""

    calls: int
    "At most, every attempt made."
    announcement_s: float
    duration_s: float
    minutes: int
    "Of conversation, as carriers bill it."


def estimate(
    campaign: Campaign, callees: int, *, route: Route | None, version: AnnouncementVersion | None
) -> Estimate:
    """Return what calling *callees* would take at the limits of *route*."""
    announcement_s = longest_s(version)
    per_second = (route.calls_per_second if route else None) or 10.0
    at_once = (route.calls_at_once if route else None) or 200
    held_s = RINGING_S + announcement_s
    return Estimate(
        calls=callees * campaign.attempts,
        announcement_s=announcement_s,
        duration_s=max(callees / per_second, callees * held_s / at_once, held_s if callees else 0),
        minutes=callees * math.ceil(announcement_s / 60),
    )


def checked(shell: Shell, campaign: Campaign, check: Check) -> Answer:
    """Answer what was counted; refused when nobody could be called."""
    with shell.engine.store.read() as unit:
        route = unit.setup.route(campaign.routes[0])
        version = unit.setup.announcement(campaign.announcement)
    expected = estimate(campaign, check.callable_count, route=route, version=version)
    costs = check.prospect.expected()
    handed = handed_over(shell.engine, campaign)
    document: dict[str, object] = {
        "now": check.now,
        "later": check.later,
        "never": check.never,
        "first_opening": check.first_opening,
        "problem_count": check.problem_count,
        "problems": [plain_problem(problem) for problem in check.problems],
        "reasons": [
            {"rule": rule, "article": article, "count": count}
            for (rule, article), count in check.reasons.most_common()
        ],
        "callees": [_plain(shell, row) for row in check.kept],
        "estimate": {
            "calls": expected.calls,
            "announcement_s": round(expected.announcement_s, 1),
            "duration_s": round(expected.duration_s),
            "minutes": expected.minutes,
            "costs": plain_expected(costs),
        },
        "handed_over": [each.to_json() for each in handed],
    }
    shown = [
        *_shown(shell, check, expected),
        *expected_lines(shell, costs),
        *handed_over_lines(shell, handed, costs),
    ]
    return Answer(document, shown, refused=check.callable_count == 0)


def _plain(shell: Shell, row: Screened) -> dict[str, object]:
    return {
        "line": row.line,
        "number": row.number,
        "verdict": _verdict(row),
        "route": row.paper.route or None,
        "not_before": row.paper.not_before,
        "articles": list(row.paper.articles),
        "findings": plain_findings(shell, row.paper.findings),
    }


def _verdict(row: Screened) -> str:
    if row.paper.granted:
        return "now"
    return "later" if row.paper.not_before else "never"


def _shown(shell: Shell, check: Check, expected: Estimate) -> list[RenderableType]:
    shown: list[RenderableType] = [_callees(shell, check.kept), ""]
    if not check.kept and not check.problems:
        shown = [shell.say("campaign.nobody"), ""]
    if check.problems:
        shown += [shell.say("campaign.rows_refused", count=check.problem_count)]
        shown += [row_problems(shell, check.problems), ""]
    if check.reasons:
        headings = (shell.say(f"column.{name}") for name in ("rule", "article", "count"))
        counted = [(*which, count) for which, count in check.reasons.most_common()]
        shown += [table(*headings, rows=counted), ""]
    shown.append(
        shell.say(
            "campaign.checked",
            now=check.now,
            later=check.later,
            never=check.never,
            problems=check.problem_count,
        )
    )
    if check.first_opening is not None:
        shown.append(shell.say("campaign.opens", at=_local(check.first_opening)))
    shown.append(
        shell.say(
            "campaign.estimate",
            calls=expected.calls,
            announcement_s=f"{expected.announcement_s:.0f}",
            duration=f"{expected.duration_s / 60:.0f}",
            minutes=expected.minutes,
        )
    )
    return shown


def _callees(shell: Shell, rows: Sequence[Screened]) -> RenderableType:
    names = ("line", "number", "route", "verdict", "articles", "compared", "remedy")
    language = shell.say.language
    drawn: list[tuple[object, ...]] = []
    for row in rows:
        verdict = shell.say(f"campaign.{_verdict(row)}")
        if row.paper.not_before:
            verdict = f"{verdict} {_local(row.paper.not_before)}"
        first, *others = row.paper.findings or (None,)
        drawn.append((row.line, row.number, row.paper.route, verdict, *_cells(first, language)))
        drawn += [("", "", "", "", *_cells(finding, language)) for finding in others]
    return table(*(shell.say(f"column.{name}") for name in names), rows=drawn)


def _cells(finding: Finding | None, language: str) -> tuple[str, str, str]:
    if finding is None:
        return ("", "", "")
    article = f"{finding.rule} {finding.article}"
    return (article, finding.compared(language), finding.remedy(language))


def _local(at: datetime) -> str:
    return f"{at.astimezone(PARIS):%Y-%m-%d %H:%M}"
