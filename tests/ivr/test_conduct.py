"""What a conductor leaves behind: who answered, what was played, an opt-out in any weather."""

from __future__ import annotations

import asyncio
import fcntl
import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import TextIO

import pytest

from audio.g711 import alaw_to_ulaw
from audio.prompts import Prompts
from audio.script import Variant
from config.settings import Settings
from engine import operations
from engine.bootstrap import Engine
from engine.call import DropState
from engine.interfaces import Happening, StoreUnavailable
from engine.store import SqlStore
from engine.store.store import SqlUnit
from ivr import flows
from ivr.conduct import Conductor, Voices
from ivr.flow import Flow, Node
from ivr.live import Conversation
from ivr.pictures import answered_by, played
from ivr.spool import Spool, SpooledOptOut
from ivr.threads import StoreThreads
from ivr.voice import BEAT_S
from tests.engine.operating import OPEN, a_house, a_number, dial_one, drops, launch
from tests.ivr.test_voice import PlayedCall, PlayedCarrier, all_over, voice_until

NUMBER = a_number(10_000_000)


@pytest.mark.parametrize(
    ("nodes", "keys", "who"),
    [
        (["listening", "to_person"], [], "person"),
        (["listening", "greeted", "to_machine"], [], "machine"),
        (["listening", "greeted"], [], "machine"),
        (["listening", "to_person", "to_machine"], [], "machine"),
        (["listening", "greeted", "to_machine"], ["9"], "person"),
        (["listening"], [], "unsure"),
    ],
)
def test_the_journal_names_who_answered(nodes: list[str], keys: list[str], who: str) -> None:
    talk = Conversation(steps=[(1.0, name) for name in nodes], keys=[(2.0, key) for key in keys])
    assert answered_by(talk) == who


def test_what_a_call_can_say_is_spoken_ahead_and_nothing_else() -> None:
    asked: list[str] = []

    class Spoken(Prompts):
        def __call__(self, name: str) -> bytes:
            asked.append(name)
            return b""

    voices = Voices(Spoken("fr", sender_name="Lumière"), {"announcement/person": b"a"})
    voices.speak_ahead(flows.call_back_withheld())
    assert sorted(asked) == [
        "call_back_goodbye",
        "call_back_identity",
        "confirm_number",
        "key_number",
        "not_a_number",
        "opted_out",
        "read_back",
        "wrong_key",
    ]
    asked.clear()
    voices.speak_ahead(Flow("one", {"a": Node(("announcement/person",))}, "a"))
    assert asked == []


def test_a_rendering_is_recorded_beside_what_was_approved(engine: Engine) -> None:
    launch(engine, 1)
    dial = dial_one(engine)
    approved = {"variant": "machine", "sha256": hashlib.sha256(dial.machine).hexdigest()}
    assert played(dial, Variant.MACHINE, "PCMA") == {**approved, "codec": "PCMA"}
    rendered = hashlib.sha256(alaw_to_ulaw(dial.machine)).hexdigest()
    assert played(dial, Variant.MACHINE, "PCMU") == {
        **approved,
        "codec": "PCMU",
        "rendered_sha256": rendered,
    }


def test_a_conversations_length_is_kept_with_its_call(engine: Engine) -> None:
    campaign_id = launch(engine, 1)
    asyncio.run(voice_until(engine, PlayedCarrier(), all_over(engine, campaign_id)))
    with engine.store.read() as unit:
        (call,) = unit.calls.of_drop(drops(engine, campaign_id)[0].id)
    # three events, and a look for last keys: each takes half a second of this call
    assert (call.duration_s, call.answered_at, call.concluded_at) == (2.0, OPEN, OPEN)


class LeavingStore(SqlStore):
    """A store that can be out of reach for a while."""

    is_away = False

    @contextmanager
    def write(self) -> Iterator[SqlUnit]:
        if self.is_away:
            raise StoreUnavailable("the store cannot be used now")
        with super().write() as unit:
            yield unit


class WelcomedCall(PlayedCall):
    """A call during whose first prompt the store goes away."""

    store: LeavingStore

    def play(self, payload: bytes) -> None:
        self.store.is_away = True
        super().play(payload)


def test_an_opt_out_that_the_store_cannot_take_waits_on_disk(
    store: SqlStore, tmp_path: Path
) -> None:
    leaving = LeavingStore(store.database)
    house = a_house(leaving)
    here = Engine(Settings(data_dir=tmp_path), leaving, house.law, house.keys, lambda: OPEN)
    spool, threads = Spool(tmp_path / "opt_outs.spool"), StoreThreads()
    conductor = Conductor(here, spool, threads)
    call = WelcomedCall(("9", Happening.ENDED), caller=NUMBER, called="+33162000001")
    call.store = leaving
    asyncio.run(conductor.answer(call))
    threads.close()
    assert not spool.is_empty
    leaving.is_away = False
    assert not operations.is_opted_out(here, "lumiere", NUMBER)
    assert spool.deliver(conductor.take_spooled) == 1
    assert operations.is_opted_out(here, "lumiere", NUMBER)


def test_nobody_is_dialled_until_the_spool_is_delivered(engine: Engine) -> None:
    path = engine.settings.data_dir / "opt_outs.spool"
    Spool(path).keep(SpooledOptOut("lumiere", NUMBER, "key", OPEN))
    campaign_id = launch(engine, 1, first=20_000_000)
    carrier, beats = PlayedCarrier(), set[datetime]()

    async def let_go_after_a_beat(lock: TextIO) -> None:
        while not beats or max(beats) - min(beats) < timedelta(seconds=BEAT_S):
            with engine.store.read() as unit:
                beats.update(filter(None, [unit.workers.last_beat()]))
            await asyncio.sleep(0.02)
        assert drops(engine, campaign_id)[0].state is DropState.PENDING
        fcntl.flock(lock, fcntl.LOCK_UN)

    async def dial_around(lock: TextIO) -> None:
        fcntl.flock(lock, fcntl.LOCK_EX)  # another process is busy with the file
        over = all_over(engine, campaign_id)
        await asyncio.gather(voice_until(engine, carrier, over), let_go_after_a_beat(lock))

    with path.with_suffix(".lock").open("w") as lock:
        asyncio.run(dial_around(lock))
    assert len(carrier.papers) == 1
    assert operations.is_opted_out(engine, "lumiere", NUMBER)
