"""Who is to be called, for what kind of message and on what ground."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import Enum

from engine.numbers import PhoneNumber


class MessageKind(Enum):
    """What a message is for; the kind decides which rules hold."""

    MARKETING = "marketing"  #: Promotes goods, services or an image, even indirectly (CPCE L34-5)
    INFORMATIONAL = "informational"  #: Confirmation, alert, delivery: promotes nothing
    POLITICAL = "political"
    CHARITY = "charity"
    SURVEY = "survey"


class CalleeKind(Enum):
    """Whom the law sees behind a number."""

    CONSUMER = "consumer"  #: Every natural person, sole traders included
    LEGAL_ENTITY = "legal_entity"  #: A company's or body's general number


class BasisKind(Enum):
    """The legal ground that an operator declares for calling somebody."""

    CONSENT = "consent"  #: GDPR art. 6(1)(a)
    CONTRACT = "contract"  #: GDPR art. 6(1)(b)
    LEGAL_DUTY = "legal_duty"  #: GDPR art. 6(1)(c)
    LEGITIMATE_INTEREST = "legitimate_interest"  #: GDPR art. 6(1)(f)
    EXISTING_CUSTOMER = "existing_customer"  #: The soft opt-in; never enough here (CON-09)


@dataclass(frozen=True, slots=True)
class Slot:
    """A date and a time agreed with the callee, and the proof of it (C. consom. L223-1)."""

    opens: datetime
    closes: datetime
    proof: str


@dataclass(frozen=True, slots=True)
class Basis:
    """The ground for calling one callee; what is not known is `None`."""

    kind: BasisKind
    at: datetime | None = None
    "When consent was given."
    text_id: str | None = None
    "The registered consent text that the callee accepted."
    channel: str | None = None
    "The act by which consent was given: ``ticked_box``, ``signature`` or ``recorded_yes``."
    source: str | None = None
    "Where the number was collected (GDPR art. 14(2)(f))."
    notice: str | None = None
    "The information notice shown at collection, by version (charity, CON-22)."
    slot: Slot | None = None
    "A date and time that the callee agreed to."


@dataclass(frozen=True, slots=True)
class Callee:
    """One person or body to be called."""

    number: PhoneNumber
    kind: CalleeKind
    territory: str | None
    "Where the callee lives, as recorded: ISO 3166-1 alpha-2, or ``FR-67``; wins over the prefix."
    basis: Basis
