"""What a campaign cost: as its carriers charged, else as its routes' prices say."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from audio.g711 import RATE_HZ
from engine.cost import Money, PriceList
from engine.interfaces import Means, UnitOfWork


@dataclass(frozen=True, slots=True)
class Spent:
    """What calls on one route cost, answered or deposited, in one currency."""

    route: str
    charged: Money | None
    "As the carrier told."
    charged_calls: int
    computed: Money | None
    "By the route's prices, where the carrier told nothing."
    computed_calls: int
    unpriced_calls: int
    "Those whose cost nobody knows: they are in no sum."


def spent(means: Means, campaign_id: str) -> Sequence[Spent]:
    """Return what a campaign's calls cost until now, by route.

    Calls that nobody answered are not charged; a price that its carrier tells late replaces what
    was computed. A deposit has no length of its own: it costs as much as its announcement is long,
    and all of a batch are counted that was left to some. Raises engine.cost.PriceRefused on a
    route whose prices cannot be used.
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
    deposit_s = _deposit_s(unit, campaign_id) if route and route.is_handed_over else None
    prices = PriceList.read(route.settings if route else {})
    micros = priced = unpriced = 0
    for alike in unit.costs.uncharged(campaign_id, name, prices.digits):
        price = prices.of(alike.prefix or "")
        lasted_s = deposit_s if alike.duration_s is None else alike.duration_s
        if price is None or lasted_s is None:
            unpriced += alike.calls
        else:
            priced += alike.calls
            micros += prices.cost(price, lasted_s).micros * alike.calls
    computed = Money(micros, prices.currency) if priced else None
    return Spent(name, None, 0, computed, priced, unpriced)


def _deposit_s(unit: UnitOfWork, campaign_id: str) -> float | None:
    """Return the seconds of what a campaign's deposits hold: a mailbox's variant."""
    campaign = unit.campaigns.get(campaign_id)
    version = unit.setup.announcement_version(campaign.announcement_id) if campaign else None
    return len(version.variants["machine"].alaw) / RATE_HZ if version else None
