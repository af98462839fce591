"""A flow held over a live call: a scripted far end, no clock, no socket."""

from __future__ import annotations

import asyncio
from collections import deque

import pytest

from engine.interfaces import CallEvent, Happening
from engine.outcome import Outcome
from ivr import flows
from ivr.flow import Flow
from ivr.live import GONE, Conversation, hold
from ivr.scenarios import with_scenario
from tests.engine.scenario.writing import TARGET, a_scenario

PERSON, BEEP, PLAYED = Happening.PERSON, Happening.BEEP, Happening.PLAYED

#: Nothing happens until whoever waits has waited long enough.
QUIET = "quiet"


class ScriptedCall:
    """A small honest call: what the far end does is a list; silence follows it."""

    caller = "+33612345678"
    called = "+33948123456"
    codec = "PCMA"

    def __init__(self, *script: Happening | str | CallEvent) -> None:
        self.script = deque(script)
        self.played: list[bytes] = []
        self.elapsed_s = 0.0
        self.up = True
        self.is_there = True
        self.on_hang_up: tuple[Happening | str, ...] = ()

    def play(self, payload: bytes) -> None:
        self.played.append(payload)

    def fall_silent(self) -> None:
        self.played.append(b"")

    async def next_event(self, timeout_s: float | None = None) -> CallEvent | None:
        self.elapsed_s += 1
        if not self.script:
            if timeout_s is None:
                return self._event(PLAYED)
            return None
        if self.script[0] == QUIET:
            self.script.popleft()
            return None
        return self._event(self.script.popleft())

    def _event(self, thing: Happening | str | CallEvent) -> CallEvent:
        if isinstance(thing, CallEvent):
            return thing
        if isinstance(thing, str):
            return CallEvent(Happening.KEY, self.elapsed_s, digit=thing)
        return CallEvent(thing, self.elapsed_s, cause="the far end hung up")

    async def hang_up(self) -> bool:
        self.up = False
        self.script.extend(self.on_hang_up)
        return self.is_there


def converse(
    flow: Flow, *script: Happening | str | CallEvent
) -> tuple[Conversation, list[str], list[str]]:
    call, opted = ScriptedCall(*script), list[str]()

    async def opt_out(number: str) -> None:
        opted.append(number)

    talk = asyncio.run(hold(flow, call, prompt=lambda name: f"[{name}]".encode(), opt_out=opt_out))
    assert not call.up
    return talk, [b.decode() for b in call.played if b], opted


def test_nine_opts_out() -> None:
    talk, played, opted = converse(flows.drop(), PERSON, "9")
    assert talk.outcome is Outcome.OPTED_OUT
    assert opted == [""]
    assert played == ["[announcement/person]", "[opted_out]"]


def test_nine_while_we_still_listen_opts_out() -> None:
    talk, played, opted = converse(flows.drop(), "9")
    assert talk.outcome is Outcome.OPTED_OUT
    assert (played, opted) == (["[opted_out]"], [""])


def test_hanging_up_after_nine_changes_nothing() -> None:
    talk, _, opted = converse(flows.call_back(), "9", Happening.ENDED)
    assert talk.outcome is Outcome.OPTED_OUT
    assert opted == [""]


def test_nine_pressed_as_we_hang_up_opts_out() -> None:
    call, opted = ScriptedCall(PERSON, PLAYED), list[str]()

    async def opt_out(number: str) -> None:
        opted.append(number)

    call.on_hang_up = ("9", Happening.ENDED)
    talk = asyncio.run(hold(flows.drop(), call, prompt=str.encode, opt_out=opt_out))
    assert talk.steps[-1][1] == "goodbye"
    assert (talk.outcome, opted) == (Outcome.OPTED_OUT, [""])
    assert [digit for _, digit in talk.keys] == ["9"]


def test_nine_pressed_twice_opts_out_once() -> None:
    _, played, opted = converse(flows.drop(), PERSON, "9", "9", "9", PLAYED)
    assert opted == [""]
    assert played == ["[announcement/person]", "[opted_out]"]


def test_a_listener_has_heard() -> None:
    talk, played, _ = converse(flows.drop(), PERSON, PLAYED, Happening.ENDED)
    assert talk.outcome is Outcome.HEARD
    assert talk.cause == "the far end hung up"
    assert played[0] == "[announcement/person]"


