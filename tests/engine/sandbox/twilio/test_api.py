from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import requests
from twilio.base.exceptions import TwilioRestException
from twilio.rest import Client

from engine.sandbox.twilio import InProcessClient, Mishap, TwilioDouble
from engine.sandbox.twilio.account import Account
from tests.engine.sandbox.twilio.ours import BASE, SHOWN, Ours, a_double, a_drop, place

TO = "+33639980000"


@pytest.fixture
def double() -> TwilioDouble:
    ours = Ours()
    a_drop(ours)
    return a_double(ours)


def refused(request: Callable[[], object]) -> tuple[int, int | None]:
    """Return the status and the code of Twilio's refusal."""
    with pytest.raises(TwilioRestException) as error:
        request()
    return error.value.status, error.value.code


def create(double: TwilioDouble, **changed: Any) -> Callable[[], object]:
    asked = {"to": TO, "from_": SHOWN, "url": f"{BASE}/answer", **changed}
    return lambda: double.client().calls.create(**asked)


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"to": "0639980000"}, 21211),
        ({"to": SHOWN}, 21211),
        ({"from_": "+33162999999"}, 21210),
        ({"from_": "secret"}, 21212),
        ({"url": ""}, 21205),
        ({"url": "file:///etc/passwd"}, 21205),
        ({"url": "https://under_score.example.org/"}, 21205),
        ({"to": "+12025550100"}, 21215),
        ({"timeout": 601}, 21208),
        ({"send_digits": "hello"}, 21206),
        ({"async_amd": True}, 20001),
        ({"status_callback": "nowhere"}, 21609),
        ({"status_callback_event": ["initiated ringing"]}, 20001),
        ({"url": "", "twiml": "x" * 4001}, 32018),
        ({"application_sid": "AP" + "0" * 32}, 21218),
    ],
)
def test_what_twilio_refuses_by_its_own_code(
    double: TwilioDouble, changed: dict[str, Any], code: int
) -> None:
    assert refused(create(double, **changed)) == (400, code)
    assert not double.calls


def test_what_the_account_may_not_do(double: TwilioDouble) -> None:
    account = double.account
    account.blocked.add(TO)
    assert refused(create(double)) == (400, 21216)
    account.blocked.clear()
    account.never_originates.add(SHOWN)
    assert refused(create(double)) == (400, 21212)
    account.never_originates.clear()
    account.type = "Trial"
    assert refused(create(double)) == (400, 21219)
    account.verifies(TO)
    create(double)()
    account.calls_at_once = 1
    assert refused(create(double)) == (429, 10004)
    account.status = "suspended"
    assert refused(create(double)) == (403, 20005)
    account.status = "closed"
    assert refused(create(double)) == (403, 10001)


def test_a_verified_number_may_be_shown(double: TwilioDouble) -> None:
    double.account.verifies("+33162000077")
    assert create(double, from_="+33162000077")() is not None


@pytest.mark.parametrize(
    ("sid", "token"), [(Account().sid, "wrong"), ("AC" + "9" * 32, Account().auth_token)]
)
def test_wrong_credentials_are_refused(double: TwilioDouble, sid: str, token: str) -> None:
    http = InProcessClient(double.app)
    client = Client(sid, token, http_client=http)  # type: ignore[no-untyped-call]  # untyped
    assert refused(client.api.accounts(sid).fetch) == (401, 20003)


def test_a_double_that_begins_again_names_its_calls_otherwise() -> None:
    """As Twilio does: a house that knew the first ones would take these for their repetition."""
    names = set()
    for second in range(2):
        began = datetime(2026, 11, 24, 9, 30, second, tzinfo=UTC)
        names |= {place(a_double(Ours(), starts_at=began)).sid for _ in range(2)}
    assert len(names) == 2


def test_the_same_create_again_is_a_second_call(double: TwilioDouble) -> None:
    first, second = place(double), place(double)
    assert first.sid != second.sid
    double.settle()
    assert [each.status for each in double.calls.values()] == ["completed", "completed"]


