from collections.abc import Mapping
from typing import Final

import pytest

from engine.sandbox.kinds import Kind
from engine.sandbox.twilio import Call, WebAnswer
from tests.engine.sandbox.twilio.ours import (
    SHOWN,
    Ours,
    Request,
    a_double,
    a_drop,
    place,
    with_async_amd,
    xml,
)

ANSWERED: Final = ["initiated", "ringing", "in-progress", "completed"]
NOT: Final = ["initiated", "ringing"]
AT_ONCE: Final = ["initiated"]

#: Each line: its states, who answered (async), and what of the announcement its machine has whole.
EXPECTED: Final[Mapping[Kind, tuple[list[str], str, int]]] = {
    Kind.LISTENER: (ANSWERED, "human", 0),
    Kind.PRESSES_9: (ANSWERED, "human", 0),
    Kind.PRESSES_9_AT_ONCE: (ANSWERED, "", 0),
    Kind.PRESSES_1_THEN_9: (ANSWERED, "human", 0),
    Kind.WRONG_KEYS: (ANSWERED, "human", 0),
    Kind.HANGS_UP_EARLY: (ANSWERED, "human", 0),
    Kind.SAYS_ALLO_TWICE: (ANSWERED, "human", 0),
    Kind.SILENT: (ANSWERED, "unknown", 0),
    Kind.LONG_HELLO: (ANSWERED, "human", 0),
    Kind.CALLS_BACK: ([*NOT, "no-answer"], "", 0),
    Kind.CALLS_BACK_HANGS_UP: ([*NOT, "no-answer"], "", 0),
    Kind.CALLS_BACK_WITHHELD: ([*NOT, "no-answer"], "", 0),
    Kind.MAILBOX_SHORT: (ANSWERED, "machine_end_beep", 1),
    Kind.MAILBOX_LONG: (ANSWERED, "", 0),  # our prompt ended before its greeting did
    Kind.MAILBOX_PAUSING: (ANSWERED, "machine_end_beep", 1),
    Kind.MAILBOX_NO_BEEP: (ANSWERED, "machine_end_silence", 1),
    Kind.MAILBOX_DOUBLE_BEEP: (ANSWERED, "machine_end_beep", 1),
    Kind.MAILBOX_LOW_BEEP: (ANSWERED, "machine_end_other", 1),
    Kind.MAILBOX_HIGH_BEEP: (ANSWERED, "machine_end_beep", 1),
    Kind.MAILBOX_DECAYING_BEEP: (ANSWERED, "machine_end_beep", 1),
    Kind.MAILBOX_QUIET_BEEP: (ANSWERED, "machine_end_silence", 1),
    Kind.MAILBOX_FULL: (ANSWERED, "", 0),
    Kind.MAILBOX_LIMIT: (ANSWERED, "machine_end_beep", 0),
    Kind.MAILBOX_PCMU: (ANSWERED, "machine_end_beep", 1),
    Kind.BUSY: ([*AT_ONCE, "busy"], "", 0),
    Kind.NO_ANSWER: ([*NOT, "no-answer"], "", 0),
    Kind.REJECTED: ([*NOT, "busy"], "", 0),
    Kind.UNKNOWN: ([*AT_ONCE, "failed"], "", 0),
    Kind.UNREACHABLE: ([*AT_ONCE, "no-answer"], "", 0),
    Kind.FAX: (ANSWERED, "fax", 0),
    Kind.SCREENING: (ANSWERED, "unknown", 0),
    Kind.EARLY_MEDIA: ([*AT_ONCE, "no-answer"], "", 0),
    Kind.CHALLENGES: (ANSWERED, "machine_end_beep", 1),
    Kind.RECEPTION: (ANSWERED, "human", 0),
    Kind.ASKS_FOR_RECEPTION: (ANSWERED, "human", 0),
}


def ending(kind: Kind) -> str:
    return f"{list(Kind).index(kind):02}"


def whole(call: Call) -> int:
    return sum(each.is_whole for each in call.mailbox)


@pytest.fixture
def ours() -> Ours:
    ours = Ours()
    a_drop(ours)
    return ours


@pytest.mark.parametrize("kind", Kind)
def test_each_line_over_async_detection(ours: Ours, kind: Kind) -> None:
    double = a_double(ours)
    call = place(double, ending(kind), **with_async_amd())
    double.settle()
    statuses, answered_by, recorded = EXPECTED[kind]
    assert call.kind is kind
    told = [each.form for each in ours.asked_at("/status") if each.form["CallSid"] == call.sid]
    assert [each["CallStatus"] for each in told] == statuses
    assert [each["SequenceNumber"] for each in told] == [str(n) for n in range(len(told))]
    assert (call.answered_by, whole(call)) == (answered_by, recorded)
    verdicts = [each.form["AnsweredBy"] for each in ours.asked_at("/verdict")]
    assert verdicts == [answered_by] * bool(answered_by)
    assert not [each for each in call.heard if each.verb != "Play"]


