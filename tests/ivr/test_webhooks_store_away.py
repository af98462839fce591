"""A store that goes away costs a callee nothing: not the 9, not the conversation."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from flask import Flask

from engine import operations
from engine.addresses import Recorded, Worded
from engine.store import SqlStore
from ivr import webhooks
from ivr.speakers import Speaker, Speakers
from ivr.spool import Spool
from tests.engine.operating import OPEN, kinds
from tests.engine.scenario.writing import SOURCE
from tests.ivr.test_store_away import AbsentStore
from tests.ivr.webhooking import CALLEE, SHOWN, Twilio, asked_by_twilio, onward, prompts


@dataclass(frozen=True, slots=True)
class Cut:
    """The webhooks on a store that can go away."""

    twilio: Twilio
    store: AbsentStore
    here: webhooks.Webhooks

    @property
    def spool(self) -> Spool:
        return Spool(self.twilio.folder / "opt_outs.spool")

    @contextmanager
    def away(self) -> Iterator[None]:
        self.store.is_away = True
        yield
        self.store.is_away = False


def a_speaker(asked: Twilio) -> Speaker:
    """Return who speaks in the call, as the process that placed it knows."""
    known = Speakers(asked.house).of_call(asked.call_id)
    assert known is not None
    return known[0]


@pytest.fixture
def cut(store: SqlStore, store_url: str, tmp_path: Path) -> Iterator[Cut]:
    with asked_by_twilio(store, store_url, tmp_path, scenario=SOURCE) as twilio:
        absent = AbsentStore(store.database)
        app = Flask("cut")
        here = webhooks.Webhooks(replace(twilio.engine, store=absent, clock=lambda: OPEN))
        app.register_blueprint(webhooks.blueprint_of(here))
        with app.test_client() as client:
            yield Cut(replace(twilio, client=client), absent, here)
        here.effects.close()


def test_nine_is_kept_on_disk_and_confirmed(cut: Cut) -> None:
    asked = cut.twilio
    address = onward(asked.words(asked.addresses.answer("tw", asked.call_id)))
    with cut.away():
        document = asked.words(address, Digits="9")
        assert not cut.spool.is_empty
    (said,) = prompts(document, asked.addresses)
    assert isinstance(said, Worded)
    assert said.text.startswith("C'est noté. Lumière du Midi")


def test_what_was_kept_is_delivered_once_the_store_is_back(cut: Cut) -> None:
    asked = cut.twilio
    address = onward(asked.words(asked.addresses.answer("tw", asked.call_id)))
    with cut.away():
        asked.words(address, Digits="9")
    assert cut.here.effects.deliver()
    assert cut.spool.is_empty
    assert asked.is_suppressed()
    assert [report.detail["node"] for report in asked.told()] == ["to_somebody", "opted_out"]


def test_a_wish_to_be_called_back_outlasts_the_store(cut: Cut) -> None:
    asked = cut.twilio
    address = onward(asked.words(asked.addresses.answer("tw", asked.call_id)))
    with cut.away():
        asked.words(address, Digits="3")
        assert not cut.here.effects.deliver()
    assert cut.here.effects.deliver()
    assert kinds(asked.house).count("call_me_back") == 1
    assert [report.detail["node"] for report in asked.told()] == ["to_somebody", "call_me_back"]


def test_the_end_of_a_transfer_outlasts_the_store(cut: Cut) -> None:
    asked = cut.twilio
    document = asked.words(asked.addresses.answer("tw", asked.call_id))
    for key in ("2", "4", ""):
        document = asked.words(onward(document), Digits=key)
    assert document.find("Dial") is not None
    with cut.away():
        asked.words(onward(document), DialCallStatus="completed", DialCallDuration="42")
    assert cut.here.effects.deliver()
    assert kinds(asked.house).count("parted") == 1


def test_the_flow_goes_on_from_what_the_address_remembers(cut: Cut) -> None:
    asked = cut.twilio
    document = asked.words(asked.addresses.answer("tw", asked.call_id))
    with cut.away():
        for _ in range(6):
            document = asked.words(onward(document))
        assert document.find("Gather") is not None


def test_a_call_that_begins_without_the_store_hears_who_calls_and_can_object(cut: Cut) -> None:
    asked = cut.twilio
    about = a_speaker(asked).to_text()
    status = {"CallStatus": "ringing", "SequenceNumber": "0"}
    asked.ask(asked.addresses.status("tw", asked.call_id), **status)  # the route is known by now
    with cut.away():
        document = asked.words(asked.addresses.answer("tw", asked.call_id, about=about))
        assert prompts(document, asked.addresses) == [Recorded(a_speaker(asked).person)]
        asked.words(onward(document), Digits="9")
    assert cut.here.effects.deliver()
    assert asked.is_suppressed()
    nodes = [report.detail.get("node") for report in asked.told()]
    assert nodes == [None, "to_somebody", "opted_out"]


def test_what_an_address_remembers_makes_no_call_another_one(cut: Cut) -> None:
    asked = cut.twilio
    about = a_speaker(asked).to_text()
    assert operations.bind(asked.house, asked.call_id, "CA" + "9" * 32)
    address = asked.addresses.answer("tw", asked.call_id, about=about)
    assert asked.ask(address).status_code == 403


def test_a_call_of_which_nothing_is_known_ends_without_a_word(cut: Cut) -> None:
    asked = cut.twilio
    assert asked.ask(asked.addresses.fallback("tw")).status_code == 200
    status = {"CallStatus": "ringing", "SequenceNumber": "0"}
    asked.ask(asked.addresses.status("tw", asked.call_id), **status)  # the route is known by now
    with cut.away():
        document = asked.words(asked.addresses.answer("tw", asked.call_id))
        assert [element.tag for element in document] == ["Hangup"]


def test_a_report_that_was_not_committed_is_not_acknowledged(cut: Cut) -> None:
    asked = cut.twilio
    address = asked.addresses.status("tw", asked.call_id)
    assert asked.ask(address, CallStatus="ringing", SequenceNumber="0").status_code == 204
    with cut.away():
        refused = asked.ask(address, CallStatus="completed", SequenceNumber="1")
        assert refused.status_code == 503
    assert [report.key[-1] for report in asked.told()] == ["0"]
    assert asked.ask(address, CallStatus="completed", SequenceNumber="1").status_code == 204


def test_a_stop_by_text_is_told_again_when_the_sender_cannot_be_found_out(cut: Cut) -> None:
    asked = cut.twilio
    said = {"From": CALLEE, "To": SHOWN, "Body": "STOP"}
    status = {"CallStatus": "ringing", "SequenceNumber": "0"}
    asked.ask(asked.addresses.status("tw", asked.call_id), **status)
    with cut.away():
        assert asked.ask(asked.addresses.message("tw"), **said).status_code == 503
    asked.words(asked.addresses.message("tw"), **said)
    assert asked.is_suppressed()
