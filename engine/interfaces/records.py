"""The values that go into the store and come out of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from engine.call import CampaignState, DropState, Retry
from engine.callee import Callee
from engine.campaign import Campaign
from engine.journal import Json
from engine.law import Finding
from engine.outcome import Outcome

#: Minutes by which a provider may be late, at the most that a route may grant it: the shortest
#: slot of calling hours lasts three hours.
LONGEST_DELAY_MIN = 170
#: What handing a batch over may take from its first clearance on, with waiting for the provider.
HANDING = timedelta(minutes=1)
#: Minutes by which a provider is held to be late where its route does not say.
_DELAY_MIN = 60


class AlreadyThere(ValueError):
    """A name, a number or a version is taken."""


class ConstraintBroken(RuntimeError):
    """The store refused what would break an invariant; nothing was written."""


class StoreUnavailable(OSError):
    """The store cannot be reached, or gave no turn to write; nothing was written."""


#: The carriers whose calls we conduct ourselves: without us there is no sound, and no call.
LIVE = ("sandbox", "trunk")


@dataclass(frozen=True, slots=True)
class Route:
    """A way for calls to leave: a carrier and its settings."""

    name: str
    carrier: str
    "``sandbox``, ``trunk``, ``twilio`` or ``voicepartner``."
    settings: Mapping[str, Json] = field(default_factory=dict)
    "``host``, ``port``, ``domain``, ``username``, ``secret`` (a reference), limits."

    @property
    def calls_per_second(self) -> float | None:
        """The most calls that the route may start a second; `None`: no limit of its own."""
        return _positive(self.settings.get("calls_per_second"))

    @property
    def calls_at_once(self) -> int | None:
        """The most calls that the route may hold at once; `None`: no limit of its own."""
        limit = _positive(self.settings.get("calls_at_once"))
        return None if limit is None else int(limit)

    @property
    def is_handed_over(self) -> bool:
        """Whether a provider leaves the message by itself, when nothing of ours stops it."""
        return self.carrier == "voicepartner"

    @property
    def worst_delay(self) -> timedelta:
        """How long after it was handed over a message may still be left, at the very worst."""
        if not self.is_handed_over:
            return timedelta()
        minutes = _positive(self.settings.get("worst_delay_min")) or _DELAY_MIN
        return timedelta(minutes=min(minutes, LONGEST_DELAY_MIN)) + HANDING


def _positive(value: Json) -> float | None:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return None
    return float(value) if value > 0 else None


@dataclass(frozen=True, slots=True)
class Recording:
    """One variant of an announcement: its final bytes, their hash, the words said."""

    alaw: bytes = field(repr=False)
    sha256: str
    text: str


@dataclass(frozen=True, slots=True)
class AnnouncementVersion:
    """One immutable version of an announcement."""

    id: int
    name: str
    version: int
    language: str
    script: str
    added_at: datetime
    variants: Mapping[str, Recording]
    "By ``person`` and ``machine``."


@dataclass(frozen=True, slots=True)
class CampaignRecord:
    """A campaign as stored."""

    id: str
    sender_id: str
    name: str
    definition: Campaign
    announcement_id: int
    state: CampaignState
    submitted_at: datetime
    ended_at: datetime | None = None
    import_beat_at: datetime | None = None
    "The last sign of life of its import (the machine's clock); `None`: every row is there."
    paused_for: str | None = None
    "Why a guard paused it; `None`: nobody but an operator did."
    scenario_id: int | None = None
    "The voice scenario's version; `None`: the flow has no keys but ours."

    @property
    def retry(self) -> Retry:
        """How often the campaign tries a callee."""
        return Retry(self.definition.attempts, self.definition.retry_after)


@dataclass(frozen=True, slots=True)
class Drop:
    """A callee of a campaign and what became of him; `callee` is `None` once erased."""

    id: int
    campaign_id: str
    callee: Callee | None
    state: DropState
    due_at: datetime
    attempts: int
    outcome: Outcome | None = None
    findings: tuple[Finding, ...] = ()
    worker: str | None = None


@dataclass(frozen=True, slots=True)
class Call:
    """One attempt."""

    id: int
    drop_id: int
    sender_id: str
    number: str | None
    worker: str
    caller_id: str
    route: str
    dialled_at: datetime
    answered_at: datetime | None = None
    concluded_at: datetime | None = None
    outcome: Outcome | None = None
    cause: str | None = None
    evidence: Mapping[str, Json] | None = None
    reference: str | None = None
    "The carrier's own name of the call, where the carrier conducts it."
    duration_s: float | None = None
    "From the answer to the end."
    cost_micros: int | None = None
    "What it cost, in millionths of `currency`."
    currency: str | None = None
    wants_call_back_at: datetime | None = None
    "When the callee asked to be called back."


@dataclass(frozen=True, slots=True)
class ConsentProof:
    """The consent of somebody who was erased: what R. 223-2 keeps, without the number."""

    sender_id: str
    hash: bytes
    "The keyed hash of the number, as in the sender's suppression register."
    given_at: datetime
    text_id: str | None
    channel: str | None
    source: str | None
    kept_until: datetime


@dataclass(frozen=True, slots=True)
class Claim:
    """A due drop that one voice process holds, for the time of its lease."""

    drop_id: int
    campaign_id: str
    worker: str


@dataclass(frozen=True, slots=True)
class Tally:
    """A campaign in numbers."""

    drops: int
    states: Mapping[DropState, int]
    outcomes: Mapping[Outcome, int]
    refusals: Mapping[tuple[str, str], int]
    "How often each (rule, article) refused."


@dataclass(frozen=True, slots=True)
class ApiKey:
    """An operator's program, and the sender for whom it may act."""

    id: str
    sender_id: str
    label: str
    created_at: datetime
    revoked_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Fresh:
    """The request was never seen: do the work, then `finish`."""


@dataclass(frozen=True, slots=True)
class Replay:
    """The same request was answered before: answer it again."""

    status: int
    response: Json


@dataclass(frozen=True, slots=True)
class KeyReused:
    """The key came with another request before."""


@dataclass(frozen=True, slots=True)
class InProgress:
    """The same request is being worked on, or was by a process that died."""

    since: datetime | None = field(default=None, compare=False)


Idempotency = Fresh | Replay | KeyReused | InProgress
