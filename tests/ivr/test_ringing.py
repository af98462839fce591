"""Calls that ring stop ringing when somebody says so."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

import pytest

from engine import operations
from engine.bootstrap import Engine
from engine.clearance import Clearance
from engine.interfaces import LiveCall, NotAnswered
from engine.outcome import Outcome
from ivr.ringing import CALLED_OFF, Ringing
from tests.engine.operating import OPEN, a_number, launch
from tests.ivr.test_voice import (
    HEARS_ALL,
    PlayedCall,
    PlayedCarrier,
    all_over,
    outcomes,
    run,
    voice_until,
)


@dataclass
class RingingCarrier(PlayedCarrier):
    """A carrier whose calls ring until they are called off."""

    called_off: int = 0

    async def place(self, paper: Clearance, *, ring_s: float) -> LiveCall | NotAnswered:
        self.papers.append(paper)
        try:
            await asyncio.Event().wait()
        finally:
            self.called_off += 1
        raise AssertionError("nobody answers")


def opt_out(engine: Engine, _campaign_id: str) -> None:
    number = a_number(10_000_000)
    operations.opt_out(engine, "lumiere", number, channel="call_back", at=OPEN)


def cancel(engine: Engine, campaign_id: str) -> None:
    operations.cancel(engine, campaign_id, at=OPEN)


def stop(engine: Engine, _campaign_id: str) -> None:
    operations.stop(engine, at=OPEN)


@pytest.mark.parametrize("halt", [opt_out, cancel, stop])
def test_a_call_stops_ringing_that_must(
    engine: Engine, halt: Callable[[Engine, str], None]
) -> None:
    campaign_id = launch(engine, 1, attempts=1)
    carrier = RingingCarrier()
    halted: list[bool] = []

    def is_over() -> bool:
        if carrier.papers and not halted:
            halt(engine, campaign_id)
            halted.append(True)
        return all_over(engine, campaign_id)()

    run(voice_until(engine, carrier, is_over))
    assert len(carrier.papers) == carrier.called_off == 1
    assert outcomes(engine, campaign_id) == [Outcome.CANCELLED]


def test_a_call_answered_as_it_is_called_off_says_nothing() -> None:
    call = PlayedCall(HEARS_ALL, caller=None, called="+33162000001")

    async def scenario() -> None:
        ringing, rings = Ringing(), asyncio.Event()

        async def answers_all_the_same() -> LiveCall | NotAnswered:
            with suppress(asyncio.CancelledError):
                rings.set()
                await asyncio.Event().wait()
            return call

        placing = asyncio.create_task(ringing.place(7, answers_all_the_same()))
        await rings.wait()
        ringing.call_off({7, 8})
        assert await placing == CALLED_OFF
        assert not ringing
        assert await call.next_event() is None, "it was hung up"

    run(scenario())


def test_a_conversation_is_not_called_off() -> None:
    call = PlayedCall(HEARS_ALL, caller=None, called="+33162000001")

    async def answered() -> LiveCall | NotAnswered:
        return call

    async def scenario() -> None:
        ringing = Ringing()
        assert await ringing.place(7, answered()) is call
        ringing.call_off({7})
        assert await call.next_event() is not None

    run(scenario())
