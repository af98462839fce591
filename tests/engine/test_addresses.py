from __future__ import annotations

from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from engine.addresses import SOUND_KEPT_FOR, Addresses, Recorded, Sound, Worded
from engine.journal import Signer
from engine.keys import Keys

AT = datetime(2026, 11, 24, 9, 30, tzinfo=UTC)
KEYS = Keys(Signer(Ed25519PrivateKey.generate()), bytes(32))
ADDRESSES = Addresses("https://calls.example/", KEYS)
OTHERS = Addresses("https://calls.example/", Keys(KEYS.signer, bytes(31) + b"1"))


def last(address: str) -> str:
    return urlsplit(address).path.rsplit("/", 1)[1]


def sound_token(sound: Sound, at: datetime = AT) -> str:
    return last(ADDRESSES.sound("tw", sound, at)).removesuffix(".wav")


@given(st.integers(min_value=1, max_value=2**62))
def test_every_address_of_a_call_names_it(call_id: int) -> None:
    for build in (ADDRESSES.answer, ADDRESSES.status, ADDRESSES.verdict):
        address = build("tw", call_id)
        assert ADDRESSES.call_of(last(address)) == call_id
        assert ADDRESSES.is_about(call_id, address + "?state=again_1#rc=3")
        assert not ADDRESSES.is_about(call_id + 1, address)


def test_the_first_document_has_no_query_and_later_ones_say_where_they_are() -> None:
    assert "?" not in ADDRESSES.answer("tw", 5)
    query = parse_qs(urlsplit(ADDRESSES.answer("tw", 5, "again_1", 3, about="x")).query)
    assert (query["state"], query["turn"]) == (["again_1"], ["3"])
    assert ADDRESSES.about(query["about"][0]) == "x"


def test_what_an_address_remembers_cannot_be_read_in_it() -> None:
    address = ADDRESSES.answer("tw", 5, "confirm", 1, about="0612345678")
    assert "0612345678" not in address
    assert OTHERS.about(parse_qs(urlsplit(address).query)["about"][0]) == ""


@pytest.mark.parametrize("sound", [Recorded("ab" * 32), Worded("Tapez zéro six…", "fr")])
def test_a_sound_is_read_back(sound: Sound) -> None:
    read = ADDRESSES.sound_of(sound_token(sound))
    assert read is not None
    assert read[0] == sound


@given(st.integers(min_value=0, max_value=10**6))
def test_a_sound_can_be_fetched_for_hours_at_one_address(later_s: int) -> None:
    at = AT + timedelta(seconds=later_s)
    read = ADDRESSES.sound_of(sound_token(Recorded("ab"), at))
    assert read is not None
    assert SOUND_KEPT_FOR < read[1] - at <= 2 * SOUND_KEPT_FOR
    soon = datetime.fromtimestamp(at.timestamp() // 21600 * 21600, UTC)
    assert sound_token(Recorded("ab"), soon) == sound_token(Recorded("ab"), at)


@given(st.text())
def test_a_token_that_is_not_ours_names_nothing(token: str) -> None:
    assert ADDRESSES.call_of(token) is None
    assert ADDRESSES.batch_of(token) is None
    assert ADDRESSES.sound_of(token) is None
    assert ADDRESSES.about(token) == ""


def test_a_token_of_one_purpose_or_installation_names_nothing_elsewhere() -> None:
    batch = last(ADDRESSES.deposit_notify("vp", "7"))
    assert ADDRESSES.batch_of(batch) == "7"
    assert ADDRESSES.call_of(batch) is None
    assert OTHERS.batch_of(batch) is None
    assert OTHERS.sound_of(sound_token(Recorded("ab"))) is None


def test_a_routes_name_cannot_lead_elsewhere() -> None:
    assert ADDRESSES.status("../x?y", 5).startswith(
        "https://calls.example/carriers/twilio/..%2Fx%3Fy/status/"
    )
