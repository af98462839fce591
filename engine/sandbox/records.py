"""The truth about each call, for whoever judges what the caller did."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from datetime import datetime
from enum import Enum
from pathlib import Path

from engine.sandbox.kinds import Kind
from engine.sandbox.sounds import Beep


@dataclass(frozen=True, slots=True)
class Key:
    """A key press, in seconds from the answer."""

    digit: str
    at_s: float


@dataclass(frozen=True, slots=True)
class Packets:
    """RTP packets that the line received, and those missing in their numbering."""

    received: int = 0
    lost: int = 0


@dataclass(slots=True)
class CallRecord:
    """One call; see the package's docstring for each field."""

    call: int
    direction: str
    line: Kind
    number: str
    caller_id: str
    called: str
    invited_at: datetime
    asserted_id: str | None = None
    codec: str | None = None
    rang_s: float | None = None
    code: int = 0
    duration_s: float | None = None
    ended_by: str = ""
    greeting_end_s: float | None = None
    beeps: list[Beep] = field(default_factory=list)
    keys_pressed: list[Key] = field(default_factory=list)
    keys_heard: list[Key] = field(default_factory=list)
    wav: str | None = None
    packets: Packets = Packets()

    def as_json(self) -> str:
        """Return the record as one line of JSON; seconds to the millisecond."""
        return json.dumps(_plain(asdict(self)), ensure_ascii=False)


def _plain(value: object) -> object:
    match value:
        case dict():
            return {name: _plain(each) for name, each in value.items()}
        case list():
            return [_plain(each) for each in value]
        case float():
            return round(value, 3)
        case Enum():
            return value.value
        case datetime():
            return value.isoformat(timespec="milliseconds")
        case _:
            return value


class Ledger:
    """Keeps the finished calls, and writes each as a line of a file when there is one."""

    def __init__(self, path: Path | None) -> None:
        self.records: list[CallRecord] = []
        self._path = path
        if path is not None:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.touch()

    def add(self, record: CallRecord) -> None:
        """Note a finished call at once, so that a killed sandbox has lost none."""
        self.records.append(record)
        if self._path is not None:
            with self._path.open("a", encoding="utf-8") as file:
                file.write(record.as_json() + "\n")
