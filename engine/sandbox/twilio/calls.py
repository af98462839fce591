"""A call as Twilio keeps it, and the truth about it that only a double can tell."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from engine.sandbox.kinds import Kind

#: These end a call; none is ever left again.
OVER: Final = frozenset({"completed", "busy", "failed", "no-answer", "canceled"})
#: A call that no phone rings for yet, or that rings.
NOT_ANSWERED_YET: Final = frozenset({"queued", "ringing"})


@dataclass(frozen=True, slots=True)
class Alarm:
    """A warning or error of Twilio's about one of our answers (Twilio: Errors and Warnings)."""

    code: int
    url: str
    at_s: float


@dataclass(frozen=True, slots=True)
class Heard:
    """What was played to the callee; times in seconds from the answer."""

    verb: str
    '``Play``, ``Say``, or ``error``: Twilio\'s own "an application error has occurred".'
    what: str
    "The URL, or the text."
    began_s: float
    ended_s: float
    duration_s: float
    "Of the whole; `ended_s` - `began_s` when nothing cut it short."
    sha256: str = ""
    "Of the file, as fetched."
    alaw_sha256: str = ""
    "Of its A-law bytes, where the file holds A-law."

    @property
    def to_its_end(self) -> bool:
        """Whether nothing cut it short."""
        return self.ended_s - self.began_s >= self.duration_s - 1e-6


@dataclass(frozen=True, slots=True)
class Recorded:
    """What a mailbox has of something that it heard."""

    heard: Heard
    from_its_beginning: bool
    to_its_end: bool

    @property
    def is_whole(self) -> bool:
        """Whether the mailbox holds it from its first byte to its last."""
        return self.from_its_beginning and self.to_its_end


@dataclass(frozen=True, slots=True)
class Asked:
    """A request that Twilio made for a call, as ``Calls/{sid}/Events`` shows it."""

    method: str
    url: str
    parameters: Mapping[str, str]
    at_s: float
    status: int
    content_type: str
    body: str


@dataclass(slots=True)
class Call:
    """One call; times in seconds on the double's clock unless said otherwise."""

    sid: str
    to: str
    from_: str
    direction: str
    "``outbound-api``, ``outbound-dial`` or ``inbound``."
    created_s: float
    options: Mapping[str, str] = field(default_factory=dict)
    "What the create asked for, by Twilio's names; lists joined by spaces."
    parent_sid: str = ""
    kind: Kind | None = None
    "What answers, or who rings."
    status: str = "queued"
    is_answered: bool = False
    started_s: float | None = None
    answered_s: float | None = None
    ended_s: float | None = None
    ended_by: str = ""
    "``callee``, ``twiml``, ``api``, ``limit``, ``error``, ``network``."
    answered_by: str = ""
    verdict_s: float | None = None
    "When the verdict fell, from the answer."
    sip_code: int = 0
    records_from_s: float | None = None
    "From the answer: when the machine's recording begins; `None`: no machine records."
    records_for_s: float = 0.0
    price_usd: str = ""
    heard: list[Heard] = field(default_factory=list)
    pressed: list[tuple[str, float]] = field(default_factory=list)
    "Every key of the callee, with the seconds from the answer."
    lost_keys: list[str] = field(default_factory=list)
    "Keys that were pressed while nothing gathered."
    gathered: list[str] = field(default_factory=list)
    "The digits that were posted to us."
    alarms: list[Alarm] = field(default_factory=list)
    asked: list[Asked] = field(default_factory=list)
    statuses: list[str] = field(default_factory=list)
    "Every state in turn."

    @property
    def is_over(self) -> bool:
        """Whether the call has ended."""
        return self.status in OVER

    @property
    def duration_s(self) -> float | None:
        """Seconds from the answer to the end; `None` until it ended, 0 when nobody answered."""
        if self.ended_s is None:
            return None
        return self.ended_s - self.answered_s if self.answered_s is not None else 0.0

    @property
    def queue_time_s(self) -> float:
        """Seconds between the create and the moment the call left."""
        return (self.started_s if self.started_s is not None else self.created_s) - self.created_s

    @property
    def said(self) -> list[str]:
        """What was spoken by `<Say>`: never an approved announcement."""
        return [each.what for each in self.heard if each.verb == "Say"]

    @property
    def mailbox(self) -> list[Recorded]:
        """What the machine recorded, in order; empty when none did."""
        if self.records_from_s is None:
            return []
        ends_s = self.records_from_s + self.records_for_s
        return [
            Recorded(
                each,
                from_its_beginning=each.began_s >= self.records_from_s,
                to_its_end=each.to_its_end and each.ended_s <= ends_s + 1e-6,
            )
            for each in self.heard
            if each.ended_s > self.records_from_s and each.began_s < ends_s
        ]
