"""One Twilio account: its credentials, its numbers, what it may do."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from hashlib import md5
from typing import Final

#: Unlocked in the double as it comes; a real account starts with its own country alone.
COUNTRIES: Final = ("FR", "GP", "MQ", "GF", "RE", "YT", "PM", "BL", "MF", "NC", "PF", "WF")


def a_sid(prefix: str, of: str) -> str:
    """Return a SID of *prefix*, always the same for *of*."""
    return prefix + md5(of.encode(), usedforsecurity=False).hexdigest()


@dataclass(slots=True)
class OwnNumber:
    """An IncomingPhoneNumber, or (without webhooks) an OutgoingCallerId."""

    sid: str
    number: str
    friendly_name: str
    created_at: datetime
    voice_url: str = ""
    voice_method: str = "POST"
    voice_fallback_url: str = ""
    voice_fallback_method: str = "POST"
    sms_url: str = ""
    sms_method: str = "POST"
    status_callback: str = ""
    status_callback_method: str = "POST"


@dataclass(slots=True)
class SharedKey:
    """What signs webhooks with HMAC-SHA256, instead of the Auth Token (client 9.13)."""

    sid: str
    secret: str


@dataclass(slots=True)
class Account:
    """The account, as tests set it; numbers in E.164."""

    sid: str = "AC" + "0123456789abcdef" * 2
    auth_token: str = "0123456789abcdef" * 2
    status: str = "active"
    "``active``, ``suspended``, ``closed``: Twilio answers 20005 or 10001 unless active."
    type: str = "Full"
    "A ``Trial`` account calls verified numbers only (21219)."
    friendly_name: str = "Licite's double"
    calls_per_second: float = 30.0
    "What exceeds it is queued, up to a day of it: Twilio's default is 1."
    calls_at_once: int = 1000
    "More answer 10004."
    countries: set[str] = field(default_factory=lambda: set(COUNTRIES))
    "Geo permissions: others answer 21215, or 13227 within `<Dial>`."
    blocked: set[str] = field(default_factory=set)
    "Numbers on Twilio's block list: 21216, or 13225 within `<Dial>`."
    never_originates: set[str] = field(default_factory=set)
    "Caller ids on a do-not-originate list: 21212."
    signs_with: SharedKey | None = None
    prices: Mapping[str, Decimal] = field(
        default_factory=lambda: {
            "": Decimal("0.1500"),
            "+33": Decimal("0.0150"),
            "+336": Decimal("0.0460"),
            "+337": Decimal("0.0460"),
        }
    )
    "USD a minute begun, by prefix; made up, as is all of this account."
    owns_any: OwnNumber | None = None
    "The webhooks of every number nobody listed: all of them are then the account's own."
    incoming: dict[str, OwnNumber] = field(default_factory=dict)
    verified: dict[str, OwnNumber] = field(default_factory=dict)
    created_at: datetime = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)

    def owns(self, number: str, **webhooks: str) -> OwnNumber:
        """Add an IncomingPhoneNumber; *webhooks* as `OwnNumber` names them."""
        own = OwnNumber(a_sid("PN", number), number, number, self.created_at, **webhooks)
        self.incoming[number] = own
        return own

    def owns_every_number(self, **webhooks: str) -> None:
        """Let every number be the account's own, with the same *webhooks*."""
        self.owns_any = OwnNumber(a_sid("PN", "any"), "", "any", self.created_at, **webhooks)

    def verifies(self, number: str) -> OwnNumber:
        """Add a verified OutgoingCallerId."""
        own = OwnNumber(a_sid("PN", f"verified {number}"), number, number, self.created_at)
        self.verified[number] = own
        return own

    def own(self, number: str) -> OwnNumber | None:
        """Return the webhooks of one of the account's numbers."""
        return self.incoming.get(number) or self.owns_any

    def may_show(self, number: str) -> bool:
        """Tell whether *number* may be shown as caller id."""
        return self.own(number) is not None or number in self.verified

    def price_usd(self, number: str) -> Decimal:
        """Return the price of a minute to *number*: the longest prefix's."""
        prefix = max((p for p in self.prices if number.startswith(p)), key=len)
        return self.prices[prefix]
