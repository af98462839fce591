"""Turns asked for by webhook, held against the flow as a live call goes through it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.outcome import Outcome
from engine.reports import Verdict
from ivr import flows
from ivr.flow import Effect, Flow, Heard
from ivr.turns import Part, Step, effect_of, enter, follow, judged

AT_ONCE = flows.drop_at_once()
DROP = flows.drop()
WITHHELD = flows.call_back_withheld()
FLOWS = [AT_ONCE, DROP, flows.call_back(), WITHHELD]

pressed = st.one_of(st.just(""), st.sampled_from("0123456789*#"), st.text(max_size=12))


def test_an_entry_comes_to_what_its_node_stands_for() -> None:
    assert enter(AT_ONCE) == Step("to_somebody", came_to=Outcome.HUNG_UP)
    assert enter(AT_ONCE, "to_machine").state == "to_machine"


@pytest.mark.parametrize(
    ("heard", "state"),
    [
        (Heard.PERSON, "to_person"),
        (Heard.UNSURE, "to_somebody"),
        (Heard.BEEP, "to_machine"),
        (Heard.GREETING_OVER, "to_mute_machine"),
        (Heard.FAX, "fax"),
    ],
)
def test_a_verdict_that_comes_with_the_answer_leads_where_listening_does(
    heard: Heard, state: str
) -> None:
    assert enter(DROP, "listening", heard).state == state


def test_prompts_played_to_their_end_count_before_the_time_for_a_key_is_over() -> None:
    step = follow(DROP, "to_person", Part.PROMPTS, "")
    assert step == Step("to_person", came_to=Outcome.HEARD, goes_on=True)
    assert follow(DROP, "to_person", Part.WHOLE, "").state == "again_1"


def test_a_key_during_the_prompts_does_not_count_as_heard_to_the_end() -> None:
    step = follow(DROP, "to_somebody", Part.PROMPTS, "1")
    assert (step.state, step.came_to) == ("to_person", Outcome.HUNG_UP)


def test_a_deposit_that_was_played_to_its_end_counts_and_hangs_up() -> None:
    step = follow(DROP, "to_machine", Part.WHOLE, "")
    assert (step.state, step.came_to) == (None, Outcome.DEPOSITED)


def test_a_key_that_changes_nothing_starts_a_deposit_again() -> None:
    assert follow(DROP, "to_machine", Part.WHOLE, "5") == Step("to_machine", "5")


@pytest.mark.parametrize("flow", FLOWS)
def test_nine_opts_out_wherever_the_flow_says_so(flow: Flow) -> None:
    for name, node in flow.nodes.items():
        if "9" in node.options and not node.collects:
            step = follow(flow, f"{name}/0612345678", Part.PROMPTS, "9")
            assert effect_of(flow, step) is Effect.OPT_OUT


def test_a_number_that_was_keyed_is_marked_as_one() -> None:
    step = follow(WITHHELD, "welcome", Part.WHOLE, "0612345678")
    assert (step.state, step.is_number) == ("confirm/0612345678", True)


@pytest.mark.parametrize("keyed", ["٠٦١٢٣٤٥٦٧٨", "<Say>", "06 12 34 56 78", "+33612345678"])
def test_what_is_no_key_is_no_number(keyed: str) -> None:
    assert follow(WITHHELD, "welcome", Part.WHOLE, keyed).state == "retry_1"


@pytest.mark.parametrize("key", ["٩", "99", " 9", "9 ", "nine", "<9>"])
def test_only_the_key_nine_is_nine(key: str) -> None:
    step = follow(DROP, "to_person", Part.WHOLE, key)
    assert (step.state, step.heard) == ("wrong_1", Heard.OTHER)


def test_while_the_verdict_is_pending_the_call_waits() -> None:
    waiting = follow(AT_ONCE, "again_2", Part.WHOLE, "")
    assert waiting.state == "waiting"
    assert judged(AT_ONCE, waiting, None, is_late=False).state == "waiting"
    assert judged(AT_ONCE, waiting, Verdict.BEEP, is_late=False).state == "waiting"
    assert judged(AT_ONCE, waiting, Verdict.PERSON, is_late=False).state == "goodbye"
    assert judged(AT_ONCE, waiting, Verdict.UNSURE, is_late=False).state == "goodbye"
    assert judged(AT_ONCE, waiting, None, is_late=True).state == "goodbye"


def test_a_verdict_changes_nothing_for_whoever_is_spoken_to() -> None:
    step = enter(AT_ONCE)
    for verdict in set(Verdict) - {Verdict.FAX}:
        assert judged(AT_ONCE, step, verdict, is_late=True) == step
    assert judged(AT_ONCE, step, Verdict.FAX, is_late=False).state == "fax"


def test_what_opted_out_is_not_judged_again() -> None:
    step = follow(AT_ONCE, "again_2", Part.WHOLE, "9")
    for verdict in Verdict:
        assert judged(AT_ONCE, step, verdict, is_late=True) == step


@given(
    st.sampled_from(FLOWS),
    st.lists(st.tuples(pressed, st.sampled_from([Part.PROMPTS, Part.WHOLE])), max_size=20),
)
def test_whatever_is_pressed_the_turns_stay_in_the_flow(
    flow: Flow, turns: list[tuple[str, Part]]
) -> None:
    step = enter(flow)
    for keys, part in turns:
        if step.state is None:
            break
        step = follow(flow, step.state, part, keys)
        if step.state is not None:
            flow.node(step.state)


@given(st.sampled_from(FLOWS), st.lists(st.sampled_from("0123456789*#"), max_size=20))
def test_the_same_keys_lead_where_they_lead_on_a_live_call(flow: Flow, keys: list[str]) -> None:
    state: str | None = flow.entry
    step = enter(flow)
    for key in keys:
        if state is None or flow.node(state).collects:
            break
        if flow.minds(state, key):
            state = flow.next(state, key)
        step = follow(flow, step.state or "", Part.PROMPTS, key)
        assert step.state == state
