"""The carrier and the double, as two peers: what is asked for happens, once, and is found."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from engine.carriers.checks import Around, Standing
from engine.carriers.twilio import TwilioCarrier, TwilioSettings
from engine.carriers.twilio.charges import charges
from engine.carriers.twilio.check import check
from engine.carriers.twilio.client import open_client
from engine.carriers.twilio.prices import quoted
from engine.clearance import CallerId
from engine.cost import Money
from engine.interfaces import NotAnswered, Placed, SoughtCall, Unsure
from engine.numbers import parse
from engine.outcome import Outcome
from engine.sandbox.twilio import InProcessClient, Mishap, TwilioDouble, WebAnswer
from engine.sandbox.twilio.checking import against
from tests.engine.carriers.twilio.account import (
    ADDRESSES,
    AT,
    KEYS,
    PAPER,
    PUBLIC_URL,
    SETTINGS,
    a_route,
)

DOCUMENT = Path(__file__).parents[3] / "data" / "twilio" / "calls.openapi.json"
WAIT = b'<Response><Pause length="60"/></Response>'
LISTENER = "+33612345600"
SOUGHT = SoughtCall(7, LISTENER, PAPER.caller_id, AT)


@cache
def the_document() -> Any:
    return against(DOCUMENT)


def ours(method: str, url: str, headers: Mapping[str, str], body: bytes) -> WebAnswer:
    """Wait for a minute on every call; take whatever is told."""
    if "/answer/" in url:
        return WebAnswer(200, {"content-type": "text/xml"}, WAIT)
    return WebAnswer(204)


@dataclass(frozen=True, slots=True)
class Pair:
    """A double, and the carrier of its account."""

    double: TwilioDouble
    carrier: TwilioCarrier

    def place(self, call_id: int = 7) -> Placed | NotAnswered | Unsure:
        paper = replace(PAPER, number=LISTENER)
        return asyncio.run(self.carrier.place(paper, call_id=call_id, ring_s=25))

    def find(self) -> str | None:
        return asyncio.run(self.carrier.find(SOUGHT))


@pytest.fixture
def pair() -> Pair:
    double = TwilioDouble(deliver=ours, check=the_document())
    double.account.owns(PAPER.caller_id)
    account = double.account
    settings: TwilioSettings = replace(
        SETTINGS, account_sid=account.sid, auth_token=account.auth_token
    )
    paused: list[float] = []
    api = open_client(settings, InProcessClient(double.app), pause=paused.append)
    return Pair(double, TwilioCarrier(settings, api, ADDRESSES, lambda: AT))


def test_what_is_asked_for_is_what_twilios_document_knows(pair: Pair) -> None:
    reply = pair.place()
    assert isinstance(reply, Placed)
    assert pair.double.breaches == []
    assert list(pair.double.calls) == [reply.reference]


@pytest.mark.parametrize(
    "mishap",
    [
        Mishap.DONE_THEN_500,
        Mishap.HTML_200,
        Mishap.DONE_THEN_HANGS,
        Mishap.DONE_THEN_DROPPED,
        Mishap.SLOW,
    ],
)
def test_a_call_that_left_unseen_is_found_and_never_doubled(pair: Pair, mishap: Mishap) -> None:
    pair.double.next_creates(mishap)
    assert isinstance(pair.place(), Unsure)
    pair.place(call_id=8)  # another drop to the same number, showing the same
    pair.double.advance(2.0)
    first, _other = pair.double.calls
    assert pair.find() == first


@pytest.mark.parametrize("mishap", [Mishap.ERROR_500, Mishap.HANGS, Mishap.DROPPED])
def test_a_call_that_did_not_leave_is_not_found(pair: Pair, mishap: Mishap) -> None:
    pair.double.next_creates(mishap)
    assert isinstance(pair.place(), Unsure)
    pair.place(call_id=8)
    pair.double.advance(2.0)
    assert len(pair.double.calls) == 1
    assert pair.find() is None


def test_too_many_requests_are_one_call_in_the_end(pair: Pair) -> None:
    pair.double.next_creates(Mishap.TOO_MANY, Mishap.CONCURRENCY)
    assert isinstance(pair.place(), Placed)
    assert len(pair.double.calls) == 1


def test_an_account_that_is_full_places_nothing(pair: Pair) -> None:
    pair.double.next_creates(*[Mishap.CONCURRENCY] * 3)
    reply = pair.place()
    assert isinstance(reply, NotAnswered)
    assert reply.is_routes_fault
    assert not pair.double.calls


def test_a_number_that_the_account_may_not_show_needs_an_operator(pair: Pair) -> None:
    pair.double.account.incoming.clear()
    reply = pair.place()
    assert isinstance(reply, NotAnswered)
    assert (reply.outcome, reply.needs_operator) == (Outcome.FAILED, True)


def test_a_call_that_rings_is_called_off(pair: Pair) -> None:
    reply = pair.place()
    assert isinstance(reply, Placed)
    pair.double.advance(0.5)
    assert asyncio.run(pair.carrier.call_off(reply.reference))
    report = asyncio.run(pair.carrier.fetch(reply.reference))
    assert report is not None
    assert report.detail["status"] == "cancelled"
    assert asyncio.run(pair.carrier.call_off(reply.reference)) is False


def test_an_answered_call_is_redirected_and_one_that_is_over_is_not(pair: Pair) -> None:
    reply = pair.place()
    assert isinstance(reply, Placed)
    pair.double.advance(20.0)
    address = ADDRESSES.answer("twilio", 7, "to_machine", 1_000)
    assert asyncio.run(pair.carrier.redirect(reply.reference, address))
    pair.double.settle()
    assert asyncio.run(pair.carrier.redirect(reply.reference, address)) is False


def test_a_call_that_never_was_is_no_report(pair: Pair) -> None:
    assert asyncio.run(pair.carrier.fetch("CA" + "9" * 32)) is None
    assert asyncio.run(pair.carrier.call_off("CA" + "9" * 32)) is False


def test_the_double_passes_the_check_of_a_route(pair: Pair, tmp_path: Path) -> None:
    account = pair.double.account
    account.owns(
        PAPER.caller_id,
        voice_url=ADDRESSES.inbound("twilio"),
        sms_url=ADDRESSES.message("twilio"),
    )
    account.countries.discard("PM")
    route = a_route(tmp_path, account_sid=account.sid)
    Path(str(route.settings["secret"])).write_text(account.auth_token, "utf-8")
    around = Around(PUBLIC_URL, KEYS, [CallerId(parse(PAPER.caller_id))])
    found = check(route, around, inner=InProcessClient(pair.double.app))
    assert not [each for each in found if each.standing is Standing.FAILS]
    assert {"account", "caller_id_owned", "voice_url", "sms_url", "geo", "geo_closed"} <= {
        each.name for each in found
    }


def test_a_double_is_checked_without_the_address_that_its_rehearsal_gave_it(
    pair: Pair, tmp_path: Path
) -> None:
    account = pair.double.account
    account.owns_every_number(voice_url="http://127.0.0.1:8000/call", sms_url="")
    route = a_route(tmp_path, account_sid=account.sid)
    Path(str(route.settings["secret"])).write_text(account.auth_token, "utf-8")
    around = Around("", KEYS, [CallerId(parse(PAPER.caller_id))])
    route = replace(route, settings={**route.settings, "api_url": "http://127.0.0.1:5092"})
    found = check(route, around, inner=InProcessClient(pair.double.app))
    assert not [each for each in found if each.standing is Standing.FAILS]


def test_the_doubles_prices_are_read(pair: Pair, tmp_path: Path) -> None:
    account = pair.double.account
    route = a_route(tmp_path, account_sid=account.sid)
    Path(str(route.settings["secret"])).write_text(account.auth_token, "utf-8")
    answer = quoted(route, PAPER.caller_id, inner=InProcessClient(pair.double.app))
    assert (answer.currency, answer.unknown) == ("USD", ())
    assert answer.prices["+336"] == {"minute": "0.0460", "call": "0.0075"}


def test_what_a_call_was_charged_is_read_once_it_is_told(pair: Pair, tmp_path: Path) -> None:
    reply = pair.place()
    assert isinstance(reply, Placed)
    account = pair.double.account
    route = a_route(tmp_path, account_sid=account.sid)
    Path(str(route.settings["secret"])).write_text(account.auth_token, "utf-8")
    today = pair.double.clock.at.date()
    days = (today, today + timedelta(days=2))

    def told() -> list[Mapping[str, Money]]:
        return list(charges(route, *days, inner=InProcessClient(pair.double.app)))

    assert not any(told())
    pair.double.settle()
    pair.double.advance(120.0)
    assert told() == [{reply.reference: Money(92_000, "USD")}]
