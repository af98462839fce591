"""Runs SIPp, one process a call."""

from __future__ import annotations

import asyncio
import socket
from dataclasses import dataclass
from pathlib import Path

LOCAL = "127.0.0.1"
GIVEN_UP_S = 60


@dataclass(frozen=True, slots=True)
class Played:
    """How a scenario went: `status` 0 means that everything came as it should."""

    status: int
    complaints: str


class Player:
    """A SIPp process, playing *scenario* on *port*, or calling *remote*."""

    def __init__(self, scenario: Path, port: int, *, remote: tuple[str, int] | None = None) -> None:
        self._scenario = scenario
        self._port = port
        self._remote = remote
        self._errors = scenario.with_suffix(".errors")

    async def play(self) -> Played:
        """Play it once, to its end."""
        process = await asyncio.create_subprocess_exec(
            *self._command(),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.PIPE,
            cwd=self._scenario.parent,
        )
        try:
            _, said = await process.communicate()
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()
        errors = self._errors.read_text(errors="replace") if self._errors.exists() else ""
        return Played(process.returncode or 0, said.decode(errors="replace") + errors)

    def _command(self) -> list[str]:
        options = {
            "-sf": self._scenario,
            "-i": LOCAL,
            "-mi": LOCAL,
            "-p": self._port,
            "-mp": free_ports(1, step=10)[0],
            "-m": 1,
            "-timeout": GIVEN_UP_S,
            "-error_file": self._errors,
        }
        remote = [f"{self._remote[0]}:{self._remote[1]}"] if self._remote else []
        flags = ["-timeout_error", "-trace_err", "-nostdin", "-skip_rlimit"]
        pairs = [str(part) for pair in options.items() for part in pair]
        return ["sipp", *remote, *flags, *pairs]


def free_ports(count: int, *, step: int = 1) -> list[int]:
    """Ports of the loopback that nobody has, each *step* before the next that is handed out."""
    sockets = [socket.socket(socket.AF_INET, socket.SOCK_DGRAM) for _ in range(count)]
    try:
        for each in sockets:
            each.bind((LOCAL, 0))
        return [each.getsockname()[1] // step * step for each in sockets]
    finally:
        for each in sockets:
            each.close()
