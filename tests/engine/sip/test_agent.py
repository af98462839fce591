"""Two user agents back to back, on a wire that loses, duplicates and reorders."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.sip import Ended, Failed, Invited, Side, UserAgent
from tests.engine.sip.wire import (
    A,
    B,
    Wire,
    a_call,
    a_wire,
    accepting,
    an_answered_call,
    kinds,
    unreliable,
)

LAST = ("Failed", "Ended", "Cancelled")


def test_a_call_from_end_to_end() -> None:
    wire, ours, theirs = an_answered_call()
    wire.agents[A].bye(ours, wire.now)
    wire.run(40.0)
    assert wire.methods(A) == ["INVITE", "ACK", "BYE"]
    assert wire.methods(B) == ["100", "200", "200"]
    assert kinds(wire.events[A]) == ["Provisional", "Answered", "Ended"]
    assert wire.events[B][-1] == Ended(theirs, Side.REMOTE)
    assert wire.agents[A].unfinished == wire.agents[B].unfinished == 0


def test_the_callee_hangs_up() -> None:
    wire, ours, theirs = an_answered_call()
    wire.agents[B].bye(theirs, wire.now)
    wire.run(40.0)
    assert wire.events[A][-1] == Ended(ours, Side.REMOTE)
    assert wire.events[B][-1] == Ended(theirs, Side.LOCAL)


def test_a_busy_callee() -> None:
    wire = a_wire()
    wire.on_event = lambda address, event: (
        wire.agents[B].reject(event.call, 486, now=wire.now) if isinstance(event, Invited) else None
    )
    ours = a_call(wire)
    wire.run(40.0)
    assert wire.events[A][-1:] == [Failed(ours, 486, "Busy Here", Side.REMOTE)]
    assert wire.agents[A].unfinished == wire.agents[B].unfinished == 0


@pytest.mark.parametrize("after_s", [0.0, 0.0005, 0.001, 0.0015, 0.002, 0.0025, 0.003, 1.0])
def test_giving_up_at_any_instant_leaves_no_call_behind(after_s: float) -> None:
    """CANCEL may cross 100, 200 or nothing."""
    wire = a_wire()
    wire.on_event = accepting(wire)
    ours = a_call(wire)
    wire.run(after_s)
    wire.agents[A].cancel(ours, wire.now)
    wire.run(after_s + 100.0)
    assert kinds(wire.events[A])[-1] in LAST
    assert kinds(wire.events[B])[-1] in LAST
    assert wire.agents[A].unfinished == wire.agents[B].unfinished == 0


@settings(max_examples=60)
@given(
    seed=st.integers(0, 1 << 32),
    loss=st.sampled_from([0.0, 0.05, 0.2, 0.4]),
    accepts=st.booleans(),
    verbs=st.lists(
        st.tuples(st.floats(0.0, 3.0), st.sampled_from(["cancel", "bye", "their bye", "ring"])),
        max_size=4,
    ),
)
def test_every_call_ends_once_on_both_sides_whatever_the_wire_does(
    seed: int, loss: float, accepts: bool, verbs: list[tuple[float, str]]
) -> None:
    wire = a_wire(unreliable(seed, loss=loss))
    if accepts:
        wire.on_event = accepting(wire)
    calls = [a_call(wire) for _ in range(3)]
    for at, verb in sorted(verbs):
        wire.run(max(at, wire.now))
        for call in calls:
            verb_of(wire, verb, call)
    wire.run(20.0)
    for call in calls:
        wire.agents[A].bye(call, wire.now)
    for call in range(1, 4):
        wire.agents[B].bye(call, wire.now)
    wire.run(500.0)
    for address in (A, B):
        last = [event.call for event in wire.events[address] if type(event).__name__ in LAST]
        assert len(last) == len(set(last))
    assert sorted(e.call for e in wire.events[A] if type(e).__name__ in LAST) == sorted(calls)
    assert wire.agents[A].unfinished == wire.agents[B].unfinished == 0


def verb_of(wire: Wire, verb: str, call: int) -> None:
    agent = wire.agents[B] if verb in ("their bye", "ring") else wire.agents[A]
    name = verb.removeprefix("their ")
    getattr(agent, name)(call, wire.now)


def test_two_hundred_calls_through_five_per_cent_loss_are_all_connected() -> None:
    wire = a_wire(unreliable(1, loss=0.05))
    wire.on_event = accepting(wire)
    for _ in range(200):
        a_call(wire)
        wire.run(wire.now + 0.1)
    wire.run(wire.now + 40.0)
    assert kinds(wire.events[A]).count("Answered") == 200


@settings(max_examples=200)
@given(data=st.binary(max_size=400))
def test_garbage_is_met_with_silence(data: bytes) -> None:
    agent = UserAgent(A)
    agent.receive_datagram(data, B, 0.0)
    assert agent.datagrams_to_send() == []
    assert agent.next_event() is None


@settings(max_examples=150)
@given(
    which=st.integers(0, 5),
    edits=st.lists(st.tuples(st.integers(0, 1200), st.binary(max_size=6)), max_size=4),
)
def test_a_corrupted_datagram_never_raises(which: int, edits: list[tuple[int, bytes]]) -> None:
    wire, ours, _ = an_answered_call()
    wire.agents[A].bye(ours, wire.now)
    wire.run(2.0)
    sent = wire.sent[which]
    data = bytearray(sent.data)
    for position, patch in edits:
        data[position : position + len(patch)] = patch
    for address in (A, B):
        wire.agents[address].receive_datagram(bytes(data), sent.source, wire.now)
    wire.run(400.0)
    assert all(len(agent._core.layer) == 0 for agent in wire.agents.values())


def test_tokens_are_never_the_same_twice() -> None:
    wire = a_wire()
    for _ in range(50):
        a_call(wire)
    wire.run(0.1)
    branches = {sent.data.split(b"branch=")[1][:40] for sent in wire.sent if sent.source == A}
    assert len(branches) == 50


def test_the_owner_may_choose_the_tokens() -> None:
    tokens = (f"t{number}" for number in itertools.count())
    agent = UserAgent(A, token=lambda: next(tokens))
    wire = Wire({A: agent, B: UserAgent(B)})
    a_call(wire)
    wire.run(0.1)
    assert b"tag=t0" in wire.sent[0].data
