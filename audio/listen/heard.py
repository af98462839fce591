"""What an ear can hear on a call."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum


class Hearing(Enum):
    """What was heard; the values are the live call's own words for them."""

    PERSON = "person"  #: Short speech, then a wait for ours
    MACHINE = "machine"  #: Speech longer than a person's answer; it still greets
    UNSURE = "unsure"  #: Speech that ended, of a length that both can have
    SILENCE = "silence"  #: Nobody spoke
    BEEP = "beep"  #: A tone that ends a greeting is over, and silence followed
    GREETING_OVER = "greeting_over"  #: A machine's greeting ended without a beep
    TONES = "tones"  #: Busy, congestion or special information tones
    FAX = "fax"  #: A fax machine


@dataclass(frozen=True, slots=True)
class Heard:
    """One thing heard on one slot, timed in seconds since the slot was opened."""

    slot: int
    what: Hearing
    at_s: float
    evidence: Mapping[str, float] = field(default_factory=dict)
    "What was measured: ``hz``, ``tone_ms``, ``end_s``, ``level_db``, ``speech_ms``, ``quiet_ms``."
