from hashlib import sha256

import pytest

from engine.sandbox.twilio import Call, TwilioDouble, WebAnswer
from engine.sandbox.twilio.sounds import playable
from tests.engine.sandbox.twilio.ours import (
    BASE,
    SHOWN,
    Ours,
    Request,
    a_double,
    a_drop,
    a_sound,
    place,
    sound,
    with_async_amd,
    xml,
)


@pytest.fixture
def ours() -> Ours:
    ours = Ours()
    a_drop(ours)
    return ours


def talk(ours: Ours, verbs: str | WebAnswer, ending: str = "00") -> tuple[TwilioDouble, Call]:
    """Let a call get *verbs* for its first document."""
    ours.at["/answer"] = xml(verbs) if isinstance(verbs, str) else verbs
    double = a_double(ours)
    call = place(double, ending)
    double.settle()
    return double, call


def spans(call: Call) -> list[tuple[float, float]]:
    return [(round(each.began_s, 2), round(each.ended_s, 2)) for each in call.heard]


def test_a_sound_lasts_as_long_as_its_samples(ours: Ours) -> None:
    _, call = talk(ours, "<Play>/machine.wav</Play><Pause length='3'/><Play>/bye.wav</Play>")
    assert spans(call) == [(0.02, 10.02), (13.02, 14.02)]
    assert call.ended_by == "twiml"


def test_a_sound_is_named_by_the_bytes_that_were_approved(ours: Ours) -> None:
    samples = a_sound(10.0)[-80_000:]
    assert playable("audio/wav", a_sound(10.0)).alaw_sha256 == sha256(samples).hexdigest()
    assert playable("audio/wav", a_sound(10.0, "PCM_16")).alaw_sha256 == ""
    _, call = talk(ours, "<Play>/machine.wav</Play>")
    assert call.heard[0].alaw_sha256 == sha256(samples).hexdigest()
    assert call.heard[0].sha256 == sha256(a_sound(10.0)).hexdigest()


def test_a_loop_plays_so_many_times(ours: Ours) -> None:
    _, call = talk(ours, '<Play loop="3">/bye.wav</Play>')
    assert len(call.heard) == 3


def test_loop_zero_plays_until_the_callee_leaves(ours: Ours) -> None:
    _, call = talk(ours, '<Play loop="0">/bye.wav</Play>', "05")
    assert call.ended_by == "callee"
    assert len(call.heard) == 4


def test_what_is_said_is_counted(ours: Ours) -> None:
    _, call = talk(ours, "<Say>Bonjour.</Say>")
    assert call.said == ["Bonjour."]


def test_text_that_is_no_twiml_is_read_aloud(ours: Ours) -> None:
    _, call = talk(ours, WebAnswer(200, {"Content-Type": "text/plain"}, b"Internal error"))
    assert call.said == ["Internal error"]


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (WebAnswer(500), 11200),
        (WebAnswer(404), 11200),
        (WebAnswer(200, {"Content-Type": "text/html"}, b"<html><body/></html>"), 12100),
        (WebAnswer(200, {"Content-Type": "text/xml"}, b"<Response>"), 12100),
        (WebAnswer(200, {"Content-Type": "application/json"}, b"{}"), 12300),
        (WebAnswer(204), 12300),
    ],
)
def test_what_is_no_document_is_an_error_that_the_callee_hears(
    ours: Ours, answer: WebAnswer, code: int
) -> None:
    _, call = talk(ours, answer)
    assert [each.code for each in call.alarms] == [code]
    assert [each.verb for each in call.heard] == ["error"]


@pytest.mark.parametrize(
    "answer",
    [
        WebAnswer(404),
        WebAnswer(200, {"Content-Type": "text/xml"}, b"<Response/>"),
        WebAnswer(200, {"Content-Type": "audio/wav"}, b"RIFF of nothing"),
    ],
)
def test_a_sound_that_cannot_be_played_is_an_error_too(ours: Ours, answer: WebAnswer) -> None:
    ours.at["/machine.wav"] = answer
    _, call = talk(ours, "<Play>/machine.wav</Play>")
    assert [each.verb for each in call.heard] == ["error"]


