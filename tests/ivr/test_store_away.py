"""A store that goes away during calls costs no call, no opt-out and no outcome."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from engine import operations
from engine.bootstrap import Engine
from engine.clearance import Clearance
from engine.interfaces import Happening, LiveCall, NotAnswered, StoreUnavailable
from engine.outcome import Outcome
from engine.store import SqlStore
from engine.store.store import SqlUnit
from ivr.conduct import Conductor
from ivr.spool import Spool
from ivr.threads import StoreThreads
from tests.engine.operating import a_number, dial_one, launch
from tests.ivr.test_voice import (
    PlayedCall,
    PlayedCarrier,
    all_over,
    outcomes,
    run,
    voice_until,
)

NUMBER = a_number(10_000_000)
NINE = (Happening.PERSON, "9", Happening.ENDED)


class AbsentStore(SqlStore):
    """A store that can go away, and come back."""

    is_away = False

    @contextmanager
    def write(self) -> Iterator[SqlUnit]:
        self._check()
        with super().write() as unit:
            yield unit

    @contextmanager
    def read(self) -> Iterator[SqlUnit]:
        self._check()
        with super().read() as unit:
            yield unit

    def _check(self) -> None:
        if self.is_away:
            raise StoreUnavailable("the store is away")


class CutCarrier(PlayedCarrier):
    """A carrier whose callee answers just as the store goes away."""

    store: AbsentStore

    async def place(self, paper: Clearance, *, ring_s: float) -> LiveCall | NotAnswered:
        self.store.is_away = True
        return await super().place(paper, ring_s=ring_s)


def test_nine_and_its_outcome_outlast_an_absence(engine: Engine) -> None:
    away = replace(engine, store=AbsentStore(engine.store.database))
    campaign_id = launch(engine, 1)
    spool = Spool(engine.settings.data_dir / "opt_outs.spool")
    carrier = CutCarrier(script=NINE)
    carrier.store = away.store  # type: ignore[assignment]  # built above
    kept: list[bool] = []

    def is_enough() -> bool:
        if not spool.is_empty:
            kept.append(True)
            carrier.store.is_away = False
        return all_over(engine, campaign_id)() and spool.is_empty

    run(voice_until(away, carrier, is_enough))
    assert kept
    assert operations.is_opted_out(engine, "lumiere", NUMBER)
    assert outcomes(engine, campaign_id) == [Outcome.OPTED_OUT]


def test_who_calls_back_is_heard_all_the_same(engine: Engine) -> None:
    store = AbsentStore(engine.store.database)
    campaign_id = launch(engine, 1)
    spool = Spool(engine.settings.data_dir / "opt_outs.spool")
    carrier, calls = PlayedCarrier(), [PlayedCall(NINE, caller=NUMBER, called="+33162000001")]

    def is_enough() -> bool:
        if calls and all_over(engine, campaign_id)():
            store.is_away = True
            carrier.inbound.put_nowait(calls.pop())
        if not spool.is_empty:
            store.is_away = False
        return operations.is_opted_out(engine, "lumiere", NUMBER) and spool.is_empty

    run(voice_until(replace(engine, store=store), carrier, is_enough))


def test_a_call_whose_dialling_was_not_acknowledged_is_unknown(engine: Engine) -> None:
    campaign_id = launch(engine, 1)
    dial_one(engine)
    threads = StoreThreads()
    conductor = Conductor(engine, Spool(engine.settings.data_dir / "kept"), threads)
    assert conductor.settle_lost("voice-1") == 1
    threads.close()
    assert outcomes(engine, campaign_id) == [Outcome.UNKNOWN]
