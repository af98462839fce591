"""A call that Twilio conducts is called off, redirected, looked at and found again."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from engine.interfaces import SoughtCall
from engine.outcome import Outcome
from engine.reports import CallStatus, Report, ReportKind
from tests.engine.carriers.twilio.account import (
    ADDRESSES,
    AT,
    CALL,
    PAPER,
    Drop,
    Says,
    Silence,
    a_call,
    a_carrier,
    an_account,
    refusal,
)

SOUGHT = SoughtCall(7, "+33612345678", "+33162000001", AT)
OVER = refusal(400, 21220)
GONE = refusal(404, 20404)


def a_page(name: str, *entries: object) -> Says:
    return Says(200, {name: list(entries), "next_page_uri": None, "page": 0})


def an_event(url: str) -> dict[str, Any]:
    return {"request": {"method": "POST", "url": url, "parameters": {}}, "response": {}}


def fetched(*answers: Says) -> Report | None:
    with an_account(*answers) as account:
        return asyncio.run(a_carrier(account.url).fetch(CALL))


@pytest.mark.parametrize(
    ("answer", "is_off"),
    [
        (Says(200, a_call(status="canceled")), True),
        (Says(200, a_call(status="ringing")), True),
        (Says(200, a_call(status="in-progress")), False),
        (Says(200, a_call(status="completed")), False),
        (OVER, False),
        (GONE, False),
    ],
)
def test_calling_off_tells_whether_it_stops_ringing(answer: Says, is_off: bool) -> None:
    with an_account(answer) as account:
        assert asyncio.run(a_carrier(account.url).call_off(CALL)) is is_off
    assert account.asked[0].form == {"Status": ["canceled"]}


@pytest.mark.parametrize("first", [refusal(503, 20503), refusal(429, 20429), Silence(), Drop()])
def test_calling_off_is_asked_for_again(first: Says | Silence | Drop) -> None:
    with an_account(first, Says(200, a_call(status="canceled"))) as account:
        assert asyncio.run(a_carrier(account.url).call_off(CALL))
    assert len(account.asked) == 2


def test_a_redirected_call_asks_at_the_address() -> None:
    address = ADDRESSES.answer("twilio", 7, "to_machine", 1_000)
    with an_account(Says(200, a_call(status="in-progress"))) as account:
        assert asyncio.run(a_carrier(account.url).redirect(CALL, address))
    assert account.asked[0].form == {
        "Url": [address + "#rc=1&rp=all&ct=2000&rt=5000"],
        "Method": ["POST"],
        "FallbackUrl": [ADDRESSES.fallback("twilio")],
        "FallbackMethod": ["POST"],
    }


def test_a_fallback_elsewhere_is_asked_at_from_the_call_on_and_after_a_redirection() -> None:
    elsewhere = "https://handler.twilio.com/twiml/EH12"
    answers = (Says(201, a_call(status="queued")), Says(200, a_call(status="in-progress")))
    with an_account(*answers) as account:
        carrier = a_carrier(account.url, fallback_url=elsewhere)
        asyncio.run(carrier.place(PAPER, call_id=7, ring_s=25))
        asyncio.run(carrier.redirect(CALL, ADDRESSES.answer("twilio", 7, "to_machine", 1_000)))
    assert [asked.form["FallbackUrl"] for asked in account.asked] == [[elsewhere]] * 2


@pytest.mark.parametrize("answer", [OVER, GONE])
def test_a_call_that_is_over_is_not_redirected(answer: Says) -> None:
    with an_account(answer) as account:
        assert asyncio.run(a_carrier(account.url).redirect(CALL, "https://x.example")) is False


@pytest.mark.parametrize("answer", [refusal(500, 20500), Silence(), Drop(), Says(200, text="<p>")])
def test_a_redirection_that_may_have_happened_is_not_repeated(
    answer: Says | Silence | Drop,
) -> None:
    with an_account(answer) as account, pytest.raises(ConnectionError):
        asyncio.run(a_carrier(account.url).redirect(CALL, "https://x.example"))
    assert len(account.asked) == 1


@pytest.mark.parametrize(
    ("written", "status"),
    [
        ("queued", CallStatus.QUEUED),
        ("ringing", CallStatus.RINGING),
        ("in-progress", CallStatus.ANSWERED),
        ("completed", CallStatus.COMPLETED),
        ("busy", CallStatus.BUSY),
        ("no-answer", CallStatus.NO_ANSWER),
        ("canceled", CallStatus.CANCELLED),
    ],
)
def test_a_call_stands_as_the_account_says(written: str, status: CallStatus) -> None:
    report = fetched(Says(200, a_call(status=written, duration="31", queue_time="15")))
    assert report is not None
    assert (report.kind, report.at, report.route) == (ReportKind.STATUS, AT, "twilio")
    assert report.key == f"{CALL}:polled:{status.value}"
    assert report.detail["status"] == status.value
    assert (report.detail["duration_s"], report.detail["queue_ms"]) == (31, 15)


def test_what_was_charged_is_an_amount_above_nothing() -> None:
    report = fetched(Says(200, a_call(status="completed", price="-0.0480", price_unit="EUR")))
    assert report is not None
    assert report.detail["price"] == {"amount": "0.0480", "currency": "EUR"}


def test_a_call_that_failed_tells_by_which_code() -> None:
    failed = Says(200, a_call(status="failed"))
    report = fetched(failed, a_page("notifications", {"sid": "NO1", "error_code": "13224"}))
    assert report is not None
    assert report.detail["error_code"] == 13224
    assert report.detail["outcome"] == Outcome.INVALID_NUMBER.value


@pytest.mark.parametrize("answer", [GONE, Says(200, a_call(status="on-the-moon"))])
def test_what_the_account_does_not_know_is_no_report(answer: Says) -> None:
    assert fetched(answer) is None


@pytest.mark.parametrize("answer", [Says(200, text="<p>"), refusal(500, 20500), Says(200, [])])
def test_an_account_that_cannot_be_asked_is_no_answer(answer: Says) -> None:
    with pytest.raises(ConnectionError):
        fetched(answer)


def test_a_call_is_found_by_our_reference_alone() -> None:
    others, ours = "CA" + "2" * 32, "CA" + "3" * 32
    calls = a_page("calls", a_call(sid=others), a_call(sid=ours))
    not_ours = a_page("events", an_event(ADDRESSES.answer("twilio", 8)))
    is_ours = a_page("events", an_event(ADDRESSES.status("twilio", 7)))
    with an_account(calls, not_ours, is_ours) as account:
        assert asyncio.run(a_carrier(account.url).find(SOUGHT)) == ours
    listing, first, second = (each.url for each in account.asked)
    assert "To=%2B33612345678" in listing
    assert "From=%2B33162000001" in listing
    assert others in first
    assert ours in second


@pytest.mark.parametrize("answers", [[a_page("calls")], [a_page("calls", a_call()), GONE]])
def test_a_call_that_the_account_does_not_show_is_not_found(answers: list[Says]) -> None:
    with an_account(*answers) as account:
        assert asyncio.run(a_carrier(account.url).find(SOUGHT)) is None


@pytest.mark.parametrize(
    "answer", [refusal(401, 20003), refusal(429, 20429), Says(500, {"code": 20500, "status": 500})]
)
def test_a_list_that_is_refused_is_no_proof_of_absence(answer: Says) -> None:
    with an_account(answer) as account, pytest.raises(ConnectionError):
        asyncio.run(a_carrier(account.url).find(SOUGHT))


def test_a_list_that_cannot_be_read_is_no_proof_of_absence() -> None:
    with an_account(Says(200, {"calls": None})) as account, pytest.raises(ConnectionError):
        asyncio.run(a_carrier(account.url).find(SOUGHT))