def test_a_sound_is_kept_by_its_etag(ours: Ours) -> None:
    def answer(request: Request) -> WebAnswer:
        if request.headers.get("If-None-Match") == '"one"':
            return WebAnswer(304, {"ETag": '"one"'})
        fresh = sound(1.0)
        return WebAnswer(200, {**fresh.headers, "ETag": '"one"'}, fresh.body)

    ours.at["/bye.wav"] = answer
    double, first = talk(ours, "<Play>/bye.wav</Play>")
    second = place(double)
    double.settle()
    assert [each.headers.get("If-None-Match") for each in ours.asked_at("/bye.wav")] == [
        None,
        '"one"',
    ]
    assert first.heard[0].sha256 == second.heard[0].sha256


def test_a_key_interrupts_what_a_gather_says(ours: Ours) -> None:
    _, call = talk(
        ours, '<Gather numDigits="1" action="/pressed"><Play>/person.wav</Play></Gather>', "01"
    )
    assert spans(call)[0] == (0.02, 6.0)
    assert ours.asked_at("/pressed")[0].form["Digits"] == "9"


def test_a_gather_without_a_key_falls_through(ours: Ours) -> None:
    _, call = talk(
        ours,
        '<Gather timeout="3" action="/pressed"><Play>/bye.wav</Play></Gather><Play>/bye.wav</Play>',
    )
    assert spans(call) == [(0.02, 1.02), (4.02, 5.02)]
    assert not ours.asked_at("/pressed")


def test_an_empty_result_is_told_when_asked_for(ours: Ours) -> None:
    _, call = talk(ours, '<Gather timeout="3" action="/pressed" actionOnEmptyResult="true"/>')
    assert ours.asked_at("/pressed")[0].form["Digits"] == ""
    assert call.duration_s == pytest.approx(3.04)


def test_a_gather_without_an_action_asks_its_own_document_again(ours: Ours) -> None:
    talk(ours, '<Gather numDigits="1" timeout="20"/>', "04")
    assert [each.form.get("Digits") for each in ours.asked_at("/answer")] == [None, "5", "7"]


def test_a_key_that_ends_is_no_digit_unless_it_is_given_up(ours: Ours) -> None:
    double = a_double(ours)
    ours.at["/inbound"] = xml('<Gather timeout="9" action="/a"/>')
    double.rings("+33612345678", SHOWN, keys="12#", key_after_s=1)
    double.settle()
    asked = ours.asked_at("/a")[0].form
    assert (asked["Digits"], asked["FinishedOnKey"]) == ("12", "#")
    ours.at["/inbound"] = xml('<Gather timeout="9" finishOnKey="" numDigits="1" action="/b"/>')
    double.rings("+33612345678", SHOWN, keys="#", key_after_s=1)
    double.settle()
    assert ours.asked_at("/b")[0].form["Digits"] == "#"


def test_addresses_are_relative_to_the_document(ours: Ours) -> None:
    ours.at["/deep/elsewhere"] = xml("<Hangup/>")
    double = a_double(ours)
    ours.at["/deep/answer"] = xml('<Redirect method="GET">elsewhere?a=1</Redirect>')
    place(double, url=f"{BASE}/deep/answer?b=2")
    double.settle()
    (asked,) = ours.asked_at("/deep/elsewhere")
    assert asked.method == "GET"
    assert asked.url.startswith(f"{BASE}/deep/elsewhere?a=1&CallSid=")


def test_an_endless_redirect_ends_with_the_calls_time(ours: Ours) -> None:
    ours.at["/answer"] = xml("<Redirect/>")
    double = a_double(ours)
    call = place(double, time_limit=5)
    double.settle()
    assert (call.ended_by, call.duration_s) == ("limit", 5.0)


def test_the_api_lets_a_call_go_on_elsewhere(ours: Ours) -> None:
    double = a_double(ours)
    call = place(double, "00")
    double.advance(5.0)
    double.client().calls(call.sid).update(url=f"{BASE}/machine")
    double.settle()
    assert [each.what for each in call.heard] == [f"{BASE}/person.wav", f"{BASE}/machine.wav"]
    assert [each.to_its_end for each in call.heard] == [False, True]


