"""What is to be known before a campaign leaves by a provider: no recall, and the credit."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass

from engine.campaign import Campaign
from engine.cost import MICROS, Expected
from engine.interfaces import Means
from engine.interfaces.deposits import DepositCarrier
from engine.interfaces.records import Route
from engine.journal import Json


@dataclass(frozen=True, slots=True)
class HandedOver:
    """One route of a campaign whose provider leaves the message by itself."""

    route: str
    size: int
    "Callees of one batch."
    delay_min: int
    credit: float | None
    "What is left on the account; `None`: the provider did not tell."

    @property
    def is_spent(self) -> bool:
        """Whether nothing can be deposited for want of credit."""
        return self.credit is not None and self.credit <= 0

    def lacks(self, costs: Iterable[Expected]) -> bool:
        """Tell whether the credit is less than the campaign may cost on this route."""
        most = sum(each.most.micros for each in costs if each.route == self.route and each.most)
        return self.credit is not None and self.credit * MICROS < most

    def to_json(self) -> dict[str, Json]:
        """Return it as programs read it."""
        return {
            "route": self.route,
            "batch_size": self.size,
            "worst_delay_min": self.delay_min,
            "credit": self.credit,
            "can_be_recalled": False,
        }


def handed_over(means: Means, campaign: Campaign) -> list[HandedOver]:
    """Return the campaign's routes that hand over, their providers asked for the credit."""
    with means.store.read() as unit:
        routes = [unit.setup.route(name) for name in campaign.routes]
    return [_asked(route, campaign) for route in routes if route and route.is_handed_over]


def _asked(route: Route, campaign: Campaign) -> HandedOver:
    from engine.carriers.settings import SettingRefused
    from engine.carriers.voicepartner import VoicePartnerCarrier, VoicePartnerSettings

    try:
        settings = VoicePartnerSettings.read(route)
    except SettingRefused:  # licite carrier check says it; no batch leaves meanwhile
        return HandedOver(route.name, campaign.batch_size or 0, 0, None)
    size = min(campaign.batch_size or settings.batch_size, settings.batch_size)
    credit = asyncio.run(_credit(VoicePartnerCarrier(settings)))
    return HandedOver(route.name, size, settings.worst_delay_min, credit)


async def _credit(carrier: DepositCarrier) -> float | None:
    try:
        return await carrier.credit()
    finally:
        await carrier.close()
