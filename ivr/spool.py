"""Opt-outs that the store could not take at once, kept on disk until it does."""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import structlog

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class SpooledOptOut:
    """One opt-out waiting for the store."""

    sender_id: str
    number: str
    channel: str
    at: datetime


class Spool:
    """A file of opt-outs, one JSON line each, readable by its owner only.

    While it holds anything nobody may be dialled: a callee in it has objected. What a full disk
    refuses is kept in memory, and nobody is dialled by this process.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._in_memory: list[SpooledOptOut] = []

    @property
    def is_empty(self) -> bool:
        """Tell whether every opt-out has reached the store."""
        return not self._in_memory and not self._path.exists()

    def keep(self, opt_out: SpooledOptOut) -> None:
        """Write *opt_out* down; it is on the disk when this returns, or in memory at the worst."""
        try:
            self._write(opt_out)
        except OSError as error:
            log.critical("an opt-out is in memory only: make room on the disk", reason=str(error))
            self._in_memory.append(opt_out)

    def _write(self, opt_out: SpooledOptOut) -> None:
        line = json.dumps({**asdict(opt_out), "at": opt_out.at.isoformat()}) + "\n"
        with self._alone():
            descriptor = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
            with os.fdopen(descriptor, "w") as file:
                file.write(line)
                file.flush()
                os.fsync(file.fileno())

    def deliver(self, opt_out: Callable[[SpooledOptOut], Any]) -> int:
        """Give every kept opt-out to *opt_out*, then forget them; return how many.

        An exception of *opt_out* leaves the file as it is: opting out twice is harmless.
        """
        return self._deliver_memory(opt_out) + self._deliver_file(opt_out)

    def _deliver_memory(self, opt_out: Callable[[SpooledOptOut], Any]) -> int:
        delivered = 0
        while self._in_memory:
            opt_out(self._in_memory[0])
            del self._in_memory[0]
            delivered += 1
        return delivered

    def _deliver_file(self, opt_out: Callable[[SpooledOptOut], Any]) -> int:
        if not self._path.exists():
            return 0
        with self._alone():
            if not self._path.exists():  # another process delivered it meanwhile
                return 0
            kept = [_read(line) for line in self._path.read_text("utf-8").splitlines() if line]
            for one in kept:
                opt_out(one)
            self._path.unlink()
        return len(kept)

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Keep every other process out of the file."""
        with self._path.with_suffix(".lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield


def _read(line: str) -> SpooledOptOut:
    fields = json.loads(line)
    return SpooledOptOut(**{**fields, "at": datetime.fromisoformat(fields["at"])})