@pytest.mark.parametrize(
    ("number", "status", "attributes"),
    [
        ("+33162009900", "completed", ""),
        ("+33162009924", "busy", ""),
        ("+33162009925", "no-answer", 'timeout="5"'),
        ("+33162009927", "failed", ""),
        ("+12025550100", "failed", ""),
        ("+33162009900", "failed", 'callerId="+33611111111"'),
    ],
)
def test_a_transfer_tells_how_it_went(
    ours: Ours, number: str, status: str, attributes: str
) -> None:
    ours.at["/after"] = xml("<Hangup/>")
    dial = f'<Dial action="/after" {attributes}><Number>{number}</Number></Dial>'
    double, call = talk(ours, dial)
    told = ours.asked_at("/after")[0].form
    assert told["DialCallStatus"] == status
    children = [each for each in double.calls.values() if each.parent_sid == call.sid]
    assert [each.status for each in children] == [status] * bool(told.get("DialCallSid"))
    expected = {"+12025550100": [13227]}.get(number, [13247] if "callerId" in attributes else None)
    if expected:
        assert [each.code for each in call.alarms] == expected


def test_a_transfer_ends_at_its_limit_and_with_the_call(ours: Ours) -> None:
    ours.at["/after"] = xml("<Hangup/>")
    dial = '<Dial action="/after" timeLimit="7"><Number>+33162009900</Number></Dial>'
    talk(ours, dial)
    assert ours.asked_at("/after")[0].form["DialCallDuration"] == "7"
    double, call = talk(ours, dial, "05")
    child = double.last
    assert (child.parent_sid, child.ended_s) == (call.sid, call.ended_s)


def test_a_rejected_call_is_never_answered(ours: Ours) -> None:
    ours.at["/inbound"] = xml("<Reject/>")
    double = a_double(ours)
    call = double.rings("+33612345678", SHOWN)
    double.settle()
    assert (call.status, call.answered_s) == ("busy", None)


def test_an_inbound_call_rings_until_its_first_verb(ours: Ours) -> None:
    ours.at["/inbound"] = xml("<Play>/bye.wav</Play>")
    double = a_double(ours)
    call = double.rings("+266696687", SHOWN)
    double.settle()
    asked = ours.asked_at("/inbound")[0].form
    assert (asked["CallStatus"], asked["Direction"], asked["From"]) == (
        "ringing",
        "inbound",
        "+266696687",
    )
    assert call.statuses == ["queued", "ringing", "in-progress", "completed"]


def test_a_text_is_told_and_answered(ours: Ours) -> None:
    ours.at["/message"] = xml("<Message>C'est noté.</Message>")
    double = a_double(ours)
    assert double.texts("+33612345678", SHOWN, "STOP", OptOutType="STOP") == ["C'est noté."]
    asked = ours.asked_at("/message")[0].form
    assert (asked["Body"], asked["OptOutType"], asked["To"]) == ("STOP", "STOP", SHOWN)
    ours.at["/message"] = WebAnswer(204)
    assert double.texts("+33612345678", SHOWN, "Bonjour") == []


def test_detection_gives_up_at_its_timeout(ours: Ours) -> None:
    double = a_double(ours)
    call = place(double, "13", machine_detection_timeout=10, **with_async_amd())
    double.settle()
    assert (call.answered_by, call.verdict_s) == ("machine_end_other", 10.0)
    greets_still = call.records_from_s
    assert greets_still is not None
    assert greets_still > 10
    assert [each.is_whole for each in call.mailbox] == [False]


def test_a_verdict_falls_when_the_test_says(ours: Ours) -> None:
    double = a_double(ours, verdict_after_s=1.5)
    call = place(double, "00", **with_async_amd())
    double.settle()
    assert call.verdict_s == pytest.approx(1.5)


def test_a_start_only_detection_tells_a_machine_that_still_greets(ours: Ours) -> None:
    double = a_double(ours)
    call = place(double, "12", machine_detection="Enable")
    double.settle()
    assert (call.answered_by, call.verdict_s) == ("machine_start", 4.0)
