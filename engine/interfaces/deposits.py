"""Direct deposit: what a provider puts into mailboxes by itself, batch by batch."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol, runtime_checkable

from engine.clearance import Clearance
from engine.interfaces.calls import NotAnswered, Placed, Unsure

#: What stands for a file where the provider speaks the text itself: the text's hash follows.
SPOKEN = "spoken:"


@dataclass(frozen=True, slots=True)
class DepositAudio:
    """A file that a provider keeps, and the approved recording that somebody heard in it."""

    route: str
    sha256: str
    "Of the machine variant's approved A-law bytes."
    token: str = field(repr=False)
    "The provider's name of the file."
    file_name: str
    bound_by: str
    bound_at: datetime
    attested_by: str | None = None
    "A second person, who listened to it where the provider keeps it."
    attested_at: datetime | None = None

    @property
    def is_spoken(self) -> bool:
        """Whether there is no file: the provider speaks the approved text itself."""
        return self.token.startswith(SPOKEN)


@dataclass(frozen=True, slots=True)
class DepositBatch:
    """One request to a provider: so many callees, one recording."""

    id: str
    route: str
    size: int
    sent_at: datetime
    judged_at: datetime
    "When nothing more is waited for: the provider's worst delay, and a grace."
    reference: str | None = None
    "The provider's name of the request; `None`: it never answered."
    settled_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Message:
    """What a provider is asked to leave."""

    token: str = field(repr=False)
    "The provider's name of the file."
    text: str
    "The approved words, for a provider that speaks them itself."
    language: str
    "``fr`` or ``en``."


@dataclass(frozen=True, slots=True)
class Throttled:
    """Certainly refused for now: nothing left, and the same request may be made again."""

    after_s: float


class AudiosUnknown(OSError):
    """The provider did not tell which files it keeps: nothing may be deposited now."""


@runtime_checkable
@runtime_checkable
class DepositCarrier(Protocol):
    """What hands batches over to a provider, which leaves the message by itself."""

    @property
    def batch_size(self) -> int:
        """The most callees of one request."""

    @property
    def is_spoken(self) -> bool:
        """Whether the provider speaks the text itself, instead of playing a file."""

    @property
    def free_lines(self) -> int:
        """How many callees the requests could hold that its limits allow at this moment."""

    async def deposit(
        self, papers: Sequence[Clearance], message: Message, *, notify_url: str
    ) -> Placed | NotAnswered | Unsure | Throttled:
        """Hand a batch over, once; never again after `Unsure`.

        Raises ValueError when a paper is not granted, when they do not show one caller id, and
        when they are too many.
        """

    async def audios(self) -> Mapping[str, str]:
        """Return the files that the provider keeps: their names by their tokens.

        At most a minute old; raises AudiosUnknown.
        """

    async def rename(self, token: str, file_name: str) -> bool:
        """Give a file its name; False when the provider refuses, or does not tell."""

    async def credit(self) -> float | None:
        """Return what is left on the account, at most a minute old; `None`: nobody tells."""

    async def close(self) -> None:
        """Release the connections; what was handed over goes on."""


class Deposits(Protocol):
    """The files that providers keep for us, and the batches they were handed."""

    def bind(self, audio: DepositAudio) -> None:
        """Bind a file to a recording on a route; a former binding and its attestation go."""

    def attest(self, route: str, sha256: str, *, by: str, at: datetime) -> None:
        """Record who heard the approved recording in the file."""

    def audio(self, route: str, sha256: str) -> DepositAudio | None:
        """Return the file bound to a recording on a route."""

    def audios(self) -> Sequence[DepositAudio]:
        """Return every binding, by route."""

    def open(self, batch: DepositBatch, call_ids: Sequence[int]) -> None:
        """Record a batch that is about to leave, and the calls that it is made of.

        A call that was another batch's, of which nothing left, is this one's from now on.
        """

    def refer(self, batch_id: str, reference: str) -> None:
        """Record the provider's name of a batch, unless it is known."""

    def settle(self, batch_id: str, at: datetime) -> None:
        """Record that no call of a batch waits for anything."""

    def batch(self, batch_id: str) -> DepositBatch | None:
        """Return a batch."""

    def calls(self, batch_id: str) -> Sequence[int]:
        """Return the calls of a batch, by id."""

    def call_to(self, batch_id: str, number: str) -> int | None:
        """Return a batch's call to an E.164 number."""

    def count_since(self, route: str, since: datetime) -> int:
        """Count the batches that left over a route after *since*."""

    def overdue(self, at: datetime) -> Sequence[DepositBatch]:
        """Return the batches for which nothing more is waited at *at*, the oldest first."""
