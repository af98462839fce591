"""Every case of SIPp's passes: it gets the messages it wants, and we what the case says."""

from __future__ import annotations

import asyncio
import os
import shutil
import socket
from pathlib import Path
from typing import TypeGuard

import pytest

from engine.carriers.trunk import TrunkCarrier
from engine.sip import Credentials
from engine.sip.timers import T1
from tests.peers.sipp.cases import CASES, Case
from tests.peers.sipp.player import LOCAL, Played, Player, free_port
from tests.peers.sipp.scenarios import document

AT_ONCE = 8
GRACE_S = 45.0

pytestmark = [
    pytest.mark.peer,
    pytest.mark.skipif(
        shutil.which("sipp") is None,
        reason="SIPp is missing: apt-get install sip-tester (make test does)",
    ),
]

Result = Played | BaseException


@pytest.fixture(scope="module")
def results(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, Result]:
    """Every case that is asked for, played at the same time as a few others."""
    asked = {item.callspec.params["name"] for item in request.session.items if is_ours(item)}
    chosen = {name: case for name, case in CASES.items() if name in asked and not must_skip(case)}
    return asyncio.run(play_all(chosen, tmp_path_factory.mktemp("sipp")))


async def play_all(chosen: dict[str, Case], folder: Path) -> dict[str, Result]:
    turns = asyncio.Semaphore(AT_ONCE)

    async def play(name: str, case: Case) -> Played:
        async with turns:
            mine = folder / name
            mine.mkdir()
            async with asyncio.timeout(GRACE_S):
                return await play_one(name, case, mine)

    done = await asyncio.gather(
        *(play(name, case) for name, case in chosen.items()), return_exceptions=True
    )
    return dict(zip(chosen, done, strict=True))


async def nothing_is_left(carrier: TrunkCarrier) -> None:
    """Wait for the last line: one that we cancelled is held for 64 * T1 (RFC 3261, 9.1)."""
    async with asyncio.timeout(64 * T1 + 10):
        while carrier.calls_in_progress:
            await asyncio.sleep(0.05)


async def play_one(name: str, case: Case, folder: Path) -> Played:
    if case.plays is None:
        return await meet_dead_trunk(case)
    scenario = folder / f"{name}.xml"
    scenario.write_text(document(name, case.plays(folder)))
    port = free_port()
    carrier = await open_carrier(case, port)
    try:
        remote = carrier.sip_address if case.calls_us else None
        async with asyncio.TaskGroup() as both:
            playing = both.create_task(Player(scenario, port, remote=remote).play())
            both.create_task(case.meets(carrier))  # type: ignore[arg-type]
        await nothing_is_left(carrier)
        return playing.result()
    finally:
        await carrier.close()


async def meet_dead_trunk(case: Case) -> Played:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as silent:
        silent.bind((LOCAL, 0))
        carrier = await open_carrier(case, silent.getsockname()[1])
        try:
            await case.meets(carrier)
        finally:
            await carrier.close()
    return Played(0, "")


async def open_carrier(case: Case, port: int) -> TrunkCarrier:
    credentials = Credentials("licite", "secret") if case.has_credentials else None
    return await TrunkCarrier.open(
        LOCAL, 0, 0, trunk=(LOCAL, port), domain=LOCAL, credentials=credentials, calls_at_once=10
    )


def is_ours(item: pytest.Item) -> TypeGuard[pytest.Function]:
    return isinstance(item, pytest.Function) and item.module.__name__ == __name__


def must_skip(case: Case) -> bool:
    return case.sends_keys and os.geteuid() != 0


@pytest.mark.parametrize("name", CASES)
def test_sipp_and_we_are_content(name: str, results: dict[str, Result]) -> None:
    if must_skip(CASES[name]):
        pytest.skip("SIPp sends key presses from a raw socket, which needs root")
    result = results[name]
    if isinstance(result, BaseException):
        raise result
    assert result.status == 0, result.complaints
