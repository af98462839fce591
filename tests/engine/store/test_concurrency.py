"""Many processes on one store: nothing is dialled twice, nothing is lost, no opt-out is missed."""

from __future__ import annotations

import multiprocessing as mp
import os
import signal
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from datetime import timedelta
from multiprocessing.synchronize import Barrier, Event

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from engine import operations
from engine.call import DropState
from engine.interfaces import Claim
from engine.journal import Entry, Kind, Signer, seal
from engine.keys import Keys
from engine.outcome import Outcome
from engine.store import SqlStore, open_store
from tests.engine.operating import (
    OPEN,
    REAL,
    House,
    a_house,
    a_number,
    claim,
    dial_one,
    drops,
    entries,
    kinds,
    launch,
)

#: Children fork from a server that has imported everything and opened nothing.
FORKS = mp.get_context("forkserver")
FORKS.set_forkserver_preload([__name__])

pytestmark = pytest.mark.peer


def elsewhere(url: str) -> House:
    """The same house, opened by another process."""
    return House(open_store(url), Keys(Signer(Ed25519PrivateKey.generate()), bytes(32)))


def claim_all(url: str, worker: str) -> list[int]:
    house, mine = elsewhere(url), []
    while claims := claim(house, 7, worker=worker):
        mine += [found.drop_id for found in claims]
    house.store.close()
    return mine


def test_two_processes_never_claim_the_same_drop(store: SqlStore, store_url: str) -> None:
    launch(a_house(store), 400)
    with ProcessPoolExecutor(3, mp_context=FORKS) as pool:
        claimed = [pool.submit(claim_all, store_url, f"voice-{n}") for n in range(3)]
        taken = [drop_id for future in claimed for drop_id in future.result(60)]
    assert len(taken) == len(set(taken)) == 400


on_sqlite = pytest.mark.parametrize("store_url", ["sqlite"], indirect=True)


def count_up(url: str, times: int) -> None:
    store = open_store(url)
    for _ in range(times):
        with store.write() as unit:
            unit.settings.put("count", str(int(unit.settings.get("count") or 0) + 1))
    store.close()


@on_sqlite  # PostgreSQL's units lock the rows that they read, by name
def test_no_read_then_write_update_is_lost_on_sqlite(store: SqlStore, store_url: str) -> None:
    with ProcessPoolExecutor(3, mp_context=FORKS) as pool:
        for done in [pool.submit(count_up, store_url, 60) for _ in range(3)]:
            done.result(60)
    with store.read() as unit:
        assert unit.settings.get("count") == "180"


def write_all_the_time(url: str, is_over: Event) -> None:
    store = open_store(url)
    while not is_over.is_set():
        with store.write() as unit:
            unit.settings.put("units", str(int(unit.settings.get("units") or 0) + 1))
    store.close()


@on_sqlite  # PostgreSQL's writers do not wait for each other
def test_a_waiting_writer_comes_before_those_who_have_just_written(
    store: SqlStore, store_url: str
) -> None:
    is_over = FORKS.Event()
    busy = [start(write_all_the_time, store_url, is_over) for _ in range(3)]
    waits: list[int] = []
    while len(waits) < 40:
        with store.read() as unit:
            before = int(unit.settings.get("units") or 0)
        with store.write() as unit:
            waits.append(int(unit.settings.get("units") or 0) - before)
            if waits[-1] == 0:
                waits.pop()
    is_over.set()
    for process in busy:
        process.join(60)
    assert max(waits) < 60
    assert sorted(waits)[20] < 15


def dial_at_the_bell(url: str, claimed: Claim, bell: Barrier, answers: mp.Queue[str]) -> None:
    house = elsewhere(url)
    with house.store.read():
        pass
    bell.wait(30)
    answers.put(type(operations.dial(house, claimed, at=OPEN)).__name__)
    house.store.close()


def opt_out_at_the_bell(url: str, number: str, bell: Barrier, answers: mp.Queue[str]) -> None:
    house = elsewhere(url)
    with house.store.read():
        pass
    bell.wait(30)
    operations.opt_out(house, "lumiere", number, channel="call_back", at=OPEN)
    answers.put("opted out")
    house.store.close()


def start(target: Callable[..., None], *args: object) -> mp.process.BaseProcess:
    process = FORKS.Process(target=target, args=args)
    process.start()
    return process


