"""Tokens for addresses: readable, and impossible to make without the installation's secret."""

from __future__ import annotations

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from engine.journal import Signer
from engine.keys import Keys

OURS = Keys(Signer(Ed25519PrivateKey.generate()), bytes(32))
ANOTHERS = Keys(Signer(Ed25519PrivateKey.generate()), bytes(31) + b"\x01")


@given(st.text())
def test_a_token_gives_its_payload_back(payload: str) -> None:
    assert OURS.read_token("call", OURS.token("call", payload)) == payload


def test_a_token_is_good_for_one_purpose_and_one_installation() -> None:
    token = OURS.token("call", "17")
    assert OURS.read_token("sound", token) is None
    assert ANOTHERS.read_token("call", token) is None


@pytest.mark.parametrize("place", range(len(OURS.token("call", "1234567"))))
def test_a_token_changed_anywhere_is_worth_nothing(place: int) -> None:
    token = OURS.token("call", "1234567")
    other = "A" if token[place] != "A" else "B"
    assert OURS.read_token("call", token[:place] + other + token[place + 1 :]) is None


@pytest.mark.parametrize("token", ["", ".", "a", "a.b.c", "MTc.", "é.è", "MTc.====", "\0.\0"])
def test_what_is_no_token_is_worth_nothing(token: str) -> None:
    assert OURS.read_token("call", token) is None
