"""What is counted of calls, and the shares that tell how they fare."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum


class Share(Enum):
    """A part of calls that nobody wants to grow."""

    SHORT = "short"  #: Of the calls answered: over within `engine.health.SHORT_S`
    UNANSWERED = "unanswered"  #: Of all calls: nobody and no mailbox took it
    OPTED_OUT = "opted_out"  #: Of the calls answered: an objection, by key, call-back or SMS
    BLOCKED = "blocked"  #: Of all calls: a network refused it because of who called


@dataclass(frozen=True, slots=True)
class Counts:
    """Calls that are over. Those called off, or of unknown fate, are none."""

    calls: int = 0
    answered: int = 0
    "By a person or a machine, or deposited by a provider."
    short: int = 0
    blocked: int = 0
    opted_out: int = 0
    "Objections that came meanwhile, to these calls or to earlier ones."

    def __add__(self, other: Counts) -> Counts:
        """Return both together."""
        return Counts(
            self.calls + other.calls,
            self.answered + other.answered,
            self.short + other.short,
            self.blocked + other.blocked,
            self.opted_out + other.opted_out,
        )

    def of(self, share: Share) -> tuple[int, int]:
        """Return how many calls a share is, of how many; the part is never more than the whole."""
        part, whole = {
            Share.SHORT: (self.short, self.answered),
            Share.UNANSWERED: (self.calls - self.answered, self.calls),
            Share.OPTED_OUT: (self.opted_out, self.answered),
            Share.BLOCKED: (self.blocked, self.calls),
        }[share]
        return min(part, whole), whole


def total(counts: Iterable[Counts]) -> Counts:
    """Return all of *counts* together."""
    whole = Counts()
    for each in counts:
        whole += each
    return whole
