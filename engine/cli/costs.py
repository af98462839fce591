"""What a campaign may cost, and what it cost, as operators read it and as programs do."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from rich.console import RenderableType

from engine.campaign import CalleeRow, Campaign, RowProblem
from engine.cli.errors import BadInputError
from engine.cli.output import table
from engine.cli.shell import Shell
from engine.cost import Expected, Money, Price, PriceList, PriceRefused, expected
from engine.interfaces.records import Route
from engine.interfaces.store import UnitOfWork
from engine.operations.costs import Spent, spent
from engine.routing import choose

GREETING_S = 12.0
"How long a voicemail greets before its beep, on average, for the estimate: it is charged."


@dataclass(slots=True)
class Prospect:
    """Counts who would be called by which route, at which price."""

    routes: Sequence[Route]
    prices: Mapping[str, PriceList]
    drops: dict[str, Counter[Price | None]] = field(default_factory=dict)

    @classmethod
    def of(cls, shell: Shell, unit: UnitOfWork, campaign: Campaign) -> Prospect:
        """Return the prospect of *campaign*, nobody counted yet."""
        named = [route for name in campaign.routes if (route := unit.setup.route(name))]
        return cls(named, {route.name: prices_of(shell, route) for route in named})

    def count(self, route: str, number: str) -> None:
        """Take a callee into account."""
        prices = self.prices.get(route)
        if prices is not None:
            self.drops.setdefault(route, Counter())[prices.of(number)] += 1

    def counting(
        self, campaign: Campaign, rows: Iterable[CalleeRow | RowProblem]
    ) -> Iterator[CalleeRow | RowProblem]:
        """Yield *rows*, each counted on the first route that can take it."""
        for row in rows:
            if isinstance(row, CalleeRow):
                number = row.callee.number
                for name in choose(self.routes, number, campaign.caller_id).fit[:1]:
                    self.count(name, number.e164)
            yield row

    def expected(self, announcement_s: float) -> list[Expected]:
        """Return what the campaign may cost, by route."""
        held_s = GREETING_S + announcement_s
        return [
            expected(name, drops, self.prices[name], held_s=held_s)
            for name, drops in self.drops.items()
        ]


def prices_of(shell: Shell, route: Route) -> PriceList:
    """Return a route's prices; BadInputError on prices that cannot be used."""
    try:
        return PriceList.read(route.settings)
    except PriceRefused as error:
        where = f"{route.name}: {error.field}"
        raise BadInputError(where, error.reason, error.remedy) from error


def plain_expected(costs: Iterable[Expected]) -> list[dict[str, object]]:
    """Return an estimate for a JSON document."""
    return [
        {
            "route": cost.route,
            "drops": cost.drops,
            "least": _plain(cost.least),
            "most": _plain(cost.most),
            "unpriced": cost.unpriced,
        }
        for cost in costs
    ]


def expected_lines(shell: Shell, costs: Iterable[Expected]) -> list[str]:
    """Return an estimate, a line a route; an unknown price is said."""
    lines = []
    for cost in costs:
        if cost.least is not None and cost.most is not None:
            facts = {"least": cost.least, "most": cost.most, "drops": cost.drops - cost.unpriced}
            lines.append(shell.say("cost.expected", route=cost.route, **facts))
        if cost.unpriced:
            lines.append(shell.say("cost.unpriced", route=cost.route, drops=cost.unpriced))
    return lines


def spent_on(shell: Shell, campaign_id: str) -> Sequence[Spent]:
    """Return what a campaign cost until now; BadInputError on prices that cannot be used."""
    try:
        return spent(shell.engine, campaign_id)
    except PriceRefused as error:
        raise BadInputError(error.field, error.reason, error.remedy) from error


def plain_spent(costs: Iterable[Spent]) -> list[dict[str, object]]:
    """Return what was spent for a JSON document."""
    return [
        {
            "route": cost.route,
            "charged": _plain(cost.charged),
            "charged_calls": cost.charged_calls,
            "computed": _plain(cost.computed),
            "computed_calls": cost.computed_calls,
            "unpriced_calls": cost.unpriced_calls,
        }
        for cost in costs
    ]


def spent_table(shell: Shell, costs: Sequence[Spent]) -> list[RenderableType]:
    """Return what was spent as a table, its source said; nothing where nothing was answered."""
    rows = [row for cost in costs for row in _spent_rows(shell, cost)]
    names = ("route", "cost", "count", "source")
    return [table(*(shell.say(f"column.{name}") for name in names), rows=rows)] if rows else []


def _spent_rows(shell: Shell, cost: Spent) -> Iterator[tuple[object, ...]]:
    if cost.charged is not None:
        yield cost.route, cost.charged, cost.charged_calls, shell.say("cost.charged")
    if cost.computed is not None:
        yield cost.route, cost.computed, cost.computed_calls, shell.say("cost.computed")
    if cost.unpriced_calls:
        yield cost.route, "?", cost.unpriced_calls, shell.say("cost.unknown")


def _plain(money: Money | None) -> dict[str, object] | None:
    return None if money is None else dict(money.to_json())
