"""What the operations need of the store: the smaller registers, and the journal."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Protocol

from engine.interfaces.records import ApiKey, ConsentProof, Idempotency
from engine.journal import Entry, Json, Leaf, TreeHead
from engine.journal.seal import Ledger
from engine.journal.verify import Archive


class Suppressions(Protocol):
    """The suppression register: keyed hashes."""

    def lock(self, sender_id: str, hash: bytes) -> None:
        """Keep every other unit about this sender and number out until this one ends."""

    def add(self, sender_id: str, hash: bytes, *, at: datetime, channel: str) -> bool:
        """Suppress a number for a sender; False when it was suppressed already."""

    def holds(self, sender_id: str, hash: bytes) -> bool:
        """Tell whether a sender must leave a number alone."""

    def count(self, sender_id: str) -> int:
        """Count a sender's suppressions."""


class ConsentProofs(Protocol):
    """The proofs of consent that erasures keep."""

    def keep(self, proof: ConsentProof) -> None:
        """Keep a proof; the same consent, shown in another campaign, is kept once."""

    def of(self, sender_id: str, hash: bytes) -> Sequence[ConsentProof]:
        """Return the proofs kept about a sender and a number, the oldest consent first."""

    def any_ended(self, at: datetime) -> bool:
        """Tell whether a proof is kept no longer."""

    def forget_ended(self, at: datetime) -> int:
        """Delete the proofs whose years have ended; return how many."""


class Access(Protocol):
    """Operators' programs: their keys, and the requests already answered."""

    def add_key(self, sender_id: str, label: str, at: datetime) -> str:
        """Make a key for a sender's program; its token is returned once and never stored."""

    def key(self, token: str) -> ApiKey | None:
        """Return the key that a token proves; `None` when it proves none, or a revoked one."""

    def keys(self) -> Sequence[ApiKey]:
        """Return every key, revoked ones included."""

    def revoke(self, key_id: str, at: datetime) -> bool:
        """Revoke a key; False when there is none to revoke."""

    def begin(self, scope: str, key: str, *, request_hash: str, at: datetime) -> Idempotency:
        """Take an idempotency key; tell whether its request is new, known, or another one."""

    def take_over(self, scope: str, key: str, *, since: datetime, at: datetime) -> bool:
        """Take a request from a process that died: True for one caller only."""

    def finish(self, scope: str, key: str, *, status: int, response: Json) -> None:
        """Keep the answer of a request, to be given again."""

    def abandon(self, scope: str, key: str) -> None:
        """Forget a request that failed, so that it can be made again."""


class Workers(Protocol):
    """Voice processes and their heartbeats, on the machine's clock."""

    def beat(self, name: str, at: datetime) -> None:
        """Record that a voice process lives."""

    def silent_since(self, instant: datetime) -> Sequence[str]:
        """Return the voice processes whose last beat is older than *instant*."""

    def forget(self, name: str) -> None:
        """Forget a voice process."""

    def last_beat(self) -> datetime | None:
        """Return the latest beat of any voice process."""


class JournalRoom(Ledger, Archive, Protocol):
    """The journal's rows."""

    def write(self, entry: Entry) -> None:
        """Write an entry, which the sequencer numbers once the unit of work is committed."""

    def write_all(self, entries: Iterable[Entry]) -> None:
        """Write entries in order."""

    def last_head(self) -> TreeHead | None:
        """Return the newest signed head."""

    def heads_after(self, size: int) -> Sequence[TreeHead]:
        """Return signed heads larger than *size*, a batch of them, by size."""

    def about(self, subject: str) -> Iterator[Leaf]:
        """Yield the numbered entries about *subject* by their number."""

    def purge(self, subject: str) -> Sequence[bytes]:
        """Delete the entries and salts about *subject*; return their leaves' salted hashes."""


class Settings(Protocol):
    """Single values that belong to the database, not to the environment."""

    def get(self, name: str) -> str | None:
        """Return a value."""

    def put(self, name: str, value: str) -> None:
        """Set a value."""
