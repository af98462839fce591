"""What a campaign may cost, and what it cost, as operators read it and as programs do."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from rich.console import RenderableType

from engine.campaign import Campaign
from engine.cli.output import table
from engine.cli.shell import Shell
from engine.cost import Expected, Money, PriceList, PriceRefused
from engine.interfaces.records import Route
from engine.operations.costs import Spent, spent
from engine.operations.prospect import Prospect


def prospect_of(shell: Shell, campaign: Campaign) -> Prospect:
    """Return a campaign's prospect, nobody counted; BadInputError on unusable prices."""
    try:
        with shell.engine.store.read() as unit:
            return Prospect.of(unit, campaign)
    except PriceRefused as error:
        raise shell.unusable(error) from error


def prices_of(shell: Shell, route: Route) -> PriceList:
    """Return a route's prices; BadInputError on prices that cannot be used."""
    try:
        return PriceList.read(route.settings)
    except PriceRefused as error:
        raise shell.unusable(error, f"{route.name}: {error.field}") from error


def plain_expected(costs: Iterable[Expected]) -> list[Mapping[str, object]]:
    """Return an estimate for a JSON document."""
    return [cost.to_json() for cost in costs]


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
        raise shell.unusable(error) from error


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