@pytest.mark.parametrize("kind", Kind)
def test_each_line_over_sync_detection(ours: Ours, kind: Kind) -> None:
    """The document is asked for at the verdict, and says whose it is."""
    person, machine = ours.at["/answer"], ours.at["/machine"]

    def answer(request: Request) -> WebAnswer:
        said = machine if request.form["AnsweredBy"].startswith("machine") else person
        assert isinstance(said, WebAnswer)
        return said

    ours.at["/answer"] = answer
    double = a_double(ours)
    call = place(double, ending(kind), machine_detection="DetectMessageEnd")
    double.settle()
    answers = ours.asked_at("/answer")
    if EXPECTED[kind][0] is not ANSWERED or kind is Kind.MAILBOX_FULL:
        assert not answers  # a full mailbox hangs up before any verdict
        return
    assert answers[0].form["AnsweredBy"] == call.answered_by
    assert int(answers[0].form["MachineDetectionDuration"]) == round(1000 * (call.verdict_s or 0))
    assert whole(call) == (0 if kind is Kind.MAILBOX_LIMIT else call.answered_by[:7] == "machine")


@pytest.mark.parametrize(
    ("kind", "pressed", "gathered"),
    [
        (Kind.PRESSES_9, "9", ["9"]),
        (Kind.PRESSES_9_AT_ONCE, "9", ["9"]),
        (Kind.PRESSES_1_THEN_9, "19", ["1", "9"]),
        (Kind.WRONG_KEYS, "57", ["5", "7", ""]),
    ],
)
def test_keys_are_gathered_as_the_line_presses_them(
    ours: Ours, kind: Kind, pressed: str, gathered: list[str]
) -> None:
    double = a_double(ours)
    call = place(double, ending(kind), **with_async_amd())
    double.settle()
    assert "".join(digit for digit, _ in call.pressed) == pressed
    assert call.gathered == gathered


def test_a_key_while_nothing_gathers_is_lost(ours: Ours) -> None:
    double = a_double(ours)
    call = place(double, ending(Kind.PRESSES_9_AT_ONCE), machine_detection="DetectMessageEnd")
    double.settle()
    assert call.lost_keys == ["9"]
    assert "9" not in call.gathered


def test_who_hangs_up_early_heard_no_whole_prompt(ours: Ours) -> None:
    double = a_double(ours)
    call = place(double, ending(Kind.HANGS_UP_EARLY), **with_async_amd())
    double.settle()
    assert (call.ended_by, call.duration_s) == ("callee", 3.5)
    assert [each.to_its_end for each in call.heard] == [False]
    last = ours.asked_at("/status")[-1].form
    assert (last["CallDuration"], last["Duration"]) == ("4", "1")


@pytest.mark.parametrize(
    ("kind", "sip_code", "alarm"),
    [
        (Kind.BUSY, "486", None),
        (Kind.REJECTED, "603", None),
        (Kind.UNKNOWN, "404", 13224),
        (Kind.UNREACHABLE, "480", None),
    ],
)
def test_a_refusal_is_told_with_its_sip_code(
    ours: Ours, kind: Kind, sip_code: str, alarm: int | None
) -> None:
    double = a_double(ours)
    call = place(double, ending(kind))
    double.settle()
    assert ours.asked_at("/status")[-1].form["SipResponseCode"] == sip_code
    assert [each.code for each in call.alarms] == ([alarm] if alarm else [])


@pytest.mark.parametrize(
    ("kind", "shows"),
    [
        (Kind.CALLS_BACK, True),
        (Kind.CALLS_BACK_HANGS_UP, True),
        (Kind.CALLS_BACK_WITHHELD, False),
    ],
)
def test_who_calls_back_rings_the_number_that_rang(ours: Ours, kind: Kind, shows: bool) -> None:
    ours.at["/inbound"] = xml(
        '<Gather numDigits="20" timeout="10" action="/keyed"><Play>/bye.wav</Play></Gather>'
    )
    ours.at["/keyed"] = xml('<Gather numDigits="1" action="/confirmed" timeout="10"/>')
    double = a_double(ours)
    call = place(double, ending(kind))
    double.settle()
    back = double.last
    assert (back.direction, back.to) == ("inbound", SHOWN)
    assert back.from_ == (call.to if shows else "+266696687")
    national = f"0{call.to[3:]}"
    pressed = "".join(digit for digit, _ in back.pressed)
    assert pressed == ("9" if shows else f"{national}#1")
    if not shows:
        assert back.gathered == [national, "1"]
        assert ours.asked_at("/keyed")[0].form["FinishedOnKey"] == "#"
