"""The flow machine, held against the rules that every conversation must keep."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.outcome import Outcome, further
from ivr import flows
from ivr.flow import Effect, Flow, Heard, Node, argument, node_name

DROP = flows.drop()
AT_ONCE = flows.drop_at_once()
CALL_BACK = flows.call_back()
WITHHELD = flows.call_back_withheld()


def walk(flow: Flow, *heard: str | Heard) -> str | None:
    state: str | None = flow.entry
    for thing in heard:
        assert state is not None, f"over before {thing}"
        if flow.minds(state, thing):
            state = flow.next(state, thing)
    return state


def test_missing_node_is_refused() -> None:
    with pytest.raises(ValueError, match=r"missing nodes: \['nowhere'\]"):
        Flow("bad", {"entry": Node(options={"1": "nowhere"})}, entry="entry")


@pytest.mark.parametrize(
    "name", [n for n, node in DROP.nodes.items() if node.prompts or "9" in node.options]
)
def test_nine_opts_out_at_any_moment_of_a_drop(name: str) -> None:
    if name == "opted_out":
        return
    assert DROP.next(name, "9") == "opted_out"
    assert DROP.nodes["opted_out"].effect is Effect.OPT_OUT


def test_a_person_hears_the_announcement_first() -> None:
    state = walk(DROP, Heard.PERSON)
    assert state == "to_person"
    assert DROP.node(state).prompts == (flows.TO_PERSON,)


def test_one_repeats_the_announcement() -> None:
    assert walk(DROP, Heard.PERSON, Heard.NOTHING, "1") == "to_person"


def test_silence_is_met_twice_then_a_goodbye() -> None:
    assert walk(DROP, Heard.PERSON, Heard.NOTHING) == "again_1"
    assert walk(DROP, Heard.PERSON, Heard.NOTHING, Heard.NOTHING) == "again_2"
    assert walk(DROP, Heard.PERSON, *[Heard.NOTHING] * 3) == "goodbye"
    assert walk(DROP, Heard.PERSON, *[Heard.NOTHING] * 4) is None


def test_wrong_keys_are_met_twice_then_a_goodbye() -> None:
    assert walk(DROP, Heard.PERSON, "5", "6", "7") == "goodbye"


def test_a_box_is_filled_after_its_beep() -> None:
    assert walk(DROP, Heard.MACHINE, Heard.BEEP) == "to_machine"


def test_a_late_beep_restarts_once() -> None:
    assert walk(DROP, Heard.PERSON, Heard.BEEP) == "to_machine_again"
    assert walk(DROP, Heard.MACHINE, Heard.BEEP, Heard.BEEP) == "to_machine_again"
    assert not DROP.minds("to_machine_again", Heard.BEEP)


def test_spoken_to_at_once_a_call_waits_for_its_verdict_however_long_it_takes() -> None:
    silence = (Heard.NOTHING,) * 3
    assert walk(AT_ONCE, *silence) == "waiting"
    assert walk(AT_ONCE, *silence, *silence) == "waiting"
    assert walk(AT_ONCE, "5", "5", "5") == "waiting"
    assert walk(AT_ONCE, *silence, Heard.PERSON) == "goodbye"
    assert walk(AT_ONCE, *silence, Heard.UNSURE) == "goodbye"
    assert walk(AT_ONCE, *silence, "9") == "opted_out"


def test_at_once_or_after_listening_the_nodes_are_the_same() -> None:
    changed = {"again_2", "wrong_2", "waiting"}
    assert {n for n, node in AT_ONCE.nodes.items() if DROP.nodes.get(n) != node} == changed
    assert AT_ONCE.nodes["to_somebody"].played is Outcome.DEPOSITED_UNCONFIRMED


def test_a_key_is_ignored_while_a_confirmation_is_spoken() -> None:
    assert not DROP.minds("opted_out", "9")
    assert not DROP.minds("to_machine", "5")


def test_call_back_opts_out_at_the_key() -> None:
    assert walk(CALL_BACK, "9") == "opted_out"
    assert CALL_BACK.node("opted_out").effect is Effect.OPT_OUT


def test_a_withheld_number_is_keyed_read_back_and_confirmed() -> None:
    state = walk(WITHHELD, "0612345678")
    assert state == "confirm/0612345678"
    assert WITHHELD.node(state).prompts == ("read_back", "digits/0612345678", "confirm_number")
    assert WITHHELD.next(state, "1") == "opted_out/0612345678"
    assert WITHHELD.next(state, "2") == "welcome"
    assert WITHHELD.next(state, "5") == "confirm_1/0612345678"


@pytest.mark.parametrize("keyed", ["", "9", "0812345678", "061234567", "06123456789", "00", "*"])
def test_what_is_no_number_is_asked_again(keyed: str) -> None:
    assert WITHHELD.next("welcome", keyed or Heard.NOTHING) == "retry_1"


heard = st.one_of(st.sampled_from("0123456789*#"), st.sampled_from(list(Heard)))


@given(st.sampled_from([DROP, CALL_BACK, WITHHELD]), st.lists(heard, max_size=30))
def test_every_walk_stays_in_the_flow(flow: Flow, things: list[str | Heard]) -> None:
    state: str | None = flow.entry
    for thing in things:
        if state is None:
            break
        if flow.minds(state, thing):
            state = flow.next(state, thing)
        if state is not None:
            assert node_name(state) in flow.nodes
            assert argument(state) == "" or argument(state).isdigit()


@given(st.sampled_from([DROP, CALL_BACK, WITHHELD]))
def test_silence_ends_every_flow(flow: Flow) -> None:
    state: str | None = flow.entry
    for _ in range(8):
        state = flow.next(state, Heard.NOTHING) if state else None
    assert state is None


@pytest.mark.parametrize(
    ("now", "then", "after"),
    [
        (None, Outcome.HUNG_UP, Outcome.HUNG_UP),
        (Outcome.HUNG_UP, Outcome.FAILED, Outcome.FAILED),
        (Outcome.FAILED, Outcome.HUNG_UP, Outcome.HUNG_UP),
        (Outcome.HEARD, Outcome.HUNG_UP, Outcome.HEARD),
        (Outcome.HEARD, Outcome.DEPOSITED, Outcome.DEPOSITED),
        (Outcome.DEPOSITED, Outcome.OPTED_OUT, Outcome.OPTED_OUT),
        (Outcome.OPTED_OUT, Outcome.DEPOSITED, Outcome.OPTED_OUT),
    ],
)
def test_what_was_achieved_stays(
    now: Outcome | None, then: Outcome | None, after: Outcome | None
) -> None:
    assert further(now, then) is after
