"""The double itself: an account, its calls on a clock, its API as an app, its webhooks."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Final

from flask import Request
from twilio.rest import Client

from engine.sandbox.lines import Lines
from engine.sandbox.twilio.account import Account, OwnNumber
from engine.sandbox.twilio.app import create_app
from engine.sandbox.twilio.callees import a_person
from engine.sandbox.twilio.calls import Call
from engine.sandbox.twilio.client import InProcessClient
from engine.sandbox.twilio.clock import Clock
from engine.sandbox.twilio.delivery import Order, Post
from engine.sandbox.twilio.mishaps import Mishap
from engine.sandbox.twilio.network import Network
from engine.sandbox.twilio.texts import Text, Texts
from engine.sandbox.twilio.web import Deliver, over_http

#: What Twilio gives as From of a caller who hides the number (Twilio: "Why am I getting calls from
#: these strange numbers?").
WITHHELD: Final = ("+266696687", "anonymous", "+86282452253", "Restricted", "")
#: An SMS is answered in this time, if its answer takes no longer.
_ANSWERED_WITHIN_S: Final = 0.1


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
        check: Callable[[Request], str] | None = None,
    ) -> None:
        self.account = account or Account()
        self.clock = Clock(starts_at or datetime.now(UTC))
        self.order, self.check = order, check
        self.breaches: list[str] = []
        "What requests broke of Twilio's document, where `check` was given."
        self.closing = threading.Event()
        "Set when what hangs must hang no longer."
        deliver = deliver or over_http()
        self.post = Post(order, seed=seed, loss=loss, later=self.clock.surely_after)
        self.network = Network(
            clock=self.clock,
            account=self.account,
            lines=lines or Lines(),
            deliver=deliver,
            post=self.post,
        )
        self.network.detection.after_s = verdict_after_s
        self.texting = Texts(self.clock, self.network.asking, deliver)
        self._mishaps: dict[bool, deque[Mishap]] = {True: deque(), False: deque()}
        self.app: Final = create_app(self)

    @property
    def calls(self) -> dict[str, Call]:
        """Every call by its SID, in the order of their creation."""
        return self.network.calls

    @property
    def messages(self) -> list[Text]:
        """Every SMS, in either direction."""
        return list(self.texting.all.values())

    def client(self) -> Client:
        """Return the official client on this account, without a socket."""
        return Client(  # type: ignore[no-untyped-call]  # the client is untyped
            self.account.sid, self.account.auth_token, http_client=InProcessClient(self.app)
        )

    @property
    def last(self) -> Call:
        """The newest call."""
        return list(self.calls.values())[-1]

    def advance(self, seconds: float) -> None:
        """Let *seconds* of virtual time pass."""
        self.clock.advance(seconds)

    def settle(self) -> None:
        """Let time pass until every call is over and every callback delivered."""
        self.clock.settle()

    def release(self, *, backwards: bool = False) -> int:
        """Deliver what `Order.HELD` kept, at the next `advance`; returns how many."""
        with self.clock.lock:
            return self.post.release(backwards=backwards)

    def next_creates(self, *mishaps: Mishap) -> None:
        """Let the next creates of calls go wrong, one after the other."""
        self._mishaps[True].extend(mishaps)

    def next_requests(self, *mishaps: Mishap) -> None:
        """Let the next requests of any sort but creates of calls go wrong."""
        self._mishaps[False].extend(mishaps)

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
        own = self._own(to)
        with self.clock.lock:
            return self.network.ring(
                from_, own, to, a_person(keys, key_after_s=key_after_s, lasts_s=lasts_s)
            )

    def texts(self, from_: str, to: str, body: str, **more: str) -> list[str]:
        """Send an SMS to one of our numbers; returns the replies; *more*: ``OptOutType``, …."""
        own = self._own(to)
        with self.clock.lock:
            text = self.texting.come_in(from_, own, to, body, more)
        self.advance(_ANSWERED_WITHIN_S)
        return self.texting.replies(text)

    def next_mishap(self, *, is_create: bool) -> Mishap | None:
        """Return what goes wrong with the request that just came in, if anything."""
        waiting = self._mishaps[is_create]
        return waiting.popleft() if waiting else None

    def _own(self, number: str) -> OwnNumber:
        own = self.account.own(number)
        if own is None:
            raise KeyError("no number of the account's")
        return own
