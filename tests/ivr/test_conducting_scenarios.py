"""A drop whose keys lead somewhere, conducted: what is journalled, and whom to ring."""

from __future__ import annotations

import asyncio
import hashlib

import pytest

from audio.g711 import alaw_to_ulaw
from engine import operations
from engine.bootstrap import Engine
from engine.interfaces import Happening, Recording
from engine.outcome import Outcome
from tests.engine.operating import a_number, drops, entries, launch
from tests.engine.scenario.writing import SOURCE
from tests.ivr.test_voice import PlayedCarrier, all_over, voice_until


@pytest.fixture
def campaign(engine: Engine) -> str:
    prompts = {
        name: Recording(alaw, hashlib.sha256(alaw).hexdigest(), name)
        for name, alaw in (("horaires", b"h" * 800), ("adresse", b"a" * 800))
    }
    with engine.store.write() as unit:
        unit.scenarios.add("boutique", definition=SOURCE, prompts=prompts, at=engine.clock())
    return launch(engine, scenario="boutique")


def test_a_prompt_is_journalled_by_its_hash_and_a_wish_is_kept(
    engine: Engine, campaign: str
) -> None:
    carrier = PlayedCarrier((Happening.PERSON, "2", "5", "2", "3", Happening.ENDED))
    asyncio.run(voice_until(engine, carrier, all_over(engine, campaign)))
    heard = [e["detail"] for e in entries(engine) if e["kind"] == "heard"]
    assert [detail.get("prompt") for detail in heard] == [None, "horaires", "adresse", "horaires"]
    assert heard[2]["sha256"] == hashlib.sha256(b"a" * 800).hexdigest()
    assert heard[2]["rendered_sha256"] == hashlib.sha256(alaw_to_ulaw(b"a" * 800)).hexdigest()
    assert [wish.number for wish in operations.wishes(engine, campaign)] == [a_number(10_000_000)]
    (drop,) = drops(engine, campaign)
    assert drop.outcome is Outcome.HEARD


def test_nine_in_a_scenario_opts_out_and_leaves_nobody_to_ring(
    engine: Engine, campaign: str
) -> None:
    carrier = PlayedCarrier((Happening.PERSON, "3", "9", Happening.ENDED))
    asyncio.run(voice_until(engine, carrier, all_over(engine, campaign)))
    assert operations.is_opted_out(engine, "lumiere", a_number(10_000_000))
    assert operations.wishes(engine, campaign) == []
