import asyncio
import json
import signal
import sys
from collections.abc import Coroutine
from pathlib import Path
from typing import Any

import pytest

from tests.engine.sandbox.phone import Phone
from tests.engine.sandbox.visits import NUMBER


async def a_process(*arguments: str) -> tuple[asyncio.subprocess.Process, str]:
    """Start ``python -m engine.sandbox``; returns it with its first line."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "engine.sandbox",
        *arguments,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    assert process.stdout is not None
    return process, (await process.stdout.readline()).decode()


def run(scenario: Coroutine[Any, Any, None]) -> None:
    async def bounded() -> None:
        async with asyncio.timeout(30):
            await scenario

    asyncio.run(bounded())


@pytest.mark.peer
def test_the_process_says_where_it_is_called_and_ends_when_told(tmp_path: Path) -> None:
    file, events = tmp_path / "lines.toml", tmp_path / "events.jsonl"
    file.write_text(f'[[line]]\nnumber = "{NUMBER}"\nkind = "busy"\nring_s = 0\n')

    async def scenario() -> None:
        process, said = await a_process(
            "--sip-port", "0", "--lines", str(file), "--events", str(events)
        )
        assert said.startswith("sandbox ready on 127.0.0.1:")
        async with Phone(("127.0.0.1", int(said.rsplit(":", 1)[1]))) as phone:
            assert (await phone.call(NUMBER)).code == 486
        process.send_signal(signal.SIGTERM)
        assert await process.wait() == 0

    run(scenario())
    assert json.loads(events.read_text())["line"] == "busy"


@pytest.mark.peer
def test_the_process_names_what_is_wrong_in_its_file(tmp_path: Path) -> None:
    file = tmp_path / "lines.toml"
    file.write_text('[[line]]\nnumber = "06"\nkind = "busy"\n')

    async def scenario() -> None:
        process, _ = await a_process("--lines", str(file))
        assert process.stderr is not None
        assert "E.164" in (await process.stderr.read()).decode()
        assert await process.wait() == 2

    run(scenario())
