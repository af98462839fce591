"""One entry of the journal, its canonical bytes and its salted hash."""

from __future__ import annotations

import hashlib
import json
import re
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import Enum
from typing import TypeAlias

Json: TypeAlias = "bool | int | float | str | Sequence[Json] | Mapping[str, Json] | None"

SALT_BYTES = 16

#: What could be a telephone number inside a sentence: 8 digits or more, alone or in groups.
_NUMBER = re.compile(
    r"(?<![0-9A-Za-z])"
    r"(?:\+?\d{8,15}|\+\d{1,4}(?:[ .\-]\d{1,4}){2,6}|\d{1,4}(?:[ .\-]\d{1,3}){4,6})"
    r"(?![0-9A-Za-z])"
)


class Kind(Enum):
    """What an entry records."""

    SUBMITTED = "submitted"  #: A drop request was accepted; the hash of its rows
    CLEARED = "cleared"  #: A clearance was granted: what was compared, what was shown
    REFUSED = "refused"  #: A drop ended without a call; the articles
    DIALLED = "dialled"  #: A call is about to leave the machine
    ANSWERED = "answered"  #: By a person or by a machine
    HEARD = "heard"  #: What was played, by the hash of its bytes
    PRESSED = "pressed"  #: A key
    CONCLUDED = "concluded"  #: The outcome of a call
    CALLED_BACK = "called_back"  #: An inbound call
    TRANSFERRED = "transferred"  #: A call to the sender's people is about to leave
    NOT_TRANSFERRED = "not_transferred"  #: A transfer was refused; the articles
    PARTED = "parted"  #: A transfer is over: whether they talked
    CALL_ME_BACK = "call_me_back"  #: A callee asked, by a key, to be called back by people
    AUDIO_BOUND = "audio_bound"  #: A provider's file was bound to an approved recording, by whom
    AUDIO_ATTESTED = "audio_attested"  #: A second person heard the recording in that file
    OPTED_OUT = "opted_out"
    PAUSED = "paused"
    RESUMED = "resumed"
    CANCELLED = "cancelled"
    STOPPED = "stopped"  #: Every campaign, at once
    RESTARTED = "restarted"  #: The stop was lifted
    PURGED = "purged"  #: Entries deleted on purpose: which, when, under what rule


@dataclass(frozen=True, slots=True)
class Entry:
    """What happened, to whom (a keyed hash) and when (the law's clock)."""

    kind: Kind
    at: datetime
    subject: str | None = None
    "Keyed hash of the callee's number, hexadecimal."
    campaign: str | None = None
    drop: int | None = None
    call: int | None = None
    detail: Mapping[str, Json] = field(default_factory=dict)

    def body(self) -> bytes:
        """Return the canonical JSON of the entry; no telephone number survives in it."""
        if self.at.tzinfo is None:
            raise ValueError("an entry's instant must be aware: give it a time zone")
        whole: dict[str, Json] = {
            "kind": self.kind.value,
            "at": self.at.astimezone(UTC).isoformat(),
            "subject": self.subject,
            "campaign": self.campaign,
            "drop": self.drop,
            "call": self.call,
            "detail": _scrubbed(self.detail),
        }
        return canonical({name: value for name, value in whole.items() if value is not None})


def canonical(value: Json) -> bytes:
    """Return the one JSON text of *value*: sorted keys, no spaces, UTF-8."""
    return json.dumps(
        value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False
    ).encode()


def new_salt() -> bytes:
    """Return a fresh salt."""
    return secrets.token_bytes(SALT_BYTES)


def commit_to(salt: bytes, body: bytes) -> bytes:
    """Return the salted hash that stands for an entry in the tree, 32 bytes."""
    return hashlib.sha256(salt + body).digest()


def without_numbers(text: str) -> str:
    """Return *text* with everything that could be a telephone number blotted out."""
    return _NUMBER.sub("…", text)


def _scrubbed(value: Json) -> Json:
    if isinstance(value, str):
        return without_numbers(value)
    if isinstance(value, Mapping):
        return {without_numbers(name): _scrubbed(inner) for name, inner in value.items()}
    if isinstance(value, Sequence):
        return [_scrubbed(inner) for inner in value]
    return value