def test_a_dial_and_an_opt_out_at_once_leave_one_order(store: SqlStore, store_url: str) -> None:
    house = a_house(store)
    for round_ in range(3):
        number = 30_000_000 + round_
        launch(house, first=number)
        (claimed,) = claim(house)
        bell, answers = FORKS.Barrier(2), FORKS.Queue()
        racers = [
            start(dial_at_the_bell, store_url, claimed, bell, answers),
            start(opt_out_at_the_bell, store_url, a_number(number), bell, answers),
        ]
        seen = {answers.get(timeout=60), answers.get(timeout=60)}
        for racer in racers:
            racer.join(60)
        assert seen in ({"Dial", "opted out"}, {"Gone", "opted out"}, {"Refused", "opted out"})
        about = [
            e["kind"]
            for e in entries(house)
            if e.get("subject") == house.keys.subject(a_number(number))
        ]
        if "Dial" in seen:
            assert about.index("dialled") < about.index("opted_out")
        else:
            assert "dialled" not in about


def test_the_same_claim_dialled_twice_at_once_leaves_once(store: SqlStore, store_url: str) -> None:
    house = a_house(store)
    launch(house)
    (claimed,) = claim(house)
    bell, answers = FORKS.Barrier(2), FORKS.Queue()
    racers = [start(dial_at_the_bell, store_url, claimed, bell, answers) for _ in range(2)]
    assert sorted(answers.get(timeout=60) for _ in racers) == ["Dial", "Gone"]
    for racer in racers:
        racer.join(60)
    assert kinds(house).count("dialled") == 1


def dial_and_hang(url: str, ready: Event) -> None:
    """Dial, then die in the middle of the next unit of work."""
    house = elsewhere(url)
    operations.beat(house, "doomed", beat_at=REAL)
    dial_one(house, worker="doomed")
    claim(house, 2, worker="doomed")
    with house.store.write() as unit:
        unit.journal.write(Entry(Kind.STOPPED, OPEN))
        unit.campaigns.set_stop(True, OPEN)
        ready.set()
        signal.pause()


def test_a_process_killed_in_mid_unit_loses_and_repeats_nothing(
    store: SqlStore, store_url: str
) -> None:
    house = a_house(store)
    campaign_id = launch(house, 4)
    ready = FORKS.Event()
    doomed = start(dial_and_hang, store_url, ready)
    assert ready.wait(60)
    assert doomed.pid is not None
    os.kill(doomed.pid, signal.SIGKILL)
    doomed.join(60)
    recovery = operations.recover(house, at=OPEN, beat_at=REAL + timedelta(seconds=60))
    assert recovery == operations.Recovery(unknown=1, released=2)
    found = drops(house, campaign_id)
    assert [drop.outcome for drop in found].count(Outcome.UNKNOWN) == 1
    assert [drop.state for drop in found].count(DropState.PENDING) == 3
    assert len(claim(house, 9)) == 3
    assert "stopped" not in kinds(house)


def write_entries(url: str, name: str, count: int) -> None:
    store = open_store(url)
    for number in range(count):
        with store.write() as unit:
            unit.journal.write(Entry(Kind.PRESSED, OPEN, call=number, detail={"by": name}))
    store.close()


def seal_often(url: str, times: int) -> None:
    store, signer = open_store(url), Signer(Ed25519PrivateKey.generate())
    for _ in range(times):
        with store.write() as unit:
            seal(unit.journal, signer, OPEN, limit=5)
    store.close()


def test_every_committed_entry_gets_one_number_whoever_seals(
    store: SqlStore, store_url: str
) -> None:
    with ProcessPoolExecutor(4, mp_context=FORKS) as pool:
        writing = [pool.submit(write_entries, store_url, f"w{n}", 40) for n in range(2)]
        sealing = [pool.submit(seal_often, store_url, 25) for _ in range(2)]
        for done in [*writing, *sealing]:
            done.result(60)
    signer = Signer(Ed25519PrivateKey.generate())
    with store.write() as unit:
        seal(unit.journal, signer, OPEN)
    with store.read() as unit:
        leaves = list(unit.journal.leaves())
        assert unit.journal.waiting() == unit.journal.strays() == 0
    assert [leaf.number for leaf in leaves] == list(range(80))