def test_hanging_up_early_is_hung_up() -> None:
    talk, _, _ = converse(flows.drop(), PERSON, Happening.ENDED)
    assert talk.outcome is Outcome.HUNG_UP


def test_a_message_is_deposited_after_the_beep() -> None:
    talk, played, _ = converse(flows.drop(), Happening.MACHINE, BEEP, PLAYED)
    assert talk.outcome is Outcome.DEPOSITED
    assert played == ["[announcement/machine]"]
    assert [name for _, name in talk.steps] == ["listening", "greeted", "to_machine"]


@pytest.mark.parametrize(
    ("script", "outcome"),
    [
        ((Happening.MACHINE, BEEP, PLAYED), Outcome.DEPOSITED_UNCONFIRMED),
        ((PERSON, PLAYED), Outcome.DEPOSITED_UNCONFIRMED),
        ((PERSON, "9"), Outcome.OPTED_OUT),
        ((Happening.FAX,), Outcome.FAX),
    ],
)
def test_a_far_end_that_was_gone_when_we_hung_up_vouches_for_nothing(
    script: tuple[Happening | str, ...], outcome: Outcome
) -> None:
    call = ScriptedCall(*script)
    call.is_there = False

    async def opt_out(_number: str) -> None:
        return

    talk = asyncio.run(hold(flows.drop(), call, prompt=str.encode, opt_out=opt_out))
    assert talk.outcome is outcome
    assert (talk.cause == GONE) == (outcome is Outcome.DEPOSITED_UNCONFIRMED)


def test_a_late_beep_restarts_the_announcement_once() -> None:
    talk, played, _ = converse(flows.drop(), PERSON, BEEP, BEEP, PLAYED)
    assert talk.outcome is Outcome.DEPOSITED
    assert played == ["[announcement/person]", "[announcement/machine]"]


def test_a_box_that_hangs_up_before_its_beep_failed() -> None:
    talk, played, _ = converse(flows.drop(), Happening.MACHINE, Happening.ENDED)
    assert talk.outcome is Outcome.FAILED
    assert played == []


def test_a_box_without_a_beep_is_unconfirmed() -> None:
    talk, _, _ = converse(flows.drop(), Happening.MACHINE, Happening.GREETING_OVER, PLAYED)
    assert talk.outcome is Outcome.DEPOSITED_UNCONFIRMED


@pytest.mark.parametrize(
    ("tone", "outcome"), [(Happening.FAX, Outcome.FAX), (Happening.TONES, Outcome.UNREACHABLE)]
)
def test_nothing_is_said_to_tones(tone: Happening, outcome: Outcome) -> None:
    talk, played, _ = converse(flows.drop(), tone)
    assert (talk.outcome, played) == (outcome, [])


@pytest.mark.parametrize("key", "19")
def test_a_withheld_caller_keys_their_number(key: str) -> None:
    talk, played, opted = converse(flows.call_back_withheld(), *"0612345678#", key, PLAYED)
    assert opted == ["0612345678"]
    assert talk.outcome is Outcome.OPTED_OUT
    assert played[1] == "[read_back][digits/0612345678][confirm_number]"


def test_a_number_is_complete_without_its_hash() -> None:
    *_, opted = converse(flows.call_back_withheld(), *"0612345678")
    assert opted == []  # nobody confirmed: silence is met twice, then a goodbye


def test_an_unconfirmed_number_is_not_opted_out() -> None:
    *_, opted = converse(flows.call_back_withheld(), *"0612345678#", Happening.ENDED)
    assert opted == []


def test_a_long_hello_is_spoken_to_as_a_person() -> None:
    """Two seconds of speech and no beep: both keys and number are said."""
    short = CallEvent(Happening.GREETING_OVER, 5.0, evidence={"speech_ms": 2_200.0})
    talk, played, _ = converse(flows.drop(), Happening.MACHINE, short, PLAYED, Happening.ENDED)
    assert played[0] == "[announcement/person]"
    assert talk.outcome is Outcome.DEPOSITED_UNCONFIRMED


def test_a_fax_that_sounds_late_is_left_alone() -> None:
    talk, _, _ = converse(flows.drop(), Happening.SILENCE, Happening.FAX)
    assert talk.outcome is Outcome.FAX


