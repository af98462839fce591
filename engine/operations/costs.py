"""What a campaign cost: as its carriers charged, else as its routes' prices say."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from engine.cost import Money, PriceList
from engine.interfaces import Means, UnitOfWork


@dataclass(frozen=True, slots=True)
class Spent:
    """What answered calls on one route cost, in one currency."""

    route: str
    charged: Money | None
    "As the carrier told."
    charged_calls: int
    computed: Money | None
    "By the route's prices, where the carrier told nothing."
    computed_calls: int
    unpriced_calls: int
    "Answered calls whose cost nobody knows: they are in no sum."


def spent(means: Means, campaign_id: str) -> Sequence[Spent]:
    """Return what a campaign's calls cost until now, by route.

    Calls that nobody answered are not charged; a price that its carrier tells late replaces what
    was computed. Raises engine.cost.PriceRefused on a route whose prices cannot be used.
    """
    with means.store.read() as unit:
        charged = [
            Spent(one.route, Money(one.micros, one.currency), one.calls, None, 0, 0)
            for one in unit.costs.charged(campaign_id)
        ]
        routes = unit.costs.uncharged_routes(campaign_id)
        return [*charged, *(_computed(unit, campaign_id, name) for name in routes)]


def _computed(unit: UnitOfWork, campaign_id: str, name: str) -> Spent:
    route = unit.setup.route(name)
    prices = PriceList.read(route.settings if route else {})
    micros = priced = unpriced = 0
    for alike in unit.costs.uncharged(campaign_id, name, prices.digits):
        price = prices.of(alike.prefix or "")
        if price is None or alike.duration_s is None:
            unpriced += alike.calls
        else:
            priced += alike.calls
            micros += prices.cost(price, alike.duration_s).micros * alike.calls
    computed = Money(micros, prices.currency) if priced else None
    return Spent(name, None, 0, computed, priced, unpriced)
