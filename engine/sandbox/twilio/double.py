"""The double itself: an account, its calls on a clock, its API as an app, its webhooks."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Final

from flask import Flask
from twilio.rest import Client

from engine.sandbox.lines import Lines
from engine.sandbox.twilio.account import Account
from engine.sandbox.twilio.calls import Call
from engine.sandbox.twilio.clock import Clock
from engine.sandbox.twilio.delivery import Order
from engine.sandbox.twilio.mishaps import Mishap
from engine.sandbox.twilio.web import Deliver

#: What Twilio gives as From of a caller who hides the number (Twilio: "Why am I getting calls from
#: these strange numbers?").
WITHHELD: Final = ("+266696687", "anonymous", "+86282452253", "Restricted", "")


class TwilioDouble:
    """See the package's docstring."""

    def __init__(
        self,
        lines: Lines | None = None,
        *,
        account: Account | None = None,
        deliver: Deliver | None = None,
        order: Order = Order.IN_ORDER,
        seed: int = 0,
        loss: float = 0.3,
        verdict_after_s: float | None = None,
        starts_at: datetime | None = None,
        check: Callable[[object], str] | None = None,
    ) -> None:
        raise NotImplementedError

    app: Flask
    clock: Clock
    account: Account
    calls: dict[str, Call]
    breaches: list[str]

    def client(self) -> Client:
        """Return the official client on this account, without a socket."""
        raise NotImplementedError

    @property
    def last(self) -> Call:
        """The newest call."""
        raise NotImplementedError

    def advance(self, seconds: float) -> None:
        """Let *seconds* of virtual time pass."""
        raise NotImplementedError

    def settle(self) -> None:
        """Let time pass until every call is over and every callback delivered."""
        raise NotImplementedError

    def release(self, *, backwards: bool = False) -> int:
        """Deliver what `Order.HELD` kept, at the next `advance`; returns how many."""
        raise NotImplementedError

    def next_creates(self, *mishaps: Mishap) -> None:
        """Let the next creates of calls go wrong, one after the other."""
        raise NotImplementedError

    def next_requests(self, *mishaps: Mishap) -> None:
        """Let the next requests of any sort but creates of calls go wrong."""
        raise NotImplementedError

    def rings(
        self,
        from_: str,
        to: str,
        *,
        keys: str = "",
        key_after_s: float = 6.0,
        lasts_s: float = 120.0,
    ) -> Call:
        """Ring one of our numbers; *keys* are pressed from *key_after_s* after the answer on.

        KeyError when *to* is no number of the account's.
        """
        raise NotImplementedError

    def texts(self, from_: str, to: str, body: str, **more: str) -> list[str]:
        """Send an SMS to one of our numbers; returns the replies; *more*: ``OptOutType``, …."""
        raise NotImplementedError
