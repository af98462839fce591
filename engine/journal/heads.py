"""Signed tree heads: the key, the signature, and the file that keeps them outside the store."""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key, load_pem_public_key

from engine.journal.entry import Json, canonical

_CONTEXT = b"licite tree head 1\n"


@dataclass(frozen=True, slots=True)
class TreeHead:
    """The root over the first `size` entries, signed (RFC 9162, 4.2.2, with Ed25519)."""

    size: int
    root: bytes
    at: datetime
    signature: bytes = b""

    def signed_bytes(self) -> bytes:
        """Return what the signature covers."""
        at = self.at.astimezone(UTC).isoformat()
        return _CONTEXT + canonical({"at": at, "root": self.root.hex(), "size": self.size})

    def is_signed_by(self, key: Ed25519PublicKey) -> bool:
        """Tell whether *key* signed this head."""
        try:
            key.verify(self.signature, self.signed_bytes())
        except InvalidSignature:
            return False
        return True

    def line(self) -> bytes:
        """Return the head as one line of the heads file."""
        whole: dict[str, Json] = {
            "at": self.at.astimezone(UTC).isoformat(),
            "root": self.root.hex(),
            "signature": self.signature.hex(),
            "size": self.size,
        }
        return canonical(whole) + b"\n"

    @classmethod
    def parse(cls, line: bytes) -> TreeHead:
        """Read one line of the heads file; ValueError when it is not one."""
        try:
            whole = json.loads(line)
            head = cls(
                size=int(whole["size"]),
                root=bytes.fromhex(whole["root"]),
                at=datetime.fromisoformat(whole["at"]),
                signature=bytes.fromhex(whole["signature"]),
            )
        except (KeyError, TypeError, ValueError) as error:
            raise ValueError("not a signed tree head") from error
        if head.at.tzinfo is None or head.size < 0:
            raise ValueError("not a signed tree head")
        return head


@dataclass(frozen=True, slots=True)
class Signer:
    """The secret key that signs tree heads."""

    key: Ed25519PrivateKey

    @classmethod
    def read(cls, pem: bytes) -> Signer:
        """Read an Ed25519 private key; ValueError when it is another kind of key."""
        key = load_pem_private_key(pem, password=None)
        if not isinstance(key, Ed25519PrivateKey):
            raise ValueError("the journal's key must be an Ed25519 key")
        return cls(key)

    @property
    def public_key(self) -> Ed25519PublicKey:
        """The key that verifies what this one signs."""
        return self.key.public_key()

    def sign(self, size: int, root: bytes, at: datetime) -> TreeHead:
        """Return the signed head of the tree of *size* entries."""
        head = TreeHead(size, root, at)
        return TreeHead(size, root, at, self.key.sign(head.signed_bytes()))


def read_public_key(pem: bytes) -> Ed25519PublicKey:
    """Read an Ed25519 public key; ValueError when it is another kind of key."""
    key = load_pem_public_key(pem)
    if not isinstance(key, Ed25519PublicKey):
        raise ValueError("the journal's key must be an Ed25519 key")
    return key


class HeadsFile:
    """The file where every signed head is appended, one JSON document a line."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __iter__(self) -> Iterator[TreeHead | None]:
        """Yield every head in order; `None` for a line that is not one."""
        with self.path.open("rb") as file:
            for line in file:
                if line.strip():
                    yield _parsed(line)

    def append(self, heads: Iterable[TreeHead]) -> None:
        """Append those *heads* that are larger than the last one there, and reach the disk."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with self.path.open("a+b") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            last, is_whole = _tail(file)
            lines = [head.line() for head in heads if head.size > last]
            if lines:
                file.write((b"" if is_whole else b"\n") + b"".join(lines))
                file.flush()
                os.fsync(file.fileno())

    def last_size(self) -> int:
        """Return the size of the last head there, 0 without one."""
        if not self.path.exists():
            return 0
        with self.path.open("rb") as file:
            return _tail(file)[0]


def _parsed(line: bytes) -> TreeHead | None:
    try:
        return TreeHead.parse(line)
    except ValueError:
        return None


def _tail(file: BinaryIO) -> tuple[int, bool]:
    """Return the size of the last readable head, and whether the file ends with a whole line."""
    end = file.seek(0, os.SEEK_END)
    file.seek(max(0, end - 4096))
    tail = file.read()
    heads = [head for line in tail.splitlines() if (head := _parsed(line))]
    return (heads[-1].size if heads else 0), not tail or tail.endswith(b"\n")