def test_nine_silences_us_and_is_committed_before_it_is_confirmed() -> None:
    call = ScriptedCall(PERSON, "9")

    async def opt_out(_number: str) -> None:
        call.played.append(b"committed")

    asyncio.run(hold(flows.drop(), call, prompt=str.encode, opt_out=opt_out))
    assert call.played == [b"announcement/person", b"", b"committed", b"opted_out"]


WITH_KEYS = with_scenario(flows.drop(), a_scenario())


class Staff:
    """The sender's people: they answer, or not, or are still ringing when the callee acts."""

    def __init__(self, answers: bool | None) -> None:
        self.answers = answers
        self.called: list[str] = []
        self.were_let_go = False

    async def __call__(self, number: str) -> bool:
        self.called.append(number)
        try:
            while self.answers is None:
                await asyncio.sleep(0)
        finally:
            self.were_let_go = self.answers is None
        return bool(self.answers)


class RingingCall(ScriptedCall):
    """A scripted call on which nothing happens during a transfer once its script is over."""

    async def next_event(self, timeout_s: float | None = None) -> CallEvent | None:
        if not self.script and timeout_s is None and self.played[-1] == b"[connecting]":
            await asyncio.Event().wait()
        return await super().next_event(timeout_s)


def connect(
    *script: Happening | str, answers: bool | None
) -> tuple[Conversation, RingingCall, list[str], Staff]:
    call = RingingCall(PERSON, "2", "4", PLAYED, QUIET, *script)
    opted, staff = list[str](), Staff(answers)

    async def opt_out(number: str) -> None:
        opted.append(number)

    hold_it = hold(WITH_KEYS, call, prompt=_said, opt_out=opt_out, transfer=staff)
    return asyncio.run(asyncio.wait_for(hold_it, 5)), call, opted, staff


def _said(name: str) -> bytes:
    return f"[{name}]".encode()


def test_a_key_of_a_scenario_plays_its_prompt() -> None:
    talk, played, _ = converse(WITH_KEYS, PERSON, "2", PLAYED, Happening.ENDED)
    assert played == ["[announcement/person]", "[scenario/horaires]"]
    assert talk.outcome is Outcome.HEARD
    assert [name for _, name in talk.steps] == ["listening", "to_person", "prompt.horaires"]


def test_a_wish_is_committed_before_it_is_confirmed() -> None:
    call = ScriptedCall(PERSON, "3", PLAYED)

    async def opt_out(_number: str) -> None:
        raise AssertionError

    async def call_me_back() -> None:
        call.played.append(b"committed")

    asyncio.run(
        hold(WITH_KEYS, call, prompt=str.encode, opt_out=opt_out, call_me_back=call_me_back)
    )
    assert call.played[:4] == [b"announcement/person", b"", b"committed", b"will_call_back"]


def test_who_talked_is_said_goodbye() -> None:
    talk, call, _, staff = connect(answers=True)
    assert staff.called == [TARGET]
    assert call.played[-2:] == [b"[connecting]", b"[goodbye]"]
    assert talk.outcome is Outcome.HEARD


def test_who_was_not_connected_is_told_and_may_go_on() -> None:
    _, call, _, _ = connect(answers=False)
    assert [b for b in call.played if b][3:5] == [b"[not_connected]", b"[press_9]"]


def test_nine_while_the_other_leg_rings_or_talks_opts_out() -> None:
    talk, _, opted, staff = connect("5", "9", PLAYED, answers=None)
    assert (talk.outcome, opted) == (Outcome.OPTED_OUT, [""])
    assert staff.were_let_go
    assert [digit for _, digit in talk.keys] == ["2", "4", "5", "9"]


def test_who_hangs_up_while_it_rings_lets_the_other_leg_go() -> None:
    talk, call, _, staff = connect(Happening.ENDED, answers=None)
    assert staff.were_let_go
    assert not call.up
    assert talk.cause == "the far end hung up"


def test_a_route_that_connects_nobody_says_so() -> None:
    talk, played, _ = converse(WITH_KEYS, PERSON, "2", "4", PLAYED, QUIET, PLAYED, QUIET)
    assert played[3:5] == ["[not_connected]", "[press_9]"]
    assert talk.outcome is Outcome.HEARD
