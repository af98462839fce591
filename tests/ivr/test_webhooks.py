"""Twilio's requests, signed and not: what is believed, what is answered, what is committed."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine import operations
from engine.addresses import Recorded, Worded
from engine.interfaces import Route
from engine.store import SqlStore
from tests.engine.operating import a_recording, entries, kinds
from tests.ivr.webhooking import (
    ACCOUNT,
    CALLEE,
    PUBLIC,
    SHARED,
    SHOWN,
    SID,
    Twilio,
    a_sid,
    asked_by_twilio,
    onward,
    path_of,
    prompts,
    signature,
)


@pytest.fixture
def twilio(store: SqlStore, store_url: str, tmp_path: Path) -> Iterator[Twilio]:
    with asked_by_twilio(store, store_url, tmp_path) as twilio:
        yield twilio


@pytest.fixture
def sync_twilio(store: SqlStore, store_url: str, tmp_path: Path) -> Iterator[Twilio]:
    with asked_by_twilio(store, store_url, tmp_path, amd="sync") as twilio:
        yield twilio


def first(twilio: Twilio) -> str:
    return twilio.addresses.answer("tw", twilio.call_id)


def tags(document: Any) -> list[str]:
    return [element.tag for element in document.iter()][1:]


def test_a_person_hears_the_announcement_at_once(twilio: Twilio) -> None:
    document = twilio.words(first(twilio))
    assert tags(document) == ["Gather", "Play"]
    assert prompts(document, twilio.addresses) == [Recorded(a_recording("person").sha256)]
    (report,) = twilio.told()
    assert report.key == f"{SID}:turn:0"
    assert report.detail["node"] == "to_somebody"
    assert report.detail["played_sha256"] == a_recording("person").sha256


def test_nine_is_committed_before_it_is_confirmed(twilio: Twilio) -> None:
    document = twilio.words(onward(twilio.words(first(twilio))), Digits="9")
    assert twilio.is_suppressed()
    (said,) = prompts(document, twilio.addresses)
    assert isinstance(said, Worded)
    assert said.text.startswith("C'est noté. Lumière du Midi")
    assert tags(document) == ["Play", "Redirect", "Hangup"]
    assert twilio.told()[-1].detail["came_to"] == "opted_out"
    assert tags(twilio.words(onward(document))) == ["Hangup"]


def test_played_to_the_end_is_known_before_the_time_for_a_key_is_over(twilio: Twilio) -> None:
    rest = twilio.words(onward(twilio.words(first(twilio))), Digits="")
    assert tags(rest) == ["Gather"]
    assert twilio.told()[-1].detail["came_to"] == "deposited_unconfirmed"
    reminder = twilio.words(onward(rest))
    assert [str(sound) for sound in prompts(reminder, twilio.addresses)] != []
    assert twilio.told()[-1].detail["node"] == "again_1"


def test_while_no_verdict_is_told_the_call_is_not_hung_up_on(twilio: Twilio) -> None:
    document = twilio.words(first(twilio))
    for _ in range(8):
        document = twilio.words(onward(document), Digits="")
        assert "Hangup" not in tags(document)
    assert twilio.told()[-1].detail["node"] == "waiting"


@pytest.mark.parametrize(("answered_by", "node"), [("human", "goodbye"), ("unknown", "goodbye")])
def test_the_verdict_ends_the_wait(twilio: Twilio, answered_by: str, node: str) -> None:
    document = twilio.words(first(twilio))
    for _ in range(5):
        document = twilio.words(onward(document))
    told = twilio.ask(twilio.addresses.verdict("tw", twilio.call_id), AnsweredBy=answered_by)
    assert told.status_code == 204
    document = twilio.words(onward(document))
    assert twilio.told()[-1].detail["node"] == node
    assert tags(twilio.words(onward(document))) == ["Hangup"]


def test_a_fax_is_not_talked_to(twilio: Twilio) -> None:
    document = twilio.words(first(twilio))
    twilio.ask(twilio.addresses.verdict("tw", twilio.call_id), AnsweredBy="fax")
    assert tags(twilio.words(onward(document))) == ["Hangup"]
    assert twilio.told()[-1].detail["node"] == "fax"


def test_a_redirected_call_leaves_the_machines_variant(twilio: Twilio) -> None:
    address = twilio.addresses.answer("tw", twilio.call_id, "to_machine", 1000)
    document = twilio.words(address)
    assert prompts(document, twilio.addresses) == [Recorded(a_recording("machine").sha256)]
    assert tags(twilio.words(onward(document))) == ["Hangup"]
    assert twilio.told()[-1].detail["came_to"] == "deposited"
    assert twilio.told()[-1].key == f"{SID}:turn:1001"


@pytest.mark.parametrize(
    ("answered_by", "node", "heard"),
    [
        ("human", "to_person", "person"),
        ("machine_end_beep", "to_machine", "beep"),
        ("machine_end_silence", "to_mute_machine", "greeting_over"),
        ("machine_end_other", "to_mute_machine", "greeting_over"),
        ("fax", "fax", "fax"),
        ("unknown", "to_somebody", "unsure"),
        ("<Say>", "to_somebody", "unsure"),
    ],
)
def test_who_answered_may_come_with_the_first_request(
    sync_twilio: Twilio, answered_by: str, node: str, heard: str
) -> None:
    sync_twilio.words(first(sync_twilio), AnsweredBy=answered_by)
    told = {report.kind.value: report.detail for report in sync_twilio.told()}
    assert told["turn"]["node"] == node
    assert told["verdict"]["heard"] == heard


def test_the_same_request_again_changes_nothing(twilio: Twilio) -> None:
    nine = onward(twilio.words(first(twilio)))
    confirmed = twilio.ask(nine, Digits="9").data
    before = len(entries(twilio.house))
    assert tags(twilio.words(first(twilio))) == ["Gather", "Play"]
    assert twilio.ask(nine, Digits="9").data == confirmed
    assert len(entries(twilio.house)) == before
    assert len(twilio.told()) == 2


@pytest.mark.parametrize("digits", ["٩", "nine", "99", "<Say>9</Say>", "9\0", " 9"])
def test_digits_that_are_no_key_opt_nobody_out(twilio: Twilio, digits: str) -> None:
    document = twilio.words(onward(twilio.words(first(twilio))), Digits=digits)
    assert not twilio.is_suppressed()
    assert twilio.told()[-1].detail["node"] == "wrong_1"
    assert "Hangup" not in tags(document)


def test_an_address_serves_the_call_it_was_given_to_and_no_other(twilio: Twilio) -> None:
    address = onward(twilio.words(first(twilio)))
    assert twilio.ask(address, Digits="9", CallSid=a_sid(7)).status_code == 403
    assert not twilio.is_suppressed()


def test_a_call_sid_that_is_not_the_calls_is_refused(twilio: Twilio) -> None:
    operations.bind(twilio.engine, twilio.call_id, a_sid(7))
    assert twilio.ask(first(twilio)).status_code == 403
    assert twilio.told() == []


def status(twilio: Twilio, **fields: str) -> int:
    told = {"CallStatus": "completed", "SequenceNumber": "3", "CallDuration": "21", **fields}
    return twilio.ask(twilio.addresses.status("tw", twilio.call_id), **told).status_code


def test_a_status_is_committed_once_however_often_it_comes(twilio: Twilio) -> None:
    assert [status(twilio) for _ in range(3)] == [204] * 3
    (report,) = twilio.told()
    assert (report.key, report.detail["duration_s"]) == (f"{SID}:3", 21)


@pytest.mark.parametrize(
    "fields",
    [
        {"CallStatus": "<b>"},
        {"SequenceNumber": "-1"},
        {"SequenceNumber": "٣"},
        {"CallSid": "CA1"},
        {"CallStatus": ""},
    ],
)
def test_a_status_that_says_nothing_changes_nothing(twilio: Twilio, fields: dict[str, str]) -> None:
    assert status(twilio, **fields) == 204
    assert twilio.told() == []


def test_a_failure_is_told_by_its_code(twilio: Twilio) -> None:
    status(twilio, CallStatus="failed", SipResponseCode="404", CallDuration="0")
    (report,) = twilio.told()
    assert report.detail["outcome"] == "invalid_number"


@pytest.mark.parametrize(("code", "outcome"), [("486", "busy"), ("603", "rejected")])
def test_what_was_declined_is_not_busy(twilio: Twilio, code: str, outcome: str) -> None:
    status(twilio, CallStatus="busy", SipResponseCode=code, CallDuration="0")
    (report,) = twilio.told()
    assert report.detail["outcome"] == outcome


def test_a_shared_key_signs_with_sha256(twilio: Twilio) -> None:
    address = twilio.addresses.status("tw", twilio.call_id)
    fields = {"CallStatus": "ringing", "SequenceNumber": "1"}
    right = twilio.ask(address, token=SHARED, algorithm="HMAC_SHA256", **fields)
    assert right.status_code == 204
    for algorithm in ("HMAC_SHA1", "HMAC_MD5", "none"):
        wrong = twilio.ask(address, token="", algorithm="HMAC_SHA256", **fields)
        assert wrong.status_code == 403, algorithm


def test_the_signature_covers_the_public_address_whatever_the_host_says(twilio: Twilio) -> None:
    address = first(twilio)
    signed = signature(address, twilio.basics)
    answer = twilio.client.post(
        path_of(address),
        data=twilio.basics,
        headers={
            "X-Twilio-Signature": signed,
            "Host": "evil.example:81",
            "X-Forwarded-Proto": "ftp",
            "X-Forwarded-Host": "other.example",
        },
    )
    assert answer.status_code == 200


EVERY = ["answer", "status", "verdict", "call", "message"]


def address_of(twilio: Twilio, what: str) -> str:
    addresses = twilio.addresses
    if what in ("answer", "status", "verdict"):
        return str(getattr(addresses, what)("tw", twilio.call_id))
    return addresses.inbound("tw") if what == "call" else addresses.message("tw")


def changes(twilio: Twilio) -> tuple[object, ...]:
    return (kinds(twilio.house), twilio.told(), twilio.is_suppressed())


@pytest.mark.parametrize("what", EVERY)
def test_an_unsigned_request_changes_nothing(twilio: Twilio, what: str) -> None:
    address, before = address_of(twilio, what), changes(twilio)
    fields = {
        **twilio.basics,
        "Digits": "9",
        "Body": "STOP",
        "CallStatus": "completed",
        "SequenceNumber": "1",
        "AnsweredBy": "fax",
    }
    for headers in ({}, {"X-Twilio-Signature": ""}, {"X-Twilio-Signature": "é"}):
        answer = twilio.client.post(path_of(address), data=fields, headers=headers)
        assert answer.status_code == 403
    assert twilio.client.get(path_of(address)).status_code == 405
    assert changes(twilio) == before


@pytest.mark.parametrize("what", EVERY)
def test_a_tampered_field_breaks_the_signature(twilio: Twilio, what: str) -> None:
    address = address_of(twilio, what)
    signed = signature(address, twilio.basics)
    headers = {"X-Twilio-Signature": signed}
    for changed in ({"To": "+33611111111"}, {"Digits": "9"}, {"ForwardedFrom": "1"}):
        tampered = {**twilio.basics, **changed}
        answer = twilio.client.post(path_of(address), data=tampered, headers=headers)
        assert answer.status_code == 403
    stripped = {name: text for name, text in twilio.basics.items() if text}
    answer = twilio.client.post(
        path_of(address) + "?state=opted_out", data=stripped, headers=headers
    )
    assert answer.status_code == 403


def test_a_json_body_is_covered_by_its_hash_or_not_believed(twilio: Twilio) -> None:
    address = twilio.addresses.status("tw", twilio.call_id)
    body = '{"CallStatus": "completed"}'
    bare = signature(address, {})
    answer = twilio.client.post(
        path_of(address),
        data=body,
        content_type="application/json",
        headers={"X-Twilio-Signature": bare},
    )
    assert answer.status_code == 403


def test_another_account_is_refused(twilio: Twilio) -> None:
    assert status(twilio, AccountSid="AC" + "f" * 32) == 403
    assert twilio.told() == []


def test_what_is_too_long_is_refused_unread(twilio: Twilio) -> None:
    for what in EVERY:
        answer = twilio.ask(address_of(twilio, what), Body="x" * 70_000)
        assert answer.status_code == 413


def test_a_token_of_elsewhere_and_a_route_of_nobody_are_not_found(twilio: Twilio) -> None:
    address = f"{PUBLIC}/carriers/twilio/tw/status/NQ.xxxx"
    assert twilio.ask(address).status_code == 404
    for route in ("sandbox", "nobody"):
        assert twilio.ask(twilio.addresses.status(route, twilio.call_id)).status_code == 404


def test_no_call_is_answered_over_another_route(twilio: Twilio, store: SqlStore) -> None:
    with store.write() as unit:
        known = unit.setup.route("tw")
        assert known is not None
        unit.setup.add_route(Route("tw2", "twilio", known.settings))
    document = twilio.words(twilio.addresses.answer("tw2", twilio.call_id))
    assert tags(document) == ["Hangup"]


def test_the_last_resort_needs_nothing(twilio: Twilio) -> None:
    for ask in (twilio.client.get, twilio.client.post):
        answer = ask("/carriers/twilio/nobody/fallback")
        assert (answer.status_code, answer.mimetype) == (200, "text/xml")
        assert b"<Response><Hangup/></Response>" in answer.data


def test_a_sound_is_served_whole_once_and_by_its_hash(twilio: Twilio) -> None:
    approved = a_recording("person")
    (play,) = twilio.words(first(twilio)).iter("Play")
    answer = twilio.client.get(path_of(play.text or ""))
    assert (answer.status_code, answer.mimetype) == (200, "audio/wav")
    assert answer.data.endswith(approved.alaw)
    assert answer.get_etag() == (approved.sha256, False)
    assert "max-age=" in answer.headers["Cache-Control"]
    again = twilio.client.get(
        path_of(play.text or ""), headers={"If-None-Match": answer.headers["ETag"]}
    )
    assert (again.status_code, again.data) == (304, b"")
    head = twilio.client.head(path_of(play.text or ""))
    assert (head.status_code, head.data) == (200, b"")
    assert head.content_length == len(answer.data)


def test_a_sound_that_nobody_signed_or_that_expired_is_not_served(twilio: Twilio) -> None:
    old = twilio.addresses.sound("tw", Recorded("ab"), datetime(2020, 1, 1, tzinfo=UTC))
    assert twilio.client.get(path_of(old)).status_code == 410
    assert twilio.client.get("/carriers/twilio/tw/sound/abc.wav").status_code == 404
    missing = twilio.addresses.sound("tw", Recorded("ab"), datetime.now(UTC))
    assert twilio.client.get(path_of(missing)).status_code == 404


def test_who_calls_back_opts_out_at_the_key(twilio: Twilio) -> None:
    called = {"From": "+33712345678", "To": SHOWN}
    document = twilio.words(twilio.addresses.inbound("tw"), **called)
    document = twilio.words(onward(document), Digits="9", **called)
    assert twilio.is_suppressed("+33712345678")
    assert tags(document) == ["Play", "Redirect", "Hangup"]


def test_a_call_back_is_in_the_journal_once(twilio: Twilio) -> None:
    called = {"From": "+33712345678", "To": SHOWN}
    for _ in range(2):
        twilio.words(twilio.addresses.inbound("tw"), **called)
    assert kinds(twilio.house).count("called_back") == 1


@pytest.mark.parametrize("caller", ["anonymous", "+266696687", "", "Restricted", "0612345678"])
def test_a_withheld_number_is_keyed_and_stands_in_no_address(twilio: Twilio, caller: str) -> None:
    called = {"From": caller, "To": SHOWN}
    document = twilio.words(twilio.addresses.inbound("tw"), **called)
    document = twilio.words(onward(document), Digits="0612345678", **called)
    assert "612345678" not in onward(document)
    assert len(list(document.iter("Play"))) == 3
    twilio.words(onward(document), Digits="1", **called)
    assert twilio.is_suppressed("+33612345678")
    assert "612345678" not in str(entries(twilio.house))


def test_whoever_rings_a_number_of_nobody_is_let_go(twilio: Twilio) -> None:
    document = twilio.words(twilio.addresses.inbound("tw"), From=CALLEE, To="+33162999999")
    assert tags(document) == ["Hangup"]


def test_a_stop_by_text_opts_out_and_is_confirmed_once(twilio: Twilio) -> None:
    said = {"From": "+33712345678", "To": SHOWN, "Body": "Arrêtez SVP."}
    (message,) = twilio.words(twilio.addresses.message("tw"), **said)
    assert message.text == "C'est noté : Lumière du Midi ne vous appellera plus."
    assert twilio.is_suppressed("+33712345678")
    assert tags(twilio.words(twilio.addresses.message("tw"), **said)) == []


def test_where_twilio_has_answered_a_stop_we_do_not(twilio: Twilio) -> None:
    said = {"From": "+33712345678", "To": SHOWN, "Body": "END", "OptOutType": "STOP"}
    assert tags(twilio.words(twilio.addresses.message("tw"), **said)) == []
    assert twilio.is_suppressed("+33712345678")


def test_any_other_text_is_left_without_an_answer(twilio: Twilio) -> None:
    said = {"From": "+33712345678", "To": SHOWN, "Body": "À quelle heure ouvrez-vous ?"}
    assert tags(twilio.words(twilio.addresses.message("tw"), **said)) == []
    assert not twilio.is_suppressed("+33712345678")


ODD = st.one_of(st.text(), st.sampled_from([SID, "9", "completed", ACCOUNT, "STOP", "\0", "𝟗"]))
FIELDS = """Digits CallSid CallStatus SequenceNumber AnsweredBy From To Body DialCallStatus
AccountSid SipResponseCode OptOutType CallDuration"""
NAMES = st.sampled_from(FIELDS.split())
LIVELY = settings(
    max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None
)


@LIVELY
@given(
    what=st.sampled_from(EVERY),
    body=st.binary(max_size=300),
    content_type=st.sampled_from(
        ["application/x-www-form-urlencoded", "application/json", "multipart/form-data", "a/b", ""]
    ),
    proof=st.text(st.characters(min_codepoint=32, max_codepoint=255), max_size=40),
    query=st.text(st.characters(min_codepoint=33, max_codepoint=126), max_size=40),
)
def test_nothing_unsigned_is_believed_or_breaks_us(
    twilio: Twilio, what: str, body: bytes, content_type: str, proof: str, query: str
) -> None:
    before = twilio.told()
    answer = twilio.client.post(
        path_of(address_of(twilio, what)) + "?" + query.replace("#", ""),
        data=body,
        content_type=content_type,
        headers={"X-Twilio-Signature": proof},
    )
    assert 400 <= answer.status_code < 500
    assert twilio.told() == before


@LIVELY
@given(what=st.sampled_from(EVERY), fields=st.dictionaries(NAMES, ODD))
def test_no_signed_field_whatever_breaks_us(
    twilio: Twilio, what: str, fields: dict[str, str]
) -> None:
    answer = twilio.ask(address_of(twilio, what), **fields)
    assert answer.status_code in (200, 204, 403)
