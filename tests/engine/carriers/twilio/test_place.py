"""A call is asked for once, whatever the account answers, or does not."""

from __future__ import annotations

import asyncio
import socket
from dataclasses import replace
from pathlib import Path

import pytest

from config.settings import Settings
from engine.carriers.settings import SettingRefused
from engine.carriers.twilio import TwilioCarrier
from engine.carriers.twilio.settings import Amd
from engine.interfaces import NotAnswered, Placed, RemoteCarrier, Unsure
from engine.outcome import Outcome
from tests.engine.carriers.twilio.account import (
    ADDRESSES,
    CALL,
    KEYS,
    PAPER,
    PUBLIC_URL,
    SID,
    Drop,
    Says,
    Silence,
    a_call,
    a_carrier,
    a_route,
    an_account,
    refusal,
)

PLACED = Says(201, a_call())
PAGE = "<html><body>Please log in</body></html>"


def place(carrier: TwilioCarrier, *, ring_s: float = 25) -> Placed | NotAnswered | Unsure:
    return asyncio.run(carrier.place(PAPER, call_id=7, ring_s=ring_s))


def test_it_is_a_remote_carrier(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path, public_url=PUBLIC_URL)
    assert isinstance(TwilioCarrier.open(a_route(tmp_path), settings, KEYS), RemoteCarrier)


def test_a_call_is_asked_for_with_all_that_it_needs_and_nothing_more() -> None:
    with an_account(PLACED) as account:
        assert place(a_carrier(account.url)) == Placed(CALL)
    (asked,) = account.asked
    assert (asked.method, asked.url) == ("POST", f"/2010-04-01/Accounts/{SID}/Calls.json")
    assert asked.form == {
        "To": ["+33612345678"],
        "From": ["+33162000001"],
        "Url": [ADDRESSES.answer("twilio", 7) + "#rc=1&rp=all&ct=2000&rt=5000"],
        "Method": ["POST"],
        "FallbackUrl": [ADDRESSES.fallback("twilio")],
        "FallbackMethod": ["POST"],
        "StatusCallback": [ADDRESSES.status("twilio", 7) + "#rc=3&rp=all"],
        "StatusCallbackMethod": ["POST"],
        "StatusCallbackEvent": ["initiated", "ringing", "answered", "completed"],
        "Timeout": ["25"],
        "TimeLimit": ["120"],
        "MachineDetection": ["DetectMessageEnd"],
        "MachineDetectionTimeout": ["45"],
        "AsyncAmd": ["true"],
        "AsyncAmdStatusCallback": [ADDRESSES.verdict("twilio", 7) + "#rc=3&rp=all"],
        "AsyncAmdStatusCallbackMethod": ["POST"],
    }


def test_who_has_more_to_hear_is_not_cut_short() -> None:
    with an_account(PLACED) as account:
        asyncio.run(a_carrier(account.url).place(PAPER, call_id=7, ring_s=25, talk_s=3_600.0))
    assert account.asked[0].form["TimeLimit"] == ["3720"]


def test_no_address_holds_a_number() -> None:
    with an_account(PLACED) as account:
        place(a_carrier(account.url))
    urls = [value for name, (value, *_) in account.asked[0].form.items() if "Url" in name]
    assert not any("612345678" in url or "162000001" in url for url in urls)


def test_synchronous_detection_has_no_verdict_to_tell() -> None:
    with an_account(PLACED) as account:
        place(a_carrier(account.url, amd=Amd.SYNC))
    form = account.asked[0].form
    assert form["MachineDetection"] == ["DetectMessageEnd"]
    assert not any(name.startswith("AsyncAmd") for name in form)


def test_a_call_leaves_by_the_operators_own_trunk() -> None:
    with an_account(PLACED) as account:
        place(a_carrier(account.url, byoc="BY" + "2" * 32))
    assert account.asked[0].form["Byoc"] == ["BY" + "2" * 32]


@pytest.mark.parametrize(("ring_s", "limit"), [(3, "15"), (14.9, "15"), (40, "40"), (900, "600")])
def test_nobody_is_rung_for_less_than_15_s(ring_s: float, limit: str) -> None:
    with an_account(PLACED) as account:
        place(a_carrier(account.url), ring_s=ring_s)
    assert account.asked[0].form["Timeout"] == [limit]


@pytest.mark.parametrize(
    "answer",
    [
        Says(200, text=PAGE),
        Says(201, text=""),
        Says(201, document=["no", "call"]),
        Says(201, document={"status": "queued"}),
        Says(201, document={"sid": "../../Calls"}),
        Says(302, text=PAGE),
        Says(408, text=PAGE),
        refusal(500, 20500),
        Says(502, text=PAGE),
        refusal(503, 20503),
        Silence(),
        Drop(),
    ],
)
def test_what_may_have_left_is_never_asked_for_again(answer: Says | Silence | Drop) -> None:
    with an_account(answer) as account:
        assert isinstance(place(a_carrier(account.url)), Unsure)
    assert len(account.asked) == 1


