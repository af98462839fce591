"""The demonstration's processes: the network in a box, and the voice process beside it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from types import TracebackType
from typing import Self

from config.settings import Settings
from engine.demo.stage import Stage

#: What a process may take to start on a busy machine, and to end.
STARTS_WITHIN_S, ENDS_WITHIN_S = 30.0, 10.0


class NotStarted(RuntimeError):
    """A process of the demonstration did not start; the message names its log."""


class Players:
    """The sandbox and one voice process; a voice process that dies is started again."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self._sandbox: subprocess.Popen[bytes] | None = None
        self._voice: subprocess.Popen[bytes] | None = None
        self.deaths = 0

    @property
    def voice_log(self) -> Path:
        """What the voice process said."""
        return self._stage.folder / "voice.log"

    @property
    def sandbox_log(self) -> Path:
        """What the network said."""
        return self._stage.folder / "sandbox.log"

    def __enter__(self) -> Self:
        """Start both; raises NotStarted."""
        settings = self._stage.settings
        self._sandbox = self._start(
            self.sandbox_log,
            "-m", "engine.sandbox",
            "--sip-port", str(self._stage.sandbox_port),
            "--lines", str(self._stage.lines),
            "--mailboxes", str(self._stage.mailboxes),
            "--events", str(self._stage.events),
            "--inbound", f"{settings.sip_host}:{settings.sip_port}",
        )  # fmt: skip
        self._await_sandbox()
        self._start_voice()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """End both, the voice process first, so that it leaves its calls in good order."""
        for process in (self._voice, self._sandbox):
            if process is not None and process.poll() is None:
                process.send_signal(signal.SIGTERM)
                try:
                    process.wait(ENDS_WITHIN_S)
                except subprocess.TimeoutExpired:
                    process.kill()
                    process.wait()

    def revive(self) -> bool:
        """Start the voice process again if it died; tell whether it had."""
        if self._voice is None or self._voice.poll() is None:
            return False
        self.deaths += 1
        if self.deaths > 5:
            raise NotStarted(f"licite voice: {self.voice_log}")
        self._start_voice()
        return True

    def _start_voice(self) -> None:
        self._voice = self._start(self.voice_log, "-m", "ivr")
        (self._stage.folder / "voice.pid").write_text(f"{self._voice.pid}\n", "ascii")

    def _start(self, log: Path, *arguments: str) -> subprocess.Popen[bytes]:
        with log.open("ab") as file:
            return subprocess.Popen(
                [sys.executable, *arguments],
                stdin=subprocess.DEVNULL,
                stdout=file,
                stderr=file,
                env={**os.environ, **environment(self._stage.settings)},
            )

    def _await_sandbox(self) -> None:
        deadline = time.monotonic() + STARTS_WITHIN_S
        while b"sandbox ready" not in self.sandbox_log.read_bytes():
            is_dead = self._sandbox is None or self._sandbox.poll() is not None
            if is_dead or time.monotonic() > deadline:
                self.__exit__(None, None, None)
                raise NotStarted(f"sandbox: {self.sandbox_log}")
            time.sleep(0.05)


def environment(settings: Settings) -> dict[str, str]:
    """Return the settings as a process's environment."""
    values = settings.model_dump(mode="json", exclude_none=True)
    named = {f"LICITE_{name.upper()}": str(value) for name, value in values.items()}
    return {**named, "PYTHONUNBUFFERED": "1"}
