import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.carriers.info import key_in_info
from engine.rtp.telephone_event import KEYS

RELAY = "application/dtmf-relay"


@pytest.mark.parametrize(
    ("content_type", "body", "key"),
    [
        (RELAY, b"Signal=9\r\nDuration=160\r\n", "9"),
        (RELAY, b"Signal= 9\nDuration= 160\n", "9"),
        (RELAY, b"Signal=*\r\n", "*"),
        (RELAY, b"Signal=10\r\n", "*"),
        (RELAY, b"Signal=11\r\n", "#"),
        (RELAY, b"Signal=a\r\n", "A"),
        ("Application/DTMF-Relay;charset=x", b"Signal=5", "5"),
        ("application/dtmf", b"5", "5"),
        ("application/dtmf", b"11\r\n", "#"),
        (RELAY, b"Signal=16\r\n", ""),
        (RELAY, b"Signal=99\r\n", ""),
        (RELAY, b"Duration=160\r\n", ""),
        (RELAY, b"", ""),
        ("application/broadsoft", b"event flashhook", ""),
        ("text/plain", b"Signal=9", ""),
    ],
)
def test_an_info_carries_one_key_or_none(content_type: str, body: bytes, key: str) -> None:
    assert key_in_info(content_type, body) == key


@given(st.sampled_from([RELAY, "application/dtmf", ""]), st.binary(max_size=300))
def test_garbage_is_no_key_and_no_error(content_type: str, body: bytes) -> None:
    assert key_in_info(content_type, body) in {"", *KEYS}
