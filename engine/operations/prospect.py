"""What a campaign may cost, before it leaves: who would be called by which route."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from audio.g711 import RATE_HZ
from engine.campaign import CalleeRow, Campaign, RowProblem
from engine.cost import Expected, Price, PriceList, expected
from engine.interfaces import AnnouncementVersion, Route, UnitOfWork
from engine.routing import choose

GREETING_S = 12.0
"How long a voicemail greets before its beep, on average, for the estimate: it is charged."


@dataclass(slots=True)
class Prospect:
    """Counts who would be called by which route, at which price."""

    routes: Sequence[Route]
    prices: Mapping[str, PriceList]
    announcement_s: float
    drops: dict[str, Counter[Price | None]] = field(default_factory=dict)

    @classmethod
    def of(cls, unit: UnitOfWork, campaign: Campaign) -> Prospect:
        """Return the prospect of *campaign*, nobody counted yet.

        Raises engine.cost.PriceRefused on prices that cannot be used.
        """
        named = [route for name in campaign.routes if (route := unit.setup.route(name))]
        prices = {route.name: PriceList.read(route.settings) for route in named}
        return cls(named, prices, longest_s(unit.setup.announcement(campaign.announcement)))

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

    def expected(self) -> list[Expected]:
        """Return what the campaign may cost, by route."""
        held_s = GREETING_S + self.announcement_s
        return [
            expected(name, drops, self.prices[name], held_s=held_s)
            for name, drops in self.drops.items()
        ]


def longest_s(version: AnnouncementVersion | None) -> float:
    """Return the length of an announcement's longer variant, in seconds."""
    variants = version.variants.values() if version else []
    return max((len(variant.alaw) / RATE_HZ for variant in variants), default=0.0)
