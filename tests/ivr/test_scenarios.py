"""What a scenario and a reception add to the flows, and what they cannot take away."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.clearance import Sender
from engine.interfaces import Recording
from engine.interfaces.scenarios import ScenarioVersion
from engine.numbers import parse
from engine.outcome import Outcome
from engine.scenario import Action, CallMeBack, GoTo, Prompt, Scenario, Transfer
from ivr import flows
from ivr.flow import Effect, Flow, Heard, node_name
from ivr.scenarios import (
    LISTENS_S,
    call_back_flow,
    drop_flow,
    heard_prompt,
    recordings,
    talk_s,
    with_scenario,
)
from tests.engine.scenario.writing import SOURCE, TARGET, a_scenario

#: A Tuesday: 10:30 and 21:00 in Paris.
OPEN, CLOSED = datetime(2026, 11, 24, 9, 30, tzinfo=UTC), datetime(2026, 11, 24, 20, tzinfo=UTC)
RECEPTION = "+33162000099"
FLOW = with_scenario(flows.drop(), a_scenario())


def walk(flow: Flow, *heard: str | Heard) -> str | None:
    state: str | None = flow.entry
    for thing in heard:
        assert state is not None, f"over before {thing}"
        if flow.minds(state, thing):
            state = flow.next(state, thing)
    return state


def a_sender(**changes: Any) -> Sender:
    return Sender("lumiere", "Lumière du Midi", "732829320", "contact@example.org", **changes)


def a_version(scenario: Scenario | None = None) -> ScenarioVersion:
    scenario = scenario or a_scenario()
    prompts = {name: Recording(name.encode(), f"hash-of-{name}", "…") for name in scenario.prompts}
    return ScenarioVersion(1, "boutique", 1, SOURCE, OPEN, scenario, prompts)


@pytest.mark.parametrize("before", [(), (Heard.NOTHING,), ("6",), (Heard.NOTHING, "7")])
def test_a_key_leads_to_its_prompt_during_the_announcement_and_after(
    before: tuple[str | Heard, ...],
) -> None:
    state = walk(FLOW, Heard.PERSON, *before, "2")
    assert state == "prompt.horaires"
    assert FLOW.node(state).prompts == ("scenario/horaires",)


def test_prompts_lead_on_and_one_repeats_the_last() -> None:
    assert walk(FLOW, Heard.PERSON, "2", "5") == "prompt.adresse"
    assert walk(FLOW, Heard.PERSON, "2", "5", "1") == "prompt.adresse"
    assert walk(FLOW, Heard.PERSON, "2", "5", Heard.NOTHING, "1") == "prompt.adresse"
    assert walk(FLOW, Heard.PERSON, "2", Heard.NOTHING, "5") == "prompt.adresse"


def test_silence_and_wrong_keys_are_met_twice_in_a_prompt_too() -> None:
    assert walk(FLOW, Heard.PERSON, "2", *[Heard.NOTHING] * 2) == "prompt.horaires.again_2"
    assert walk(FLOW, Heard.PERSON, "2", "7", "7") == "prompt.horaires.wrong_2"
    assert walk(FLOW, Heard.PERSON, "2", *[Heard.NOTHING] * 3) == "goodbye"


def test_a_machine_hears_no_scenario() -> None:
    assert walk(FLOW, Heard.MACHINE, Heard.BEEP, "2") == "to_machine"


def test_call_me_back_is_an_effect_and_nine_still_opts_out() -> None:
    state = walk(FLOW, Heard.PERSON, "3")
    assert state is not None
    node = FLOW.node(state)
    assert (node.effect, node.reached) == (Effect.CALL_ME_BACK, Outcome.HEARD)
    assert walk(FLOW, Heard.PERSON, "3", "9") == "opted_out"


def test_a_transfer_is_announced_then_made() -> None:
    assert walk(FLOW, Heard.PERSON, "2", "4") == "transfer.1"
    state = walk(FLOW, Heard.PERSON, "2", "4", Heard.NOTHING)
    assert state == "connect.1"
    assert (FLOW.node(state).effect, FLOW.node(state).target) == (Effect.TRANSFER, TARGET)
    assert FLOW.next(state, Heard.TALKED) == "goodbye"
    assert FLOW.next(state, Heard.NOT_CONNECTED) == "not_connected.1"
    assert FLOW.next("not_connected.1", Heard.NOTHING) == "again_1"


def test_nobody_is_connected_when_nobody_is_there() -> None:
    sender, version = a_sender(), a_version()
    for at, prompt, following in (
        (OPEN, "connecting", "connect.1"),
        (CLOSED, "nobody_there", "again_1"),
    ):
        flow = drop_flow(version, sender, at=at)
        assert flow.node("transfer.1").prompts == (prompt,)
        assert flow.next("transfer.1", Heard.NOTHING) == following


def test_the_senders_hours_hold_where_a_scenario_has_none() -> None:
    version = a_version(a_scenario(SOURCE.replace('hours = "mon-fri 09:00-18:00"', "")))
    sender = a_sender(reception_hours="sat 09:00-12:00")
    assert drop_flow(version, sender, at=OPEN).node("transfer.1").prompts == ("nobody_there",)
    assert drop_flow(version, a_sender(), at=CLOSED).node("transfer.1").prompts == ("connecting",)


def test_the_same_states_are_there_at_every_hour() -> None:
    sender = a_sender(reception=RECEPTION, reception_hours="mon-fri 9:00-18:00")
    version = a_version()
    for base in (flows.drop(), flows.drop_at_once()):
        by_day, by_night = (drop_flow(version, sender, at=at, base=base) for at in (OPEN, CLOSED))
        assert by_day.nodes.keys() == by_night.nodes.keys()
    for withheld in (False, True):
        calls = [call_back_flow(sender, at=at, withheld=withheld) for at in (OPEN, CLOSED)]
        assert calls[0].nodes.keys() == calls[1].nodes.keys()


def test_without_a_scenario_the_flow_is_ours() -> None:
    assert drop_flow(None, a_sender(), at=OPEN) == flows.drop()
    assert recordings(None) == {}


def test_no_state_tells_a_number() -> None:
    assert not [name for name in FLOW.nodes if any(sign.isdigit() for sign in name[-4:-1])]


def test_who_may_choose_or_talk_is_given_the_time_to() -> None:
    without = replace(a_scenario(), keys={"2": CallMeBack()}, prompts={})
    assert talk_s(None) == 0
    assert talk_s(a_version(without)) == LISTENS_S
    assert talk_s(a_version()) >= LISTENS_S + flows.TRANSFER_LASTS_S


def test_what_a_prompt_said_is_known_by_its_hash() -> None:
    version = a_version()
    assert recordings(version)["scenario/adresse"] == b"adresse"
    assert heard_prompt(version, "prompt.adresse") == {
        "prompt": "adresse",
        "sha256": "hash-of-adresse",
    }
    for node in ("to_person", "prompt.adresse.again_1", "prompt.none"):
        assert heard_prompt(version, node) is None
    assert heard_prompt(None, "prompt.adresse") is None


def test_two_connects_with_the_senders_people_in_their_hours() -> None:
    sender = a_sender(reception=RECEPTION, reception_hours="mon-fri 09:00-18:00")
    flow = call_back_flow(sender, at=OPEN, withheld=False)
    assert "call_back_press_2" in flow.node("welcome").prompts
    assert walk(flow, "2", Heard.NOTHING) == "connect"
    assert flow.node("connect").target == RECEPTION
    for state in ("transfer", "connect", "not_connected"):
        assert flow.next(state, "9") == "opted_out"


@pytest.mark.parametrize(
    ("at", "prompt"),
    [
        ("2026-11-24T20:00+00:00", "opening/3-0930"),
        ("2026-11-24T06:00+00:00", "opening/0-0930"),
        ("2026-11-27T20:00+00:00", "opening/1-0930"),
    ],
)
def test_out_of_hours_two_says_when_somebody_answers(at: str, prompt: str) -> None:
    sender = a_sender(reception=RECEPTION, reception_hours="mon-fri 09:30-18:00")
    flow = call_back_flow(sender, at=datetime.fromisoformat(at), withheld=False)
    assert prompt in flow.node("welcome").prompts
    assert "call_back_press_2" not in flow.node("welcome").prompts
    assert walk(flow, "2") == "transfer"
    assert flow.node("transfer").prompts == (prompt,)
    assert walk(flow, "2", Heard.NOTHING) == "again_1"


def test_without_a_reception_two_is_not_offered() -> None:
    flow = call_back_flow(a_sender(), at=OPEN, withheld=False)
    assert flow == flows.call_back()
    assert walk(flow, "2") == "wrong_1"


def test_a_withheld_caller_is_connected_too() -> None:
    flow = call_back_flow(a_sender(reception=RECEPTION), at=OPEN, withheld=True)
    assert flow.next("welcome", "2") == "transfer"
    assert flow.next("welcome", "0612345678") == "confirm/0612345678"
    assert flow.next("connect", "9") == "welcome"  # no number yet to opt out


names = st.sampled_from(["a", "b", "c"])
actions: st.SearchStrategy[Action] = st.one_of(
    names.map(GoTo),
    st.just(CallMeBack()),
    st.sampled_from(["0162000010", "0162000011"]).map(lambda number: Transfer(parse(number))),
)
keys = st.dictionaries(st.sampled_from("02345678"), actions, max_size=4)
scenarios = st.builds(
    lambda announced, said: Scenario("fr", announced, {n: Prompt(n, n, said[n]) for n in "abc"}),
    keys,
    st.fixed_dictionaries(dict.fromkeys("abc", keys)),
)
things = st.one_of(st.sampled_from("0123456789*#"), st.sampled_from(list(Heard)))


@given(scenarios, st.booleans(), st.sampled_from([flows.drop(), flows.drop_at_once()]))
def test_no_scenario_takes_a_key_or_nine_away(
    scenario: Scenario, is_open: bool, base: Flow
) -> None:
    flow = with_scenario(base, scenario, is_open=is_open)
    for name, node in base.nodes.items():
        assert node.options.items() <= flow.nodes[name].options.items()
        assert flow.nodes[name].prompts == node.prompts
    for name in flow.nodes.keys() - base.nodes.keys():
        assert flow.next(name, "9") == "opted_out"
    assert flow.entry == base.entry


@given(scenarios, st.lists(things, max_size=25))
def test_no_sequence_of_keys_reaches_more_than_the_listed_effects(
    scenario: Scenario, heard: list[str | Heard]
) -> None:
    flow = with_scenario(flows.drop(), scenario)
    targets = {"+33162000010", "+33162000011", ""}
    state: str | None = flow.entry
    was_told = False
    for thing in heard:
        if state is None:
            break
        if flow.minds(state, thing):
            state = flow.next(state, thing)
        if state is not None:
            node = flow.nodes[node_name(state)]
            was_told = was_told or flows.TO_PERSON in node.prompts
            assert node.effect in (None, *Effect)
            assert node.target in targets
            assert was_told or not (node.target or node.effect is Effect.CALL_ME_BACK)
            assert was_told or not name_is_added(state)


def name_is_added(state: str) -> bool:
    return state.startswith(("prompt.", "transfer.", "connect.", "not_connected."))


@given(scenarios, st.lists(things, max_size=12))
def test_silence_ends_every_scenario(scenario: Scenario, heard: list[str | Heard]) -> None:
    flow = with_scenario(flows.drop(), scenario)
    state: str | None = flow.entry
    for thing in heard:
        state = flow.next(state, thing) if state and flow.minds(state, thing) else state
    for _ in range(9):
        state = flow.next(state, Heard.NOTHING) if state else None
    assert state is None