def test_a_pace_beyond_the_accounts_is_queued(double: TwilioDouble) -> None:
    double.account.calls_per_second = 1
    calls = [place(double) for _ in range(4)]
    double.settle()
    assert [round(each.queue_time_s) for each in calls] == [0, 1, 2, 3]
    fetched = double.client().calls(calls[3].sid).fetch()
    assert fetched.queue_time == "3000"


@pytest.mark.parametrize(("after_s", "state"), [(0.0, "queued"), (1.0, "ringing")])
def test_a_call_that_rings_is_called_off(double: TwilioDouble, after_s: float, state: str) -> None:
    call = place(double, "25")
    double.advance(after_s)
    assert call.status == state
    cancelled = double.client().calls(call.sid).update(status="canceled")
    assert str(cancelled.status) == "canceled"
    double.settle()
    assert (call.status, call.ended_by, call.heard) == ("canceled", "api", [])


def test_a_cancel_does_not_touch_a_call_in_progress(double: TwilioDouble) -> None:
    call = place(double)
    double.advance(3.0)
    calls = double.client().calls
    assert str(calls(call.sid).update(status="canceled").status) == "in-progress"
    calls(call.sid).update(status="completed")
    double.settle()
    assert (call.status, call.ended_by) == ("completed", "api")


@pytest.mark.parametrize("change", [{"url": f"{BASE}/machine"}, {"status": "completed"}])
def test_a_call_that_is_over_cannot_be_changed(
    double: TwilioDouble, change: dict[str, Any]
) -> None:
    call = place(double, "24")
    double.settle()
    assert refused(lambda: double.client().calls(call.sid).update(**change)) == (400, 21220)


def test_a_call_that_is_not_answered_cannot_be_redirected(double: TwilioDouble) -> None:
    call = place(double)
    update = double.client().calls(call.sid).update
    assert refused(lambda: update(url=f"{BASE}/machine")) == (400, 21220)


def test_an_unknown_call_is_not_found(double: TwilioDouble) -> None:
    assert refused(double.client().calls("CA" + "0" * 32).fetch) == (404, 20404)


def test_the_list_of_calls_is_filtered_and_paged(double: TwilioDouble) -> None:
    early = place(double, "00")
    double.settle()
    double.advance(3600)
    between = double.clock.at
    late = [place(double, "00"), place(double, "12")]
    double.settle()
    calls = double.client().calls
    assert [each.sid for each in calls.list(to=early.to)] == [late[0].sid, early.sid]
    assert [each.sid for each in calls.list(start_time_before=between)] == [early.sid]
    after = calls.list(to=early.to, from_=SHOWN, start_time_after=between - timedelta(seconds=1))
    assert [each.sid for each in after] == [late[0].sid]
    assert len(calls.list(page_size=1)) == 3
    assert len(calls.list(limit=2, page_size=1)) == 2


def test_a_call_shows_what_was_asked_for_it(double: TwilioDouble) -> None:
    """Which is where a reference in a URL is found, when the answer to a create was lost."""
    call = place(double, url=f"{BASE}/answer?token=opaque")
    double.settle()
    events = double.client().calls(call.sid).events.list()
    urls = [str((each.request or {})["url"]) for each in events]
    assert f"{BASE}/answer?token=opaque" in urls


def test_a_price_is_known_a_minute_after_the_end(double: TwilioDouble) -> None:
    call = place(double)
    double.advance(30.0)
    calls = double.client().calls
    unpriced = calls(call.sid).fetch()
    assert (str(unpriced.status), unpriced.price) == ("completed", None)
    double.advance(60.0)
    fetched = calls(call.sid).fetch()
    assert (str(fetched.price), fetched.price_unit, fetched.duration) == ("-0.0460", "USD", "16")


def test_an_alarm_is_a_notification(double: TwilioDouble) -> None:
    call = place(double, "27")
    double.settle()
    (found,) = double.client().calls(call.sid).notifications.list()
    assert (found.error_code, found.call_sid) == ("13224", call.sid)


