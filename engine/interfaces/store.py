"""What the operations need of a store: units of work and the named functions in them.

A unit of work is all or nothing. Every function is one statement or a few; what they must hold
together (a drop is dialled once, an opt-out is never lost) is the operations' to compose, and the
database's constraints to enforce.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from typing import Protocol

from engine.basis import ConsentText
from engine.call import CampaignState
from engine.callee import Callee
from engine.clearance import CallerId, Sender
from engine.interfaces.records import (
    AnnouncementVersion,
    ApiKey,
    Call,
    CampaignRecord,
    Drop,
    Idempotency,
    Recording,
    Route,
    Tally,
)
from engine.journal import Entry, Json, Leaf, TreeHead
from engine.journal.seal import Ledger
from engine.journal.verify import Archive
from engine.keys import Keys
from engine.law import Finding, Law
from engine.outcome import Outcome


class Setup(Protocol):
    """Senders and what they call with."""

    def add_sender(self, sender: Sender) -> None:
        """Add a sender."""

    def sender(self, sender_id: str) -> Sender | None:
        """Return a sender."""

    def senders(self) -> Sequence[Sender]:
        """Return every sender."""

    def add_caller_id(self, caller_id: CallerId) -> None:
        """Add a number to show, and its assignee."""

    def caller_id(self, number: str) -> CallerId | None:
        """Return a number to show, by its E.164 form."""

    def caller_ids(self) -> Sequence[CallerId]:
        """Return every number to show."""

    def verify_caller_id(self, number: str, at: datetime) -> bool:
        """Record that the proof of assignment was checked; False when the number is unknown."""

    def add_opt_out_line(self, number: str, sender_id: str) -> None:
        """Give an opt-out number to one sender; the same again changes nothing."""

    def sender_of(self, number: str) -> Sender | None:
        """Return whom a callee reaches by ringing *number*: an opt-out number, or a caller id."""

    def add_route(self, route: Route) -> None:
        """Add a way for calls to leave."""

    def route(self, name: str) -> Route | None:
        """Return a route."""

    def routes(self) -> Sequence[Route]:
        """Return every route."""

    def add_consent_text(self, text: ConsentText) -> None:
        """Register a consent text, for good."""

    def consent_text(self, text_id: str) -> ConsentText | None:
        """Return a registered consent text."""

    def consent_texts(self, ids: Collection[str] | None = None) -> Mapping[str, ConsentText]:
        """Return the registered consent texts named, or all of them."""

    def add_announcement(
        self,
        name: str,
        *,
        language: str,
        script: str,
        variants: Mapping[str, Recording],
        at: datetime,
    ) -> AnnouncementVersion:
        """Add the next version of an announcement; the same bytes again are the same version."""

    def announcement(self, name: str) -> AnnouncementVersion | None:
        """Return the newest version of an announcement."""

    def announcement_version(self, announcement_id: int) -> AnnouncementVersion | None:
        """Return one version of an announcement."""

    def announcements(self) -> Sequence[AnnouncementVersion]:
        """Return the newest version of every announcement."""


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

    def attempts(self, sender_id: str, number: str, since: datetime) -> Sequence[datetime]:
        """Return when a sender dialled a number since an instant, failures included."""

    def is_on_line(self, sender_id: str, number: str) -> bool:
        """Tell whether a call of this sender to this number is open."""

    def open_of(self, worker: str) -> Sequence[int]:
        """Return the open calls of a voice process, those that a provider has left out."""

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


class Suppressions(Protocol):
    """The suppression register: keyed hashes."""

    def lock(self, sender_id: str, hash: bytes) -> None:
        """Keep every other unit about this sender and number out until this one ends."""

    def add(self, sender_id: str, hash: bytes, *, at: datetime, channel: str) -> bool:
        """Suppress a number for a sender; False when it was suppressed already."""

    def holds(self, sender_id: str, hash: bytes) -> bool:
        """Tell whether a sender must leave a number alone."""

    def count(self, sender_id: str) -> int:
        """Count a sender's suppressions."""


