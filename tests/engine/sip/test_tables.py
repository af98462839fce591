"""Every state of every transaction meets everything that can happen to it."""

from __future__ import annotations

import pytest

from engine.sip.layer import TransactionLayer
from engine.sip.message import Request, parse
from engine.sip.tables import (
    CLIENT,
    INVITE_CLIENT,
    INVITE_SERVER,
    SERVER,
    Input,
    State,
    Step,
    Table,
)
from engine.sip.timers import Agenda, Timer
from engine.sip.transaction import ServerTransaction
from tests.engine.sip.far_end import THEM, FarEnd

TABLES = {
    "INVITE client": (INVITE_CLIENT, State.CALLING),
    "client": (CLIENT, State.TRYING),
    "INVITE server": (INVITE_SERVER, State.PROCEEDING),
    "server": (SERVER, State.TRYING),
}
FROM_THE_NETWORK = {
    "INVITE client": (Input.PROVISIONAL, Input.SUCCESS, Input.FAILURE),
    "client": (Input.PROVISIONAL, Input.SUCCESS, Input.FAILURE),
    "INVITE server": (Input.REQUEST, Input.ACK),
    "server": (Input.REQUEST,),
}


def reachable(table: Table, start: State) -> dict[State, frozenset[Timer]]:
    """Every state that can be reached, with the timers that may run in it."""
    running: dict[State, frozenset[Timer]] = {start: initial(start, table)}
    pending = [start]
    while pending:
        state = pending.pop()
        for (at, happening), step in table.items():
            if at is not state:
                continue
            timers = (running[state] - set(step.stop) - {happening}) | set(step.start)
            known = running.get(step.state)
            merged = frozenset(timers) | (known or frozenset())
            if known != merged:
                running[step.state] = merged
                pending.append(step.state)
    return running


def initial(start: State, table: Table) -> frozenset[Timer]:
    timers = {
        State.CALLING: (Timer.A, Timer.B),
        State.TRYING: (Timer.E, Timer.F) if table is CLIENT else (),
    }
    return frozenset(timers.get(start, ()))


@pytest.mark.parametrize("name", TABLES)
def test_whatever_the_network_sends_has_its_step_in_every_living_state(name: str) -> None:
    table, start = TABLES[name]
    for state in set(reachable(table, start)) - {State.TERMINATED}:
        for happening in FROM_THE_NETWORK[name]:
            assert (state, happening) in table, (name, state, happening)


@pytest.mark.parametrize("name", TABLES)
def test_every_timer_that_may_run_has_its_step(name: str) -> None:
    table, start = TABLES[name]
    for state, timers in reachable(table, start).items():
        if state is not State.TERMINATED:
            for timer in timers:
                assert (state, timer) in table, (name, state, timer)


@pytest.mark.parametrize("name", TABLES)
def test_every_state_is_left_by_a_timer(name: str) -> None:
    """Nothing stays for ever, but where the user has the word (PROCEEDING, TRYING)."""
    table, start = TABLES[name]
    for state in set(reachable(table, start)) - {State.TERMINATED}:
        ends = [step for (at, _), step in table.items() if at is state and step.state is not at]
        assert ends, (name, state)


@pytest.mark.parametrize("name", TABLES)
def test_nothing_happens_after_the_end(name: str) -> None:
    table, _ = TABLES[name]
    assert not [pair for pair in table if pair[0] is State.TERMINATED]


def test_an_unlisted_pair_raises_and_changes_nothing() -> None:
    far = FarEnd()
    invite = parse(far.ask("INVITE"))
    assert isinstance(invite, Request)
    layer = TransactionLayer(Agenda())
    transaction: ServerTransaction = layer.accept(invite, THEM, to_tag="ours")
    with pytest.raises(KeyError):
        transaction.feed(Timer.G, 0.0)
    assert transaction.state is State.PROCEEDING
    assert layer.outbox == []


def test_steps_are_values() -> None:
    assert Step(State.TRYING) == Step(State.TRYING)
