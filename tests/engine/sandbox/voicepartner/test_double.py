"""The double of Voice Partner: what it leaves where, what it tells, what it refuses."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qs, urlsplit
from urllib.request import urlopen

import pytest
from werkzeug.test import Client

from engine.sandbox.kinds import Kind
from engine.sandbox.lines import Lines, a_line
from engine.sandbox.twilio import WebAnswer
from engine.sandbox.voicepartner import VoicePartnerDouble, served
from engine.sandbox.voicepartner.web import make_app

KEY = "key-of-the-double"
Told = list[tuple[str, str, bytes]]


def a_double(told: Told | None = None, **chosen: Any) -> VoicePartnerDouble:
    def deliver(method: str, url: str, headers: Mapping[str, str], body: bytes) -> WebAnswer:
        if told is not None:
            told.append((method, url, body))
        return WebAnswer(204)

    double = VoicePartnerDouble(deliver=deliver, **chosen)
    double.keeps("t", "a.wav")
    return double


def ask(double: VoicePartnerDouble, path: str, **fields: object) -> dict[str, Any]:
    reply = Client(make_app(double)).post(f"/v1/{path}", json={"apiKey": KEY, **fields})
    document: dict[str, Any] = reply.get_json(silent=True) or {"status": reply.status_code}
    return document


def send(double: VoicePartnerDouble, *numbers: str, **more: object) -> dict[str, Any]:
    fields = {"tokenAudio": "t", "emailForNotification": "a@b.fr"}
    return ask(double, "campaign/send", **{"phoneNumbers": ",".join(numbers), **fields, **more})


def test_the_totals_are_told_unsigned_and_per_campaign_only() -> None:
    told: Told = []
    double = a_double(told)
    send(double, "0612345640", "+33612345699", notifyUrl="https://ours.example/x/TOKEN")
    assert told == []
    double.settle()
    ((method, url, body),) = told
    query = {name: value[0] for name, value in parse_qs(urlsplit(url).query).items()}
    assert (method, body) == ("GET", b"")
    assert url.startswith("https://ours.example/x/TOKEN?campaign_token=")
    assert (query["delivered_quantity"], query["total_quantity"]) == ("1", "2")
    assert "612345" not in url


@pytest.mark.parametrize(
    ("kind", "mobile", "landline"),
    [
        (Kind.LISTENER, True, False),
        (Kind.NO_ANSWER, True, True),
        (Kind.BUSY, True, True),
        (Kind.MAILBOX_SHORT, True, True),
        (Kind.MAILBOX_FULL, False, False),
        (Kind.UNKNOWN, False, False),
        (Kind.FAX, False, False),
    ],
)
def test_a_mobile_does_not_ring_and_a_landline_does(
    kind: Kind, mobile: bool, landline: bool
) -> None:
    numbers = ("+33612345678", "+33162345678")
    lines = Lines({number: a_line(number, kind) for number in numbers})
    double = a_double(lines=lines)
    send(double, *numbers)
    double.settle()
    assert [number in double.mailboxes for number in numbers] == [mobile, landline]


def test_a_spoken_text_tells_each_callees_state() -> None:
    told: Told = []
    double = a_double(told)
    numbers = "0612345600,0612345640,0612345627"
    ask(double, "tts/send", text="Bonjour", phoneNumbers=numbers, notifyUrl="https://o.example/s")
    double.settle()
    states = [json.loads(body) for _, _, body in told]
    assert [state["status"] for state in states] == ["delivered", "delivered", "undelivered"]
    assert "audioFileComplementaire" not in states[0]
    assert states[1]["audioFileComplementaire"] == {"status": "Deposit"}


def test_the_sixth_request_of_a_minute_gets_429() -> None:
    double = a_double()
    assert all(send(double, "0612345640")["success"] for _ in range(5))
    assert send(double, "0612345640") == {"status": 429}
    double.advance(61.0)
    assert send(double, "0612345640")["success"]


@pytest.mark.parametrize(
    "wrong",
    [
        {"apiKey": "another"},
        {"tokenAudio": "unknown"},
        {"emailForNotification": ""},
        {"phoneNumbers": ",".join(["0612345640"] * 501)},
    ],
)
def test_what_it_refuses_is_not_charged(wrong: dict[str, object]) -> None:
    double = a_double()
    assert send(double, "0612345640", **wrong)["success"] is False
    assert (double.credit, double.requests) == (1_000.0, [])


def test_a_campaign_is_charged_when_it_is_taken() -> None:
    double = a_double(credit=0.25, price=0.1)
    assert send(double, "0612345640", "0612345641")["success"]
    assert send(double, "0612345642")["success"] is False
    assert double.credit == pytest.approx(0.05)


def test_lost_notifications_can_be_sent_again_backwards() -> None:
    told: Told = []
    double = a_double(told)
    double.losing = True
    for place in range(2):
        send(double, "0612345640", notifyUrl=f"https://ours.example/{place}")
    double.settle()
    assert told == []
    double.notify_again()
    double.settle()
    assert [urlsplit(url).path for _, url, _ in told] == ["/1", "/0"]


def test_no_key_stands_in_the_log_though_it_travels_in_the_path(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level("DEBUG", "werkzeug")
    double = VoicePartnerDouble(api_key="a-key-of-ours")
    with served(double) as url, urlopen(f"{url}/v1/me/a-key-of-ours") as answer:
        assert answer.status == 200
    assert "a-key-of-ours" not in caplog.text