class Access(Protocol):
    """Operators' programs: their keys, and the requests already answered."""

    def add_key(self, sender_id: str, label: str, at: datetime) -> str:
        """Make a key for a sender's program; its token is returned once and never stored."""

    def key(self, token: str) -> ApiKey | None:
        """Return the key that a token proves; `None` when it proves none, or a revoked one."""

    def keys(self) -> Sequence[ApiKey]:
        """Return every key, revoked ones included."""

    def revoke(self, key_id: str, at: datetime) -> bool:
        """Revoke a key; False when there is none to revoke."""

    def begin(self, scope: str, key: str, *, request_hash: str, at: datetime) -> Idempotency:
        """Take an idempotency key; tell whether its request is new, known, or another one."""

    def take_over(self, scope: str, key: str, *, since: datetime, at: datetime) -> bool:
        """Take a request from a process that died: True for one caller only."""

    def finish(self, scope: str, key: str, *, status: int, response: Json) -> None:
        """Keep the answer of a request, to be given again."""

    def abandon(self, scope: str, key: str) -> None:
        """Forget a request that failed, so that it can be made again."""


class Workers(Protocol):
    """Voice processes and their heartbeats, on the machine's clock."""

    def beat(self, name: str, at: datetime) -> None:
        """Record that a voice process lives."""

    def silent_since(self, instant: datetime) -> Sequence[str]:
        """Return the voice processes whose last beat is older than *instant*."""

    def forget(self, name: str) -> None:
        """Forget a voice process."""

    def last_beat(self) -> datetime | None:
        """Return the latest beat of any voice process."""


class JournalRoom(Ledger, Archive, Protocol):
    """The journal's rows."""

    def write(self, entry: Entry) -> None:
        """Write an entry, which the sequencer numbers once the unit of work is committed."""

    def write_all(self, entries: Iterable[Entry]) -> None:
        """Write entries in order."""

    def last_head(self) -> TreeHead | None:
        """Return the newest signed head."""

    def heads_after(self, size: int) -> Sequence[TreeHead]:
        """Return signed heads larger than *size*, a batch of them, by size."""

    def about(self, subject: str) -> Iterator[Leaf]:
        """Yield the numbered entries about *subject* by their number."""

    def purge(self, subject: str) -> Sequence[bytes]:
        """Delete the entries and salts about *subject*; return their leaves' salted hashes."""


class Settings(Protocol):
    """Single values that belong to the database, not to the environment."""

    def get(self, name: str) -> str | None:
        """Return a value."""

    def put(self, name: str, value: str) -> None:
        """Set a value."""


class UnitOfWork(Protocol):
    """Everything that one transaction can do."""

    @property
    def setup(self) -> Setup:
        """Senders and what they call with."""

    @property
    def campaigns(self) -> Campaigns:
        """Campaigns and the stop flag."""

    @property
    def drops(self) -> Drops:
        """Drops: one callee of one campaign each."""

    @property
    def calls(self) -> Calls:
        """Attempts."""

    @property
    def suppressions(self) -> Suppressions:
        """The suppression register: keyed hashes."""

    @property
    def access(self) -> Access:
        """Operators' programs: their keys, and the requests already answered."""

    @property
    def workers(self) -> Workers:
        """Voice processes and their heartbeats, on the machine's clock."""

    @property
    def journal(self) -> JournalRoom:
        """The journal's rows."""

    @property
    def settings(self) -> Settings:
        """Single values that belong to the database, not to the environment."""


class Store(Protocol):
    """Where everything is kept."""

    def write(self) -> AbstractContextManager[UnitOfWork]:
        """Open a unit of work: committed at the end, rolled back on any exception."""

    def read(self) -> AbstractContextManager[UnitOfWork]:
        """Open one consistent view; nothing in it is written."""


class Means(Protocol):
    """What every operation works with."""

    @property
    def store(self) -> Store:
        """Where everything is kept."""

    @property
    def law(self) -> Law:
        """The rulebook."""

    @property
    def keys(self) -> Keys:
        """The installation's secret keys."""
