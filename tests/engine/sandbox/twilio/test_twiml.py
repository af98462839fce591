from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.sandbox.twilio import twiml
from engine.sandbox.twilio.twiml import TwimlRefused


def response(verbs: str) -> bytes:
    return f"<Response>{verbs}</Response>".encode()


def code_of(body: bytes) -> int:
    with pytest.raises(TwimlRefused) as refused:
        twiml.read(body)
    return refused.value.code


def test_verbs_keep_their_order_attributes_and_text() -> None:
    document = twiml.read(response('<Play loop="2"> /a.wav </Play><Hangup/>'))
    play, hang_up = document.verbs
    assert (play.name, play.get("loop"), play.text) == ("Play", "2", "/a.wav")
    assert (hang_up.name, document.warnings) == ("Hangup", [])


@pytest.mark.parametrize(
    "verbs",
    [
        '<Play lop="2">/a.wav</Play>',
        "<Sleep/>",
        '<Gather num_digits="1"/>',
        "<Dial><Phone>+33100000000</Phone></Dial>",
    ],
)
def test_what_twilio_does_not_know_is_warned_of(verbs: str) -> None:
    assert twiml.read(response(verbs)).warnings == [12200]


def test_a_gather_holds_nothing_but_sounds_and_pauses() -> None:
    document = twiml.read(response("<Gather><Play>/a.wav</Play><Redirect>/b</Redirect></Gather>"))
    assert [child.name for child in document.verbs[0].children] == ["Play"]
    assert document.warnings == [13320]


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html><body>Error</body></html>",
        b"<Response><Play></Response>",
        b'{"not": "xml"}',
        b"<Response>&undefined;</Response>",
        b'<!DOCTYPE r [<!ENTITY a "b">]><Response>&a;</Response>',
        b'<!DOCTYPE r SYSTEM "file:///etc/passwd"><Response/>',
    ],
)
def test_what_is_no_twiml_is_refused(body: bytes) -> None:
    assert code_of(body) == 12100


def test_an_entity_bomb_is_refused_before_it_grows() -> None:
    entities = '<!ENTITY a0 "ha">' + "".join(
        f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 12)
    )
    assert code_of(f"<!DOCTYPE r [{entities}]><Response>&a11;</Response>".encode()) == 12100


def test_more_than_64_kilobytes_are_refused() -> None:
    assert code_of(response(f"<Say>{'a' * 65_536}</Say>")) == 11750


@given(st.binary(max_size=200))
def test_nothing_but_a_refusal_comes_of_any_bytes(body: bytes) -> None:
    with suppress(TwimlRefused):
        assert twiml.read(body).verbs is not None


def test_a_strange_encoding_is_refused() -> None:
    assert code_of(b'<?xml version="1.0" encoding="utf-7"?><Response/>') == 12100
    assert code_of(b'<?xml version="1.0" encoding="shift_jis"?><Response/>') == 12100