@pytest.mark.parametrize(
    ("mishap", "error", "is_placed"),
    [
        (Mishap.ERROR_500, TwilioRestException, False),
        (Mishap.DONE_THEN_500, TwilioRestException, True),
        (Mishap.TOO_MANY, TwilioRestException, False),
        (Mishap.CONCURRENCY, TwilioRestException, False),
        (Mishap.HTML_200, Exception, True),
        (Mishap.HANGS, requests.ReadTimeout, False),
        (Mishap.DONE_THEN_HANGS, requests.ReadTimeout, True),
        (Mishap.DROPPED, requests.ConnectionError, False),
        (Mishap.DONE_THEN_DROPPED, requests.ConnectionError, True),
        (Mishap.REFUSED_CONNECTION, requests.ConnectionError, False),
        (Mishap.SLOW, requests.ReadTimeout, True),
    ],
)
def test_a_create_goes_wrong_once_as_the_test_says(
    double: TwilioDouble, mishap: Mishap, error: type[Exception], is_placed: bool
) -> None:
    double.next_creates(mishap)
    with pytest.raises(error):
        create(double)()
    assert len(double.calls) == is_placed
    create(double)()
    assert len(double.calls) == is_placed + 1


def test_mishaps_come_in_turn_and_leave_other_requests_alone(double: TwilioDouble) -> None:
    double.next_creates(Mishap.TOO_MANY, Mishap.CONCURRENCY)
    assert double.client().calls.list() == []
    assert [refused(create(double)), refused(create(double))] == [(429, 20429), (429, 10004)]
    create(double)()
    double.next_requests(Mishap.ERROR_500)
    assert refused(double.client().calls("CA" + "0" * 32).fetch) == (500, 20500)


def test_numbers_their_webhooks_and_permissions(double: TwilioDouble) -> None:
    client = double.client()
    (own,) = client.incoming_phone_numbers.list(phone_number=SHOWN)
    assert (own.phone_number, own.voice_url) == (SHOWN, f"{BASE}/inbound")
    changed = client.incoming_phone_numbers(str(own.sid)).update(voice_url=f"{BASE}/elsewhere")
    assert changed.voice_url == f"{BASE}/elsewhere"
    assert client.outgoing_caller_ids.list() == []
    countries = client.voice.v1.dialing_permissions.countries
    assert countries("FR").fetch().low_risk_numbers_enabled
    assert not countries("US").fetch().low_risk_numbers_enabled
    price: object = client.pricing.v2.voice.numbers(TO).fetch().outbound_call_prices
    assert price == [
        {"base_price": "0.0460", "current_price": "0.0460", "origination_prefixes": ["ALL"]}
    ]
    assert str(client.api.accounts(double.account.sid).fetch().status) == "active"


def test_every_number_can_be_the_accounts_own(double: TwilioDouble) -> None:
    double.account.owns_every_number(voice_url=f"{BASE}/inbound")
    assert create(double, from_="+33162555555")() is not None
    (own,) = double.client().incoming_phone_numbers.list(phone_number="+33162555555")
    assert (own.phone_number, own.voice_url) == ("+33162555555", f"{BASE}/inbound")


def test_what_hangs_is_not_waited_for(double: TwilioDouble) -> None:
    client = double.client()
    assert isinstance(client.http_client, InProcessClient)
    double.next_creates(Mishap.SLOW)
    client.http_client.timeout = 90.0
    client.calls.create(to=TO, from_=SHOWN, url=f"{BASE}/answer")


def test_a_call_that_was_forgotten_leaves_its_name_to_no_other(double: TwilioDouble) -> None:
    first = place(double, "24")
    double.settle()
    assert double.client().calls(first.sid).delete()
    assert list(double.calls) == []
    assert place(double).sid != first.sid


def test_a_call_under_way_is_not_forgotten(double: TwilioDouble) -> None:
    call = place(double)
    assert refused(double.client().calls(call.sid).delete)[1] == 20001
    assert double.last is call
