"""Claimed drops, gathered until enough of one campaign are there to leave together."""

from __future__ import annotations

from dataclasses import dataclass, field

from engine.interfaces import Claim
from engine.interfaces.deposits import DepositCarrier
from ivr.lines import OpenRoute

#: A batch that is not full leaves once nothing was added to it for this long, in seconds.
GATHERED_S = 0.4
#: It leaves after this long in any case: claims are leased for thirty seconds.
LONGEST_S = 15.0


@dataclass(slots=True)
class Gathered:
    """Claimed drops of one campaign that are to leave together."""

    campaign_id: str
    route: OpenRoute
    carrier: DepositCarrier
    began: float
    added: float
    claims: list[Claim] = field(default_factory=list)

    def is_due(self, now: float) -> bool:
        """Tell whether nothing more is to be waited for."""
        is_full = len(self.claims) >= self.carrier.batch_size
        return is_full or now - self.added >= GATHERED_S or now - self.began >= LONGEST_S


class Gathering:
    """The batches that are being gathered, by campaign and route."""

    def __init__(self) -> None:
        self._gathered: dict[tuple[str, str], Gathered] = {}

    def take(self, claim: Claim, route: OpenRoute, now: float) -> None:
        """Add a claimed drop to the batch of its campaign; it takes one of the route's lines."""
        carrier = route.deposits
        if carrier is None:
            raise TypeError(f"route {route.route.name} takes no batches")
        key = (claim.campaign_id, route.route.name)
        gathered = self._gathered.get(key)
        if gathered is None:
            gathered = Gathered(claim.campaign_id, route, carrier, now, now)
            self._gathered[key] = gathered
        route.take(now)
        gathered.claims.append(claim)
        gathered.added = now

    def due(self, now: float) -> list[Gathered]:
        """Return the batches that are to leave, which are gathered no more."""
        due = [key for key, gathered in self._gathered.items() if gathered.is_due(now)]
        return [self._gathered.pop(key) for key in due]
