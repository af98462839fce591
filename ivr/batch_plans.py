"""What a batch is to be, and what must be so before one leaves: file, credit, limits."""

from __future__ import annotations

from dataclasses import dataclass

from audio.rendering import pcm_wav_sha256
from engine.bootstrap import Engine
from engine.cost import MICROS, PriceList, PriceRefused
from engine.interfaces import AnnouncementVersion, CampaignRecord
from engine.interfaces.deposits import DepositAudio, DepositCarrier, Message
from engine.interfaces.records import Route
from engine.journal import Json
from engine.operations import deposits
from engine.operations.deposit_audio import Unready, spoken_token, unready

#: Voice Partner: POST /campaign/send, a minute and an hour.
MOST_A_MINUTE, MOST_AN_HOUR = 5, 2_000
#: Why no batch leaves for want of money: the name of a wording, as `Unready`'s are.
CREDIT = "credit"


@dataclass(frozen=True, slots=True)
class Plan:
    """What a batch is to be: read from the store just before."""

    campaign: CampaignRecord
    version: AnnouncementVersion
    audio: DepositAudio | None
    room: bool
    "Whether the provider's limits allow a request, whichever process made the last ones."

    def message(self) -> Message:
        """Return what the provider is asked to leave: a mailbox's variant."""
        token = self.audio.token if self.audio else ""
        return Message(token, self.version.variants["machine"].text, self.version.language)

    def found(self, *, is_spoken: bool) -> dict[str, Json]:
        """Return which approved words the provider was asked to leave, for the journal."""
        recording = self.version.variants["machine"]
        known: dict[str, Json] = {"variant": "machine", "sha256": recording.sha256}
        if is_spoken:
            return {**known, "spoken_by": "provider"}
        return {**known, "rendered_sha256": pcm_wav_sha256(recording.alaw)}

    def size(self, carrier: DepositCarrier) -> int:
        """Return how many callees the next request holds: the operator's choice, at the most."""
        return min(self.campaign.definition.batch_size or carrier.batch_size, carrier.batch_size)


def plan_of(engine: Engine, campaign_id: str, route: str) -> Plan | None:
    """Return what the next batch is to be; `None` once the campaign is gone (blocking)."""
    sent = deposits.sent(engine, route, at=engine.clock())
    with engine.store.read() as unit:
        campaign = unit.campaigns.get(campaign_id)
        if campaign is None:
            return None
        version = unit.setup.announcement_version(campaign.announcement_id)
        if version is None:
            return None
        audio = unit.deposits.audio(route, version.variants["machine"].sha256)
    room = sent.last_minute < MOST_A_MINUTE and sent.last_hour < MOST_AN_HOUR
    return Plan(campaign, version, audio, room)


async def hindrance(carrier: DepositCarrier, plan: Plan, route: Route, callees: int) -> str | None:
    """Return why only an operator can let a batch of so many *callees* leave; `None`: it may.

    Asks the provider which files and how much credit are left.
    Raises engine.interfaces.deposits.AudiosUnknown.
    """
    why = unready(plan.audio, None if carrier.is_spoken else await carrier.audios())
    if why is not None:
        return why.value
    if plan.audio is None or not _is_of(plan.audio, carrier, plan.message().text):
        return Unready.UNBOUND.value
    left = await carrier.credit()
    return CREDIT if left is not None and left * MICROS <= least(route, callees) else None


def _is_of(audio: DepositAudio, carrier: DepositCarrier, text: str) -> bool:
    """Tell whether what is bound is what the route asks for: a file, or these very words."""
    return audio.token == spoken_token(text) if carrier.is_spoken else not audio.is_spoken


def least(route: Route, callees: int) -> int:
    """Return the micros that so many deposits cost at the very least; 0 where no price is known.

    A price that cannot be read is none: `licite campaign check` complains of it.
    """
    try:
        prices = PriceList.read(route.settings)
    except PriceRefused:
        return 0
    costs = (prices.cost(price, 0).micros for price in prices.prices.values())
    return max(0, callees * min(costs, default=0) - 1)
