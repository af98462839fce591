"""A drop whose callee presses 2, from the claim to the journal: over real SIP and RTP."""

from __future__ import annotations

import asyncio

import pytest

from config.settings import Settings
from engine import operations
from engine.bootstrap import Engine
from engine.interfaces import Route
from engine.outcome import Outcome
from engine.sandbox import CallRecord, Kind, Lines, Sandbox, a_line
from ivr.routes import Routes
from ivr.voice import Voice
from tests.engine.operating import a_number, drops, entries, launch
from tests.ivr.test_voice import all_over

pytestmark = pytest.mark.peer

CALLEE, RECEPTION = a_number(10_000_000), "+33145678901"
SCENARIO = f"""
language = "fr"

[keys]
2 = {{ transfer = "{RECEPTION}" }}
"""


def conducted(engine: Engine, *, keys: str, key_gap_s: float = 0.4) -> list[CallRecord]:
    """Let a voice process conduct one drop to its end; return what the sandbox saw."""
    lines = [
        a_line(
            CALLEE,
            Kind.ASKS_FOR_RECEPTION,
            ring_s=0.0,
            keys=keys,
            key_after_s=4.0,
            key_gap_s=key_gap_s,
            hangs_up_after_s=30.0,
        ),
        a_line(RECEPTION, Kind.RECEPTION, ring_s=0.5, hangs_up_after_s=3.0),
    ]

    async def bounded() -> list[CallRecord]:
        async with (
            asyncio.timeout(90),
            Sandbox(Lines({line.number: line for line in lines})) as sandbox,
        ):
            host, port = sandbox.address
            with engine.store.write() as unit:
                unit.setup.add_route(Route("net", "sandbox", {"host": host, "port": port}))
                unit.scenarios.add("accueil", definition=SCENARIO, prompts={}, at=engine.clock())
            campaign = launch(engine, 1, routes=("net",), scenario="accueil")
            settings = Settings(
                data_dir=engine.settings.data_dir, sip_host="127.0.0.1", sip_port=0, rtp_port=0
            )
            voice = Voice(engine, Routes(settings), worker="voice-1")
            running = asyncio.create_task(voice.run())
            is_over = all_over(engine, campaign)
            while not is_over() and not running.done():
                await asyncio.sleep(0.1)
            voice.stop()
            await running
            (drop,) = drops(engine, campaign)
            assert drop.outcome is (Outcome.OPTED_OUT if "9" in keys else Outcome.HEARD)
            return sandbox.records

    return asyncio.run(bounded())


def test_the_journal_tells_the_transfer_of_a_drop(engine: Engine) -> None:
    records = conducted(engine, keys="2")
    assert {record.number: record.ended_by for record in records} == {
        RECEPTION: "line",
        CALLEE: "caller",
    }
    told = entries(engine)
    kinds = [entry["kind"] for entry in told]
    assert kinds.index("dialled") < kinds.index("transferred") < kinds.index("parted")
    (parted,) = (entry for entry in told if entry["kind"] == "parted")
    assert parted["detail"]["came_to"] == "talked"
    assert parted["call"] == next(entry for entry in told if entry["kind"] == "dialled")["call"]
    assert RECEPTION[3:] not in repr(told)


def test_nine_while_they_talk_is_an_opt_out(engine: Engine) -> None:
    records = conducted(engine, keys="29", key_gap_s=7.0)
    assert {record.number: record.ended_by for record in records} == {
        RECEPTION: "caller",
        CALLEE: "caller",
    }
    assert operations.is_opted_out(engine, "lumiere", CALLEE)
