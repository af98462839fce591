"""What a call is to the conversation: events, live calls, carriers, the law's clock."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from typing import Protocol, runtime_checkable

from engine.clearance import Clearance
from engine.journal import Json
from engine.outcome import Outcome
from engine.reports import Report


class Clock(Protocol):
    """The law's clock: what "at this instant" means for law and journal."""

    def __call__(self) -> datetime:
        """Return the instant, always aware, in UTC."""


class Happening(Enum):
    """What can happen on a live call."""

    KEY = "key"  #: A key was pressed; `CallEvent.digit` is which
    PLAYED = "played"  #: What `LiveCall.play` was given has been sent to its last frame
    PERSON = "person"  #: Listening: a person answered
    MACHINE = "machine"  #: Listening: a machine answered, and still greets
    UNSURE = "unsure"  #: Listening: speech that ended, of a length that both can have
    SILENCE = "silence"  #: Listening: nobody spoke
    BEEP = "beep"  #: Listening: the end-of-greeting beep is over, the box records
    GREETING_OVER = "greeting_over"  #: Listening: a greeting ended without a beep
    TONES = "tones"  #: Listening: busy, congestion or information tones
    FAX = "fax"  #: Listening: a fax machine
    ENDED = "ended"  #: The call is over; `CallEvent.cause` says by whom


@dataclass(frozen=True, slots=True)
class CallEvent:
    """One event of a live call, timed in seconds from the answer."""

    what: Happening
    at_s: float
    digit: str = ""
    cause: str = ""
    evidence: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class NotAnswered:
    """A call that nobody answered, and why."""

    outcome: Outcome
    cause: str
    "What the far side said, for people: ``486 Busy Here``."
    sip_code: int | None = None
    error_code: int | None = None
    "The carrier's own code, where it has one beside SIP's: Twilio's."
    is_routes_fault: bool = False
    "The route is to blame, not the callee: its account, its network, its settings."
    needs_operator: bool = False
    "A route's fault that no waiting cures: wrong credentials, a caller id that it may not show."

    @property
    def evidence(self) -> dict[str, Json]:
        """The codes by which it was refused, as journal and guards keep them."""
        code = {} if self.error_code is None else {"error_code": self.error_code}
        return {"sip_code": self.sip_code, **code}


@dataclass(frozen=True, slots=True)
class Placed:
    """A call that a carrier took over: it conducts the call, and reports."""

    reference: str
    "The carrier's own name of the call, or of the batch: a CallSid, a campaign's id."


@dataclass(frozen=True, slots=True)
class Unsure:
    """Nobody can tell whether the call left; it is never placed again."""

    cause: str


@dataclass(frozen=True, slots=True)
class SoughtCall:
    """A call of which nobody knows whether it left, as the account would show it."""

    call_id: int
    number: str
    caller_id: str
    dialled_at: datetime


class LiveCall(Protocol):
    """An answered call whose audio we hold (inbound or outbound)."""

    @property
    def caller(self) -> str | None:
        """The calling number in E.164; `None` when withheld or unusable."""

    @property
    def called(self) -> str:
        """The called number in E.164."""

    @property
    def codec(self) -> str:
        """What the far end is sent: ``PCMA``, or ``PCMU`` rendered from it; empty: no audio.

        ``PCMA+PCMU`` when the far end changed from one to the other.
        """

    @property
    def elapsed_s(self) -> float:
        """Seconds since the answer."""

    def play(self, payload: bytes) -> None:
        """Send *payload* (A-law, 8 kHz) from the next frame on, instead of what was playing."""

    def fall_silent(self) -> None:
        """Stop what is playing; no `Happening.PLAYED` follows."""

    async def next_event(self, timeout_s: float | None = None) -> CallEvent | None:
        """Return the next event in order, or `None` after *timeout_s* without one.

        After `Happening.ENDED` every further call returns that event again.
        """

    async def hang_up(self) -> bool:
        """End the call, until the far end agreed or the timers ran out; tell whether it did."""


@runtime_checkable
class Carrier(Protocol):
    """What places calls and takes inbound ones."""

    @property
    def free_lines(self) -> int:
        """How many more calls `place` would take now: ask before dialling, not by dialling."""

    async def place(self, paper: Clearance, *, ring_s: float) -> LiveCall | NotAnswered:
        """Call ``paper.number`` showing ``paper.caller_id``; ring for at most *ring_s* seconds.

        Raises ValueError when *paper* is not granted: no call without its paper.
        """

    async def next_inbound(self) -> LiveCall:
        """Wait for the next inbound call and answer it."""

    async def close(self) -> None:
        """Hang up every call and release the sockets."""


@runtime_checkable
class Switchboard(Protocol):
    """A carrier that can let two of its calls hear each other."""

    def bridge(self, one: LiveCall, other: LiveCall) -> AbstractContextManager[None]:
        """Let *one* and *other* hear each other, and nothing of ours, until the block is left.

        Keys and ends are told as ever; listening rests. A call that is over hears nothing.
        Raises ValueError for a call that is not this carrier's.
        """


@runtime_checkable
class RemoteCarrier(Protocol):
    """What places calls that another network conducts, asking us what to say by webhook.

    All but `place` raise ConnectionError where the carrier did not say: ask again, or leave a
    `redirect`, which may have happened.
    """

    @property
    def free_lines(self) -> int:
        """How many more calls `place` would take now, beside those it was told are open."""

    async def place(
        self, paper: Clearance, *, call_id: int, ring_s: float, talk_s: float = 0.0, about: str = ""
    ) -> Placed | NotAnswered | Unsure:
        """Ask for one call to ``paper.number``, once; never again after `Unsure`.

        *talk_s*: how much longer than the route's calls it may last, for who has more to hear.
        *about*: what the address of its first words shall remember, sealed.
        Raises ValueError when *paper* is not granted: no call without its paper.
        """

    async def call_off(self, reference: str) -> bool:
        """Let a call stop ringing; False when it had been answered, or was over."""

    async def redirect(self, reference: str, address: str) -> bool:
        """Let an answered call go on with the TwiML at *address*; False when it is over."""

    async def fetch(self, reference: str) -> Report | None:
        """Return how a call stands by the account's own list; `None`: no such call."""

    async def find(self, sought: SoughtCall) -> str | None:
        """Return the reference of a call that may have left, if the account shows it."""

    async def close(self) -> None:
        """Release the connections; calls go on."""