def test_what_was_too_much_is_asked_for_again_after_a_pause() -> None:
    paused: list[float] = []
    with an_account(refusal(429, 20429), Says(429, text=PAGE), PLACED) as account:
        assert place(a_carrier(account.url, paused)) == Placed(CALL)
    assert len(account.asked) == 3
    assert len(paused) == 2
    assert all(0 < pause < 2 for pause in paused)


def test_what_stays_too_much_was_not_placed_and_is_the_routes_fault() -> None:
    with an_account(refusal(429, 10004)) as account:
        reply = place(a_carrier(account.url))
    assert isinstance(reply, NotAnswered)
    assert (reply.outcome, reply.is_routes_fault) == (Outcome.FAILED, True)
    assert len(account.asked) == 3


@pytest.mark.parametrize(
    ("answer", "outcome", "is_routes_fault", "needs_operator"),
    [
        (refusal(400, 21211), Outcome.INVALID_NUMBER, False, False),
        (refusal(400, 21214), Outcome.UNREACHABLE, False, False),
        (refusal(400, 21216), Outcome.REJECTED, False, False),
        (refusal(400, 21210), Outcome.FAILED, True, True),
        (refusal(400, 21215), Outcome.FAILED, True, True),
        (refusal(401, 20003), Outcome.FAILED, True, True),
        (Says(403, text=PAGE), Outcome.FAILED, True, True),
        (refusal(400, 29_999), Outcome.FAILED, True, False),
        (Says(404, {"code": "so", "message": []}), Outcome.FAILED, True, False),
    ],
)
def test_a_refusal_is_told_by_its_code(
    answer: Says, outcome: Outcome, is_routes_fault: bool, needs_operator: bool
) -> None:
    with an_account(answer) as account:
        reply = place(a_carrier(account.url))
    assert isinstance(reply, NotAnswered)
    told = (reply.outcome, reply.is_routes_fault, reply.needs_operator)
    assert told == (outcome, is_routes_fault, needs_operator)
    assert f"Twilio {reply.error_code}:" in reply.cause
    assert "612345678" not in reply.cause
    assert len(account.asked) == 1


def test_where_nobody_listens_nothing_left() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    paused: list[float] = []
    reply = place(a_carrier(f"http://127.0.0.1:{port}", paused))
    assert isinstance(reply, NotAnswered)
    assert (reply.outcome, reply.is_routes_fault) == (Outcome.FAILED, True)
    assert len(paused) == 2


@pytest.mark.parametrize("shown", ["+33612345678", "+33700000000"])
def test_no_french_mobile_is_shown_and_nothing_leaves(shown: str) -> None:
    with an_account(PLACED) as account:
        carrier = a_carrier(account.url)
        with pytest.raises(ValueError, match="mobile"):
            asyncio.run(carrier.place(replace(PAPER, caller_id=shown), call_id=7, ring_s=25))
    assert account.asked == []


def test_no_call_without_a_granted_paper() -> None:
    with an_account(PLACED) as account:
        carrier = a_carrier(account.url)
        with pytest.raises(ValueError, match="granted"):
            asyncio.run(carrier.place(replace(PAPER, granted=False), call_id=7, ring_s=25))
    assert account.asked == []


def test_a_line_is_taken_while_a_call_is_asked_for() -> None:
    async def ask(carrier: TwilioCarrier) -> tuple[int, int]:
        asking = asyncio.create_task(carrier.place(PAPER, call_id=7, ring_s=25))
        await asyncio.sleep(0)
        meanwhile = carrier.free_lines
        await asking
        return meanwhile, carrier.free_lines

    with an_account(PLACED) as account:
        assert asyncio.run(ask(a_carrier(account.url, calls_at_once=2))) == (1, 2)


def test_a_route_that_twilio_cannot_call_back_does_not_open(tmp_path: Path) -> None:
    with pytest.raises(SettingRefused, match="LICITE_PUBLIC_URL"):
        TwilioCarrier.open(a_route(tmp_path), Settings(data_dir=tmp_path), KEYS)


def test_closing_leaves_calls_alone() -> None:
    with an_account(PLACED) as account:
        asyncio.run(a_carrier(account.url).close())
    assert account.asked == []


@pytest.mark.parametrize(("queue_time", "alarms"), [("2000", 0), ("2001", 1), (None, 0)])
def test_a_call_that_twilio_makes_wait_is_an_alarm(
    queue_time: str | None, alarms: int, capsys: pytest.CaptureFixture[str]
) -> None:
    with an_account(Says(201, a_call(queue_time=queue_time))) as account:
        carrier = a_carrier(account.url)
        assert place(carrier) == Placed(CALL)
    assert carrier.queued_calls == alarms
    assert capsys.readouterr().out.count("makes a call wait") == alarms
