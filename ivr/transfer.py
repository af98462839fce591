"""A transfer over SIP: ring the sender's people, connect both calls, part them again."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from engine.interfaces import CallEvent, LiveCall
from ivr.flow import Heard

#: The key that opts out, whatever else is going on.
OPT_OUT_KEY = "9"

#: Takes note of what happens on the callee's call meanwhile: keys, what listening heard.
Note = Callable[[CallEvent], None]


class Transfer(Protocol):
    """Connects a callee with a number; what `ivr.live.hold` awaits at `Effect.TRANSFER`."""

    async def __call__(self, call: LiveCall, target: str, note: Note) -> str | Heard | None:
        """Return what moves the flow on.

        `Heard.TALKED`: they talked, and the sender's people hung up. `Heard.NOT_CONNECTED`: it
        was refused, busy, unanswered. ``"9"``: the callee pressed it, while it rang or while they
        talked; the second call is over. `None`: the callee's call ended, and with it the second.
        The callee hears ringing meanwhile, and nothing is playing afterwards. *target* is E.164.
        """
