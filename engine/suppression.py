"""The suppression register's key: a keyed hash of the number, and nothing else."""

from __future__ import annotations

import hashlib
import hmac

from engine.numbers import PhoneNumber

SHORTEST_MASTER = 32
"Bytes of the installation's master secret, at least."


def sender_secret(master: bytes, sender_id: str) -> bytes:
    """Return the sender's own secret: the same number hashes otherwise for every sender."""
    if len(master) < SHORTEST_MASTER:
        raise ValueError(f"The master secret has {len(master)} bytes; give it {SHORTEST_MASTER}")
    return hmac.digest(master, b"licite suppression\x00" + sender_id.encode(), hashlib.sha256)


def suppression_hash(secret: bytes, number: PhoneNumber | str) -> bytes:
    """Return HMAC-SHA-256 of the number in E.164 (GDPR art. 5(1)(c); CNIL MED-2023-040).

    A plain hash of a telephone number is reversed by trying them all.
    """
    e164 = number if isinstance(number, str) else number.e164
    if not e164.startswith("+"):
        raise ValueError("A suppression is made of an E.164 number")
    return hmac.digest(secret, e164.encode("ascii"), hashlib.sha256)
