from collections.abc import Mapping
from typing import Any

import pytest
from twilio.request_validator import RequestValidator, get_signature_algorithm

from engine.sandbox.twilio import NoConnection, TookTooLong, TwilioDouble, WebAnswer
from engine.sandbox.twilio.account import Account, SharedKey
from engine.sandbox.twilio.overrides import Overrides
from engine.sandbox.twilio.signing import signature
from tests.engine.sandbox.twilio.ours import (
    BASE,
    SHOWN,
    Ours,
    Request,
    a_double,
    a_drop,
    place,
    with_async_amd,
    xml,
)

TOKEN = Account().auth_token


@pytest.fixture
def ours() -> Ours:
    ours = Ours()
    a_drop(ours)
    return ours


def is_signed(request: Request, secret: str = TOKEN) -> bool:
    lower = {name.lower(): value for name, value in request.headers.items()}
    settings = lower.get("x-twilio-webhooks-signature-settings", "")
    algorithm = get_signature_algorithm(settings)  # type: ignore[no-untyped-call]  # untyped
    validator: Any = RequestValidator(secret)  # type: ignore[no-untyped-call]  # untyped
    signature = lower["x-twilio-signature"]
    return bool(validator.validate(request.url, dict(request.form), signature, algorithm))


def test_the_signature_of_twilios_own_example() -> None:
    parameters = {
        "CallSid": "CA1234567890ABCDE",
        "Caller": "+14158675309",
        "Digits": "1234",
        "From": "+14158675309",
        "To": "+18005551212",
    }
    url = "https://mycompany.com/myapp.php?foo=1&bar=2"
    signed = signature(Account(auth_token="12345"), url, parameters)
    assert signed == {"X-Twilio-Signature": "RSOYDt4T1cUTdK1PDd93/VVr8B8="}
    assert signature(Account(auth_token="12345"), f"{url}#rc=3", parameters) == signed


@pytest.mark.parametrize("shared", [None, SharedKey("webhooks_sharedkey_1", "a shared secret")])
def test_every_request_is_signed(ours: Ours, shared: SharedKey | None) -> None:
    double = a_double(ours)
    double.account.signs_with = shared
    place(double, "01", **with_async_amd())
    double.settle()
    double.rings("+33639980000", SHOWN)
    double.texts("+33639980000", SHOWN, "STOP")
    double.settle()
    paths = {each.path for each in ours.asked}
    assert paths == {
        *("/answer", "/pressed", "/status", "/verdict", "/inbound", "/message"),
        *("/person.wav", "/bye.wav"),
    }
    secret = shared.secret if shared else TOKEN
    assert all(is_signed(each, secret) for each in ours.asked)
    assert not any(is_signed(each, "another") for each in ours.asked)


def test_blank_parameters_are_sent_and_signed(ours: Ours) -> None:
    double = a_double(ours)
    place(double)
    double.settle()
    request = ours.asked_at("/answer")[0]
    assert request.form["CallerCity"] == ""
    assert is_signed(request)


@pytest.mark.parametrize(
    ("fragment", "expected"),
    [
        ("", Overrides()),
        ("#rc=3&rp=all&ct=2000&rt=5000", Overrides(5000, 15000, 3, frozenset({"all"}))),
        ("#rp=4xx,5xx&tt=900", Overrides(15000, 900, 1, frozenset({"4xx", "5xx"}))),
        ("#rc=9&rt=99999&rp=no", Overrides()),
    ],
)
def test_a_fragment_overrides_what_is_in_range(fragment: str, expected: Overrides) -> None:
    assert Overrides.of(f"{BASE}/answer{fragment}") == expected


@pytest.mark.parametrize(
    ("fragment", "tries"), [("", 1), ("#rc=2&rp=5xx", 3), ("#rc=2&rp=4xx", 1), ("#rc=1&rp=all", 2)]
)
def test_it_tries_again_as_often_as_the_fragment_says(
    ours: Ours, fragment: str, tries: int
) -> None:
    ours.at["/answer"] = WebAnswer(503)
    double = a_double(ours)
    place(double, url=f"{BASE}/answer{fragment}")
    double.settle()
    assert len(ours.asked_at("/answer")) == tries


def test_retries_carry_one_idempotency_token(ours: Ours) -> None:
    ours.at["/status"] = WebAnswer(500)
    double = a_double(ours)
    place(
        double,
        status_callback=f"{BASE}/status#rc=3&rp=all",
        status_callback_event=["completed"],
    )
    double.settle()
    tokens = [each.headers.get("I-Twilio-Idempotency-Token") for each in ours.asked_at("/status")]
    assert tokens[0] is None
    assert len(tokens) == 4
    assert len(set(tokens[1:])) == 1
    assert tokens[1]


def test_an_answer_after_fifteen_seconds_is_none(ours: Ours) -> None:
    ours.at["/answer"] = WebAnswer(
        200, {"Content-Type": "text/xml"}, b"<Response><Hangup/></Response>", took_s=16.0
    )
    double = a_double(ours)
    call = place(double, url=f"{BASE}/answer#rt=60000&tt=60000")
    double.settle()
    assert [each.code for each in call.alarms] == [11200]
    assert call.heard[0].verb == "error"
    assert call.heard[0].began_s == pytest.approx(15.02)


def test_a_redirect_turns_a_post_into_a_get_and_drops_the_digits(ours: Ours) -> None:
    ours.at["/pressed"] = WebAnswer(302, {"Location": "/elsewhere"})
    ours.at["/elsewhere"] = xml("<Hangup/>")
    double = a_double(ours)
    place(double, "01")
    double.settle()
    (followed,) = ours.asked_at("/elsewhere")
    assert (followed.method, followed.form, followed.url) == ("GET", {}, f"{BASE}/elsewhere")
    assert is_signed(followed)


def test_a_get_carries_its_parameters_in_the_query(ours: Ours) -> None:
    double = a_double(ours)
    call = place(double, method="GET")
    double.settle()
    (asked,) = [each for each in ours.asked if each.path == "/answer"]
    assert asked.method == "GET"
    assert f"CallSid={call.sid}" in asked.url
    assert is_signed(asked)


@pytest.mark.parametrize(
    ("failure", "code", "tries"), [(NoConnection(), 11205, 2), (TookTooLong(), 11200, 1)]
)
def test_without_an_answer_the_callee_hears_the_error(
    failure: Exception, code: int, tries: int
) -> None:
    """A connection that fails is tried once more by default, an answer that is late is not."""
    tried = []

    def deliver(method: str, url: str, headers: Mapping[str, str], body: bytes) -> WebAnswer:
        if url.endswith("/answer"):
            tried.append(url)
            raise failure
        return WebAnswer(204)

    double = TwilioDouble(deliver=deliver)
    double.account.owns(SHOWN)
    call = place(double)
    double.settle()
    assert len(tried) == tries
    assert [each.code for each in call.alarms] == [code]
    assert [each.verb for each in call.heard] == ["error"]


def test_a_static_fallback_keeps_the_error_out_of_the_mailbox(ours: Ours) -> None:
    ours.at["/machine"] = WebAnswer(500)
    ours.at["/fallback"] = xml("<Hangup/>")
    double = a_double(ours)
    bare = place(double, "12", **with_async_amd())
    covered = place(double, "12", fallback_url=f"{BASE}/fallback", **with_async_amd())
    double.settle()
    assert "error" in [each.heard.verb for each in bare.mailbox]
    assert "error" not in [each.verb for each in covered.heard]
    asked = ours.asked_at("/fallback")[0].form
    assert (asked["ErrorCode"], asked["ErrorUrl"]) == ("11200", f"{BASE}/machine")
