"""The facts that a clearance is made from: what the store knows about a drop.

`None` always means *unknown*, and what is unknown refuses.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Protocol

from engine.basis import ConsentText
from engine.callee import MessageKind
from engine.numbers import PhoneNumber

#: How far back attempts are loaded; the rulebook's own period is shorter.
ATTEMPTS_SINCE = timedelta(days=31)


@dataclass(frozen=True, slots=True)
class Sender:
    """The organisation for whom messages are left: the controller of GDPR art. 4(7)."""

    id: str
    registered_name: str
    siren: str
    contact: str
    "How it can be reached: a postal or electronic address."
    language: str = "fr"
    reception: str | None = None
    "The E.164 number of the people whom a callee may ask to be connected with."
    reception_hours: str | None = None
    "When they are there: ``mon-fri 09:00-12:30 13:30-18:00``."


@dataclass(frozen=True, slots=True)
class CallerId:
    """A number that a sender may show, and the proof of it."""

    number: PhoneNumber
    assignee: str | None = None
    "The id of the sender to whom the number is assigned (C. consom. L221-17)."
    verified_at: datetime | None = None
    "When the proof of assignment was last checked."
    assigned_since: datetime | None = None
    letter: str | None = None
    "The operator's letter confirming a prefix that the rulebook holds unconfirmed (CID-04b)."


class ScriptLack(Protocol):
    """What an announcement's script lacks, as `audio.script.check` tells it."""

    @property
    def item(self) -> str:
        """The name of the missing item."""

    @property
    def article(self) -> str:
        """The article that wants it."""


class UnfitRoute(Protocol):
    """A route that cannot take the call, as `engine.routing.unfit` tells it."""

    @property
    def reason(self) -> str:
        """The name of the reason in the wording catalogue."""

    @property
    def facts(self) -> Mapping[str, str]:
        """What the wording names."""


@dataclass(frozen=True, slots=True)
class VariantFacts:
    """One variant (person or machine) of the approved announcement."""

    sha256: str | None = None
    "Of its final A-law bytes."
    lacks: Sequence[ScriptLack] | None = None
    "What its script lacks; `None`: it was never checked."


@dataclass(frozen=True, slots=True)
class Facts:
    """Everything about a drop but the callee; shared by a campaign but for two fields.

    `suppressed` and `attempts` are the callee's: set them with `about`.
    """

    sender: Sender | None = None
    caller_id: CallerId | None = None
    kind: MessageKind | None = None
    sector: str | None = None
    purpose: str | None = None
    opt_out_number: str | None = None
    "As it is announced: national format, or a short number."
    person: VariantFacts = field(default_factory=VariantFacts)
    machine: VariantFacts = field(default_factory=VariantFacts)
    consent_texts: Mapping[str, ConsentText] | None = None
    "The registered texts that the campaign names, by id."
    route: str | None = None
    unfit_routes: Sequence[UnfitRoute] = ()
    "Why no route of the campaign can take the call, where none can."
    worst_delay: timedelta = timedelta()
    "How long after this instant the route's provider may still leave the message; 0: it calls now."
    list_territory: str | None = None
    "Where the list was collected, for mobiles whose holder's place is not recorded."
    job_related: bool | None = None
    "Whether the message bears on the callee's profession (marketing to legal entities, CON-10)."
    opt_out_at_start: bool | None = None
    "Whether the message opens with the way to object (political messages, CON-21)."
    until: datetime | None = None
    "When the campaign ends; `None`: it has no end (the only `None` that is not an unknown)."
    suppressed: bool | None = None
    "Whether the callee is in the sender's suppression register."
    attempts: Sequence[datetime] | None = None
    "Every attempt of this sender to this number in the last 30 days at least, failures included."

    def about(self, *, suppressed: bool | None, attempts: Sequence[datetime] | None) -> Facts:
        """Return these facts for one callee."""
        return replace(self, suppressed=suppressed, attempts=attempts)
