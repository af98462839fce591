"""What an operator's keys lead to over Twilio: prompts, a call back, the sender's people."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from engine import operations
from engine.addresses import Recorded
from engine.store import SqlStore
from ivr import webhooks
from tests.engine.operating import CLOSED, OPEN, a_recording, entries, kinds
from tests.engine.scenario.writing import SOURCE, TARGET
from tests.ivr.webhooking import (
    ACCOUNT,
    CALLEE,
    SHOWN,
    Twilio,
    a_sid,
    asked_by_twilio,
    onward,
    prompts,
)


@pytest.fixture
def twilio(store: SqlStore, store_url: str, tmp_path: Path) -> Iterator[Twilio]:
    with (
        asked_by_twilio(store, store_url, tmp_path, scenario=SOURCE) as twilio,
        at(twilio, OPEN) as opened,
    ):
        yield opened


@contextmanager
def at(twilio: Twilio, instant: datetime) -> Iterator[Twilio]:
    """Yield what asks webhooks whose law's clock stands still."""
    app = Flask("standing")
    here = webhooks.Webhooks(replace(twilio.engine, clock=lambda: instant))
    app.register_blueprint(webhooks.blueprint_of(here))
    with app.test_client() as client:
        yield replace(twilio, client=client)
    here.effects.close()


def pressing(twilio: Twilio, *keys: str) -> Any:
    """Return the document after *keys*."""
    document = twilio.words(twilio.addresses.answer("tw", twilio.call_id))
    for key in keys:
        document = twilio.words(onward(document), Digits=key)
    return document


def basics(index: int) -> dict[str, str]:
    return {"AccountSid": ACCOUNT, "CallSid": a_sid(index), "From": SHOWN, "To": CALLEE}


def test_a_key_plays_the_operators_prompt_and_says_which(twilio: Twilio) -> None:
    document = pressing(twilio, "2")
    assert prompts(document, twilio.addresses) == [Recorded(a_recording("horaires").sha256)]
    told = twilio.told()[-1].detail
    assert (told["prompt"], told["played_sha256"]) == (
        "horaires",
        a_recording("horaires").sha256,
    )


def test_a_wish_to_be_called_back_is_kept_once(twilio: Twilio) -> None:
    wish = onward(pressing(twilio))
    for _ in range(2):
        twilio.words(wish, Digits="3")
    assert kinds(twilio.house).count("call_me_back") == 1


def test_nine_opts_out_from_every_prompt(twilio: Twilio) -> None:
    pressing(twilio, "2", "9")
    assert twilio.is_suppressed()


def test_a_transfer_is_in_the_journal_before_it_is_asked_for(twilio: Twilio) -> None:
    document = pressing(twilio, "2", "4", "")
    dial = document.find("Dial")
    assert dial is not None
    assert [number.text for number in dial] == [TARGET]
    assert dial.get("callerId") == SHOWN
    assert "transferred" in kinds(twilio.house)
    talked = {"DialCallStatus": "completed", "DialCallDuration": "42"}
    over = [twilio.words(onward(document), **talked) for _ in range(2)]
    assert [prompt.tag for prompt in over[0].iter()] == [prompt.tag for prompt in over[1].iter()]
    parted = [entry["detail"] for entry in entries(twilio.house) if entry["kind"] == "parted"]
    assert [(one["came_to"], one["talked_s"]) for one in parted] == [("talked", 42)]


def test_who_is_not_answered_hears_so(twilio: Twilio) -> None:
    document = pressing(twilio, "2", "4", "")
    document = twilio.words(onward(document), DialCallStatus="no-answer")
    assert twilio.told()[-1].detail["node"] == "not_connected.1"
    assert document.find("Dial") is None


def test_a_transfer_asked_for_again_is_the_same_transfer(twilio: Twilio) -> None:
    """The network did not hear our answer: the callee is connected all the same, once."""
    asking = onward(pressing(twilio, "2", "4"))
    documents = [twilio.words(asking) for _ in range(3)]
    assert [document.find("Dial") is not None for document in documents] == [True] * 3
    assert kinds(twilio.house).count("transferred") == 1


def test_transfers_leave_at_the_routes_pace_and_nine_is_heard_meanwhile(twilio: Twilio) -> None:
    """The route places a call a second: a second callee waits, and is asked again."""
    addresses = [onward(pressing(replace(twilio, basics=basics(n)), "2", "4")) for n in (1, 2)]
    first, second = (
        replace(twilio, basics=basics(n)).words(address)
        for n, address in enumerate(addresses, start=1)
    )
    assert first.find("Dial") is not None
    assert [element.tag for element in second] == ["Gather"]
    assert kinds(twilio.house).count("transferred") == 1
    replace(twilio, basics=basics(2)).words(onward(second), Digits="9")
    assert twilio.is_suppressed()


def test_a_transfer_that_was_refused_stays_refused(twilio: Twilio) -> None:
    asking = onward(pressing(twilio, "2", "4"))
    operations.stop(twilio.engine, at=OPEN)
    assert twilio.words(asking).find("Dial") is None
    operations.restart(twilio.engine, at=OPEN)
    assert twilio.words(asking).find("Dial") is None
    assert "transferred" not in kinds(twilio.house)


def test_nobody_is_connected_while_everything_is_stopped(twilio: Twilio) -> None:
    operations.stop(twilio.engine, at=OPEN)
    document = pressing(twilio, "2", "4", "")
    assert document.find("Dial") is None
    assert "transferred" not in kinds(twilio.house)


def test_outside_the_hours_nobody_is_rung(store: SqlStore, store_url: str, tmp_path: Path) -> None:
    with (
        asked_by_twilio(store, store_url, tmp_path, scenario=SOURCE) as twilio,
        at(twilio, CLOSED) as closed,
    ):
        document = pressing(closed, "2", "4", "", "")
    assert document.find("Dial") is None
