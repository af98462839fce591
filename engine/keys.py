"""The secret keys of an installation: the journal's signature, the keyed hashes of numbers."""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.ciphers.aead import AESSIV
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)

from engine.journal import Signer
from engine.suppression import sender_secret, suppression_hash

JOURNAL_KEY = "journal.key"
JOURNAL_PUBLIC_KEY = "journal.pub"
SUPPRESSION_KEY = "suppression.key"


@dataclass(frozen=True, slots=True)
class Keys:
    """The keys that one installation holds."""

    signer: Signer
    master: bytes = field(repr=False)
    "The secret from which every keyed hash of a number derives, 32 bytes."

    @property
    def fingerprint(self) -> str:
        """What tells this master secret from another, without revealing it."""
        return _derive(self.master, b"fingerprint").hex()

    def subject(self, number: str) -> str:
        """Return the keyed hash by which the journal knows an E.164 number, hexadecimal."""
        return _derive(_derive(self.master, b"journal"), number.encode()).hex()

    def token(self, purpose: str, payload: str) -> str:
        """Return *payload* signed for one *purpose*, for an address (RFC 4648, 5: base64url).

        The payload can be read, not changed: it must not hold a telephone number.
        """
        signature = self._signature(purpose, payload.encode())
        return f"{_base64url(payload.encode())}.{_base64url(signature)}"

    def read_token(self, purpose: str, token: str) -> str | None:
        """Return what `token` signed for *purpose*; `None` for whatever it did not."""
        try:
            payload, signature = map(_from_base64url, token.split("."))
            text = payload.decode()
        except ValueError:
            return None
        is_ours = hmac.compare_digest(signature, self._signature(purpose, payload))
        is_as_given = f"{_base64url(payload)}.{_base64url(signature)}" == token
        return text if is_ours and is_as_given else None

    def seal(self, purpose: str, content: bytes) -> str:
        """Return *content* encrypted for one *purpose*, for an address; the same for the same.

        Nobody else can read or change it (RFC 5297, AES-SIV). *content* may not be
        empty.
        """
        return _base64url(self._cipher(purpose).encrypt(content, None))

    def unseal(self, purpose: str, sealed: str) -> bytes | None:
        """Return what `seal` sealed for *purpose*; `None` for whatever it did not."""
        try:
            octets = _from_base64url(sealed)
            return self._cipher(purpose).decrypt(octets, None) if octets else None
        except (ValueError, InvalidTag):
            return None

    def _cipher(self, purpose: str) -> AESSIV:
        key = _purpose_key(self.master, b"seal", purpose)
        return AESSIV(_derive(key, b"mac") + _derive(key, b"cipher"))

    def _signature(self, purpose: str, payload: bytes) -> bytes:
        return _derive(_purpose_key(self.master, b"token", purpose), payload)[:16]

    def suppression_hash(self, sender_id: str, number: str) -> bytes:
        """Return the keyed hash of an E.164 number in a sender's suppression register."""
        return suppression_hash(sender_secret(self.master, sender_id), number)


def open_keys(folder: Path) -> Keys:
    """Read the keys in *folder*; create those that are missing, readable by their owner only."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    signer = Signer.read(_read_or_create(folder / JOURNAL_KEY, _new_journal_key))
    public = signer.public_key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    _read_or_create(folder / JOURNAL_PUBLIC_KEY, lambda: public)
    master = _read_or_create(folder / SUPPRESSION_KEY, lambda: secrets.token_bytes(32))
    if len(master) != 32:
        raise ValueError(f"{folder / SUPPRESSION_KEY} is not a key of 32 bytes: restore it")
    return Keys(signer, master)


def _new_journal_key() -> bytes:
    return Ed25519PrivateKey.generate().private_bytes(
        Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()
    )


def _read_or_create(path: Path, create: Callable[[], bytes]) -> bytes:
    """Return what *path* holds; two processes that both create it agree on one content."""
    if not path.exists():
        draft = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(create())
            file.flush()
            os.fsync(file.fileno())
        try:
            os.link(draft, path)
        except FileExistsError:
            pass
        finally:
            draft.unlink()
    return path.read_bytes()


def _base64url(octets: bytes) -> str:
    return base64.urlsafe_b64encode(octets).rstrip(b"=").decode()


def _from_base64url(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


@lru_cache(maxsize=64)
def _purpose_key(master: bytes, use: bytes, purpose: str) -> bytes:
    """Return the key of one purpose: each request to the web process takes several."""
    return _derive(_derive(master, use), purpose.encode())


def _derive(master: bytes, purpose: bytes) -> bytes:
    return hmac.digest(master, purpose, hashlib.sha256)
