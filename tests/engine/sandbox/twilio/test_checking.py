from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from flask import Request
from twilio.base.exceptions import TwilioRestException

from engine.sandbox.twilio import TwilioDouble
from engine.sandbox.twilio.checking import against
from tests.engine.sandbox.twilio.ours import BASE, SHOWN, Ours, a_double, a_drop, place
from tests.engine.sandbox.twilio.ours import with_async_amd as async_amd

DOCUMENT = Path(__file__).parents[3] / "data/twilio/calls.openapi.json"


@pytest.fixture(scope="module")
def check() -> Callable[[Request], str]:
    return against(DOCUMENT)


@pytest.fixture
def double(check: Callable[[Request], str]) -> TwilioDouble:
    ours = Ours()
    a_drop(ours)
    return a_double(ours, check=check)


def test_what_a_carrier_asks_is_twilios(double: TwilioDouble) -> None:
    call = place(double, "12", **async_amd(), machine_detection_timeout=50, time_limit=120)
    double.settle()
    client = double.client()
    client.calls(call.sid).fetch()
    client.calls(call.sid).notifications.list()
    client.calls(call.sid).events.list()
    client.calls.list(to=call.to, start_time_after=double.clock.at)
    client.incoming_phone_numbers.list(phone_number=SHOWN)
    client.outgoing_caller_ids.list()
    client.messages.create(to="+33612345678", from_=SHOWN, body="Bonjour")
    assert double.breaches == []


@pytest.mark.parametrize(
    ("asked", "named"),
    [
        ({"async_amd": True}, "'True' is not one of"),
        ({"timeout": 900}, "greater than the maximum"),
        ({"machine_detection_timeout": 60}, "greater than the maximum"),
        ({"status_callback_event": ["initiated ringing"]}, "is not one of"),
        ({"passports": "x"}, "unknown form keys: Passports"),
        ({"to": "0612345678"}, "does not match"),
    ],
)
def test_what_the_document_does_not_know_is_refused(
    double: TwilioDouble, asked: dict[str, Any], named: str
) -> None:
    with pytest.raises(TwilioRestException):
        double.client().calls.create(
            **{"to": "+33639980000", "from_": SHOWN, "url": f"{BASE}/answer", **asked}
        )
    (breach,) = double.breaches
    assert named in breach
    assert not double.calls


def test_a_path_that_is_not_twilios_is_refused(double: TwilioDouble) -> None:
    client = double.client()
    answer = client.request("GET", "https://api.twilio.com/2010-04-01/Accounts/x/Nothing.json")
    assert answer.status_code == 400
    assert double.breaches
