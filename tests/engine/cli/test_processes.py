"""The processes of the Procfile, started as an operator starts them."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import IO
from urllib.request import urlopen

import pytest

from tests.engine.cli.conftest import CommandLine

pytestmark = pytest.mark.peer


def free_port(kind: socket.SocketKind) -> int:
    with socket.socket(socket.AF_INET, kind) as one:
        one.bind(("127.0.0.1", 0))
        port: int = one.getsockname()[1]
        return port


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """Return the environment of an installation of its own."""
    return {
        **os.environ,
        "LICITE_DATA_DIR": str(tmp_path / "var"),
        "LICITE_WEB_PORT": str(free_port(socket.SOCK_STREAM)),
        "LICITE_SIP_PORT": str(free_port(socket.SOCK_DGRAM)),
    }


@pytest.fixture
def serving(environment: dict[str, str]) -> Iterator[subprocess.Popen[str]]:
    """Return ``licite serve`` on a migrated store."""
    CommandLine(Path(environment["LICITE_DATA_DIR"]))("db", "upgrade")
    command = [sys.executable, "-c", "from engine.cli import main; main()", "serve"]
    process = subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, text=True)
    yield process
    process.kill()
    process.wait()


def await_line(stream: IO[str], pattern: str) -> None:
    """Read *stream* until a line matches; the process ended if none does."""
    assert any(re.search(pattern, line) for line in stream), pattern


def test_serve_answers_and_ends_on_sigterm(
    serving: subprocess.Popen[str], environment: dict[str, str]
) -> None:
    assert serving.stderr is not None
    await_line(serving.stderr, "Answering at")
    with urlopen(f"http://127.0.0.1:{environment['LICITE_WEB_PORT']}/healthz", timeout=20) as got:
        assert json.load(got)["healthy"] is True
    serving.send_signal(signal.SIGTERM)
    assert serving.wait(timeout=20) == 0


def test_a_rehearsal_calls_once_its_networks_and_its_web_process_are_there(
    environment: dict[str, str],
) -> None:
    command = [sys.executable, "-c", "from engine.cli import main; main()"]
    rehearsal = subprocess.Popen(
        [*command, "serve", "--carrier", "twilio-double"],
        env={**environment, "LICITE_LANGUAGE": "en"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        assert rehearsal.stdout is not None
        for line in (
            "Rehearsal: API",
            "sandbox ready on",
            "twilio double ready on",
            "Answering at",
        ):
            await_line(rehearsal.stdout, line)
        rehearsal.send_signal(signal.SIGTERM)
        assert rehearsal.wait(timeout=20) == 0
    finally:
        rehearsal.kill()
