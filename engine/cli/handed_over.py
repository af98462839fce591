"""What is to be known before a campaign leaves by a provider: no recall, and the credit."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from engine.campaign import Campaign
from engine.cli.shell import Shell
from engine.cost import MICROS, Expected
from engine.interfaces.deposits import DepositCarrier
from engine.interfaces.records import Route


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

    def to_json(self) -> dict[str, object]:
        """Return it as programs read it."""
        return {
            "route": self.route,
            "batch_size": self.size,
            "worst_delay_min": self.delay_min,
            "credit": self.credit,
            "can_be_recalled": False,
        }


def handed_over(shell: Shell, campaign: Campaign) -> list[HandedOver]:
    """Return the campaign's routes that hand over, their providers asked for the credit."""
    with shell.engine.store.read() as unit:
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


def handed_over_lines(
    shell: Shell, handed: Sequence[HandedOver], costs: Sequence[Expected] = ()
) -> list[str]:
    """Say that what is handed over cannot be recalled, and whether the credit suffices."""
    lines = []
    for each in handed:
        about = {"route": each.route, "size": each.size, "minutes": each.delay_min}
        lines.append(shell.say("campaign.no_recall", **about))
        if each.credit is None:
            lines.append(shell.say("campaign.credit_untold", route=each.route))
        elif each.is_spent or each.lacks(costs):
            credit = f"{each.credit:g}"
            lines.append(shell.say("campaign.credit_short", route=each.route, credit=credit))
    return lines
