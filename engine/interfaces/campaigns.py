"""What the operations need of the store: campaigns, their drops, and the calls of these."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Protocol

from engine.call import CampaignState
from engine.callee import Callee
from engine.interfaces.records import Call, CampaignRecord, Drop, Tally
from engine.journal import Json
from engine.law import Finding
from engine.outcome import Outcome


class Campaigns(Protocol):
    """Campaigns and the stop flag."""

    def add(self, campaign: CampaignRecord) -> None:
        """Add a campaign."""

    def get(self, campaign_id: str) -> CampaignRecord | None:
        """Return a campaign."""

    def all(self) -> Sequence[CampaignRecord]:
        """Return every campaign, the newest first."""

    def running(self) -> Sequence[str]:
        """Return the ids of the campaigns that may be dialled; none while everything is stopped."""

    def hold(self, campaign_id: str, *, to_change: bool) -> CampaignState | None:
        """Return the state, which cannot change before the unit ends."""

    def move(self, campaign_id: str, state: CampaignState, at: datetime) -> None:
        """Set the state of a campaign."""

    def beat(self, campaign_id: str, at: datetime | None) -> None:
        """Record that a campaign's import lives; `None`: every row is there."""

    def abandoned(self, instant: datetime) -> Sequence[str]:
        """Return the campaigns whose import gave its last sign of life before *instant*."""

    def tally(self, campaign_id: str) -> Tally:
        """Count a campaign's drops by state, by outcome and by what refused them."""

    def is_stopped(self) -> bool:
        """Tell whether everything is stopped; the answer holds until the unit ends."""

    def set_stop(self, is_set: bool, at: datetime) -> bool:
        """Stop everything, or lift the stop; False when it was so already."""


class Drops(Protocol):
    """Drops: one callee of one campaign each."""

    def add(self, campaign_id: str, callees: Sequence[Callee], due_at: datetime) -> None:
        """Add a batch of callees, due at once."""

    def get(self, drop_id: int) -> Drop | None:
        """Return a drop."""

    def hold(self, drop_id: int) -> Drop | None:
        """Return the drop, which nobody else can change before the unit ends."""

    def page(self, campaign_id: str, after: int = 0, limit: int = 500) -> Sequence[Drop]:
        """Return a campaign's drops by id, from the one after *after* on."""

    def claim(
        self, campaign_id: str, worker: str, *, at: datetime, lease_until: datetime, limit: int
    ) -> Sequence[int]:
        """Claim a campaign's first due drops for one voice process, skipping what others hold."""

    def next_due_at(self, campaign_id: str) -> datetime | None:
        """Return when a campaign's next pending drop is due: the first in its index."""

    def postpone(self, drop_id: int, due_at: datetime) -> None:
        """Put a drop back, due at *due_at*."""

    def start(self, drop_id: int) -> None:
        """Mark a drop as being called, one attempt more."""

    def end(self, drop_id: int, outcome: Outcome, findings: Sequence[Finding]) -> None:
        """Give a drop its outcome."""

    def end_all(self, campaign_id: str, outcome: Outcome) -> int:
        """Give every drop of a campaign that was not dialled an outcome; return how many."""

    def waiting_for(self, sender_id: str, number: str) -> Sequence[Drop]:
        """Return a sender's drops to a number that were not dialled, held until the unit ends."""

    def any_open(self, campaign_id: str) -> bool:
        """Tell whether a campaign has a drop without an outcome."""

    def release(self, worker: str) -> int:
        """Put back what a voice process claimed and did not dial; return how many."""

    def has_expired(self, now: datetime) -> bool:
        """Tell whether something was claimed and not dialled within its lease."""

    def release_expired(self, now: datetime) -> int:
        """Put back what was claimed and not dialled within its lease; return how many."""

    def of_number(self, number: str) -> Sequence[tuple[Drop, str]]:
        """Return every drop to a number, with its sender's id."""

    def forget(self, number: str) -> int:
        """Erase who the callee of a number's drops was; return how many there were."""


class Calls(Protocol):
    """Attempts."""

    def add(
        self, drop: Drop, sender_id: str, *, caller_id: str, route: str, worker: str, at: datetime
    ) -> int:
        """Record that a call is about to leave; the database allows one open call per drop."""

    def get(self, call_id: int) -> Call | None:
        """Return a call."""

    def hold(self, call_id: int) -> Call | None:
        """Return the call, which nobody else can change before the unit ends."""

    def of_drop(self, drop_id: int) -> Sequence[Call]:
        """Return a drop's calls, the first one first."""

    def answer(self, call_id: int, at: datetime) -> None:
        """Record when a call was answered, once."""

    def conclude(
        self,
        call_id: int,
        outcome: Outcome,
        *,
        cause: str,
        evidence: Mapping[str, Json],
        at: datetime | None,
    ) -> None:
        """Record what became of a call; without *at* it stays open (a provider has it)."""

    def measure(
        self,
        call_id: int,
        *,
        answered_at: datetime | None,
        duration_s: float | None,
        cost_micros: int | None,
        currency: str | None,
    ) -> None:
        """Write when a call was answered, how long it lasted, what it cost; `None`: as it was."""

    def wish(self, call_id: int, at: datetime) -> bool:
        """Record when a callee asked to be called back; False when it was recorded before."""

    def wishing(self, campaign_id: str) -> Sequence[Call]:
        """Return a campaign's calls whose callees asked to be called back, the first first."""

    def attempts(self, sender_id: str, number: str, since: datetime) -> Sequence[datetime]:
        """Return when a sender dialled a number since an instant, failures included."""

    def is_on_line(self, sender_id: str, number: str, *, unknown_since: datetime) -> bool:
        """Tell whether a call of this sender to this number is open, or may be.

        One of unknown fate that another network conducts, dialled since *unknown_since*, may.
        """

    def open_of(self, worker: str) -> Sequence[int]:
        """Return the open calls of a voice process, those that a carrier took over left out."""

    def call_off(self, sender_id: str, number: str) -> None:
        """Mark a sender's open calls to a number as to be ended."""

    def call_off_campaign(self, campaign_id: str) -> None:
        """Mark a campaign's open calls as to be ended."""

    def call_off_all(self) -> None:
        """Mark every open call as to be ended."""

    def called_off(self, worker: str) -> Sequence[int]:
        """Return the open calls of a voice process that are to be ended."""

    def forget(self, number: str) -> int:
        """Erase a number from its calls; return how many there were."""
