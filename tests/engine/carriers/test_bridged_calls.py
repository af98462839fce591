"""Two calls of a trunk carrier that hear each other, over real sockets."""

from __future__ import annotations

import asyncio

import numpy as np
import pytest

from audio.g711 import ALAW_TO_FLOAT
from engine.carriers.causes import TOO_LONG
from engine.interfaces import Happening, Switchboard
from tests.engine.carriers.far_trunk import RememberingEar, a_carrier, two_carriers
from tests.engine.carriers.test_trunk import a_live_call, events_of, run, until

FRAME = bytes(range(1, 161))
WORDS = FRAME * 10


def heard(ear: RememberingEar, call: int) -> bytes:
    """All that a call was sent; a busy machine may have lost a frame of it."""
    return np.concatenate(ear.frames[call]).tobytes()


def test_what_one_says_the_other_hears_as_it_was_said() -> None:
    async def scenario() -> None:
        ear = RememberingEar()
        async with two_carriers(ear=ear) as (caller, callee):
            assert isinstance(callee, Switchboard)
            one, _ = await a_live_call(caller), await a_live_call(caller)
            first, second = await callee.next_inbound(), await callee.next_inbound()
            with callee.bridge(first, second):
                await until(lambda: len(ear.frames) == 2 and len(ear.frames[1]) > 10)
                one.play(WORDS)
                (played,) = await events_of(one, 1)
                assert played.what is Happening.PLAYED
                heard_by_then = len(ear.frames[1])
                await until(lambda: len(ear.frames[1]) > heard_by_then + 20)
            assert callee.media_counts.faults == 0
        assert ALAW_TO_FLOAT[np.frombuffer(FRAME, np.uint8)].tobytes() in heard(ear, 1)

    run(scenario)


def test_the_ears_of_both_rest_while_they_talk_and_wake_afterwards() -> None:
    async def scenario() -> None:
        ear = RememberingEar()
        async with two_carriers(ear=ear) as (caller, _):
            one, other = await a_live_call(caller), await a_live_call(caller)
            await until(lambda: len(ear.frames) == 2)
            with caller.bridge(one, other):
                await until(lambda: ear.resting == {0, 1})
                frames = len(ear.frames[0])
                await until(lambda: len(ear.frames[0]) > frames)  # the clock runs on
            await until(lambda: not ear.resting)

    run(scenario)


def test_when_one_of_them_ends_the_other_hears_us_again() -> None:
    async def scenario() -> None:
        ear = RememberingEar()
        async with two_carriers(ear=ear) as (caller, callee):
            calls = [await a_live_call(caller), await a_live_call(caller)]
            first, second = await callee.next_inbound(), await callee.next_inbound()
            with callee.bridge(first, second):
                await calls[0].hang_up()
                (end,) = await events_of(first, 1)
                assert end.what is Happening.ENDED
                second.play(WORDS)
                (played,) = await events_of(second, 1)
                assert played.what is Happening.PLAYED
                heard_by_then = len(ear.frames[1])
                await until(lambda: len(ear.frames[1]) > heard_by_then + 20)
            assert callee.media_counts.faults == 0
        assert ALAW_TO_FLOAT[np.frombuffer(FRAME, np.uint8)].tobytes() in heard(ear, 1)

    run(scenario)


def test_a_call_that_is_over_is_bridged_with_nobody() -> None:
    async def scenario() -> None:
        async with two_carriers() as (caller, _):
            one, other = await a_live_call(caller), await a_live_call(caller)
            await one.hang_up()
            with caller.bridge(one, other):
                assert await other.next_event(0.1) is None
            assert caller.media_counts.faults == 0

    run(scenario)


def test_calls_of_two_carriers_are_not_bridged() -> None:
    async def scenario() -> None:
        async with two_carriers() as (caller, callee):
            call = await a_live_call(caller)
            inbound = await callee.next_inbound()
            with pytest.raises(ValueError, match="one carrier"), caller.bridge(call, inbound):
                pass

    run(scenario)


def test_people_may_talk_longer_than_we_may_speak() -> None:
    async def scenario() -> None:
        nowhere = ("127.0.0.1", 9)
        async with (
            a_carrier(nowhere) as callee,
            a_carrier(callee.sip_address, max_call_s=0.3) as caller,
        ):
            one, other = await asyncio.gather(a_live_call(caller), a_live_call(caller))
            with caller.bridge(one, other):
                assert await one.next_event(0.6) is None
            (end,) = await events_of(one, 1)
            assert end.cause == TOO_LONG

    run(scenario)
