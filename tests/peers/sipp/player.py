"""Runs SIPp, one process a call."""

from __future__ import annotations

import asyncio
import itertools
import random
import socket
from dataclasses import dataclass
from pathlib import Path

LOCAL = "127.0.0.1"
GIVEN_UP_S = 60
PORTS_EACH = 12
PORTS = range(12_000, 32_000, 20)


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
            "-mp": self._port + 2,
            "-m": 1,
            "-timeout": GIVEN_UP_S,
            "-error_file": self._errors,
        }
        remote = [f"{self._remote[0]}:{self._remote[1]}"] if self._remote else []
        flags = ["-timeout_error", "-trace_err", "-nostdin", "-skip_rlimit"]
        pairs = [str(part) for pair in options.items() for part in pair]
        return ["sipp", *remote, *flags, *pairs]


def free_port() -> int:
    """A port of the loopback that nobody has, nor the `PORTS_EACH` that follow it.

    It lies below those that the kernel hands out, lest another socket get it meanwhile.
    """
    start = random.SystemRandom().randrange(PORTS.start, PORTS.stop, PORTS.step)
    for first in itertools.chain(range(start, PORTS.stop, PORTS.step), PORTS):
        if first not in _given and all(_is_free(first + n) for n in range(PORTS_EACH)):
            _given.add(first)
            return first
    raise OSError("no free ports on the loopback")


def _is_free(port: int) -> bool:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.bind((LOCAL, port))
        except OSError:
            return False
    return True


_given: set[int] = set()
