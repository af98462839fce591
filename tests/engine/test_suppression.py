"""The suppression register holds keyed hashes and nothing else."""

from __future__ import annotations

import hashlib
import hmac

import pytest

from engine.numbers import parse
from engine.suppression import sender_secret, suppression_hash

MASTER = bytes(range(32))


def test_the_hash_is_hmac_sha256_of_the_e164_number() -> None:
    secret = sender_secret(MASTER, "lumiere")
    wanted = hmac.new(secret, b"+33612345678", hashlib.sha256).digest()
    assert suppression_hash(secret, parse("06 12 34 56 78")) == wanted
    assert suppression_hash(secret, "+33612345678") == wanted


def test_the_same_number_hashes_otherwise_for_another_sender_or_installation() -> None:
    secrets = {
        sender_secret(MASTER, "lumiere"),
        sender_secret(MASTER, "autre"),
        sender_secret(MASTER[::-1], "lumiere"),
    }
    assert len({suppression_hash(secret, "+33612345678") for secret in secrets}) == 3


def test_however_it_is_written_a_number_is_one_person() -> None:
    secret = sender_secret(MASTER, "lumiere")
    writings = ["06 12 34 56 78", "+33 (0)6 12 34 56 78", "0033612345678"]
    assert len({suppression_hash(secret, parse(text)) for text in writings}) == 1


def test_a_weak_secret_or_a_national_number_is_refused() -> None:
    with pytest.raises(ValueError, match="32"):
        sender_secret(b"short", "lumiere")
    with pytest.raises(ValueError, match=r"E\.164"):
        suppression_hash(MASTER, "0612345678")
