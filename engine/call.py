"""The states of a campaign, of a drop and of its calls, and what an outcome leads to."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum

from engine.outcome import RETRIABLE, Outcome


class CampaignState(Enum):
    """Where a drop request stands."""

    LOADING = "loading"  #: Its rows are being written; nothing is dialled
    RUNNING = "running"
    PAUSED = "paused"
    CANCELLED = "cancelled"
    DONE = "done"  #: Every drop has its outcome


class Order(Enum):
    """What can be asked of a campaign."""

    START = "start"  #: Its rows are all there
    PAUSE = "pause"
    RESUME = "resume"
    CANCEL = "cancel"
    END = "end"  #: Its last drop ended


#: (state, order) -> state; a pair that is not listed changes nothing.
CAMPAIGN_STEPS: dict[tuple[CampaignState, Order], CampaignState] = {
    (CampaignState.LOADING, Order.START): CampaignState.RUNNING,
    (CampaignState.LOADING, Order.CANCEL): CampaignState.CANCELLED,
    (CampaignState.RUNNING, Order.PAUSE): CampaignState.PAUSED,
    (CampaignState.RUNNING, Order.CANCEL): CampaignState.CANCELLED,
    (CampaignState.RUNNING, Order.END): CampaignState.DONE,
    (CampaignState.PAUSED, Order.RESUME): CampaignState.RUNNING,
    (CampaignState.PAUSED, Order.CANCEL): CampaignState.CANCELLED,
    (CampaignState.PAUSED, Order.END): CampaignState.DONE,
}


class DropState(Enum):
    """Where a drop stands."""

    PENDING = "pending"  #: To be claimed when due
    CLAIMED = "claimed"  #: A voice process has it, nothing has been dialled
    CALLING = "calling"  #: "Dialled" is committed; the call is open
    DONE = "done"  #: It has its outcome


@dataclass(frozen=True, slots=True)
class Retry:
    """How often a campaign tries, and how far apart."""

    attempts: int
    after: timedelta


def retry_at(
    outcome: Outcome, attempts: int, retry: Retry, *, at: datetime, was_answered: bool
) -> datetime | None:
    """Return when a drop is due again after its call ended with *outcome*; `None`: never.

    An answered call is never tried again: something may have been heard.
    """
    if was_answered or outcome not in RETRIABLE or attempts >= retry.attempts:
        return None
    return at + retry.after
