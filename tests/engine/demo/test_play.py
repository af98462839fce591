"""The demonstration ends well, even when its voice process is killed in the middle."""

from __future__ import annotations

import json
import os
import signal
import threading
import time
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from engine.demo import run, scenario
from engine.numbers import parse
from engine.outcome import Outcome
from engine.sandbox.kinds import Kind
from engine.sandbox.lines import Lines

KNOWN = {outcome.value for outcome in Outcome}


def kill_voice_when_calls_are_open(folder: Path) -> None:
    """Wait until the network has seen a first call end, then kill -9."""
    events, pid = folder / "sandbox.jsonl", folder / "voice.pid"
    deadline = time.monotonic() + 60
    while not (events.exists() and events.stat().st_size) and time.monotonic() < deadline:
        threading.Event().wait(0.1)
    os.kill(int(pid.read_text()), signal.SIGKILL)


def drops_of(report: dict[str, Any], campaign: int) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = report["campaigns"][campaign]["drops"]
    return found


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> tuple[int, Path, dict[str, Any]]:
    """The whole demonstration, its voice process killed once on the way."""
    folder = tmp_path_factory.mktemp("demo")
    killer = threading.Thread(target=kill_voice_when_calls_are_open, args=[folder])
    killer.start()
    status = run(folder, language="en")
    killer.join()
    return status, folder, json.loads((folder / "report.json").read_text("utf-8"))


@pytest.mark.peer
def test_it_ends_well(played: tuple[int, Path, dict[str, Any]]) -> None:
    status, _, report = played
    assert status == 0
    assert report["journal"]["verified"] is True
    assert report["journal"]["entries"] > 100


@pytest.mark.peer
def test_no_drop_is_lost_or_repeated(played: tuple[int, Path, dict[str, Any]]) -> None:
    _, folder, report = played
    records = [json.loads(line) for line in (folder / "sandbox.jsonl").read_text().splitlines()]
    placed = Counter(record["number"] for record in records if record["direction"] == "to_line")
    assert placed
    assert max(placed.values()) <= 2, "more calls than campaigns"
    for campaign in (0, 1):
        assert {drop["outcome"] for drop in drops_of(report, campaign)} <= KNOWN
        assert len(drops_of(report, campaign)) == len(scenario.cast()) - 3
    cut = [drop for drop in drops_of(report, 0) if drop["outcome"] == "unknown"]
    assert cut, "the process was killed while calls were open"


@pytest.mark.peer
def test_boxes_hear_all_of_it_right_after_the_beep(
    played: tuple[int, Path, dict[str, Any]],
) -> None:
    _, folder, report = played
    deposits = [drop for drop in drops_of(report, 1) if drop["outcome"] == "deposited"]
    assert len(deposits) >= 10
    for drop in deposits:
        assert 0 <= drop["start_s"] - drop["beep_end_s"] <= 0.7, drop["line"]
        assert drop["correlation"] > 0.95, drop["line"]
        assert (folder / "mailboxes" / drop["mailbox"]).is_file()


@pytest.mark.peer
def test_who_objected_is_not_called_again(played: tuple[int, Path, dict[str, Any]]) -> None:
    _, _, report = played
    first = {drop["callee"]: drop for drop in drops_of(report, 0)}
    objected = [c for c, drop in first.items() if drop["outcome"] == "opted_out"]
    second = {drop["callee"]: drop for drop in drops_of(report, 1)}
    for callee in objected:
        assert second[callee]["outcome"] == "refused"
        assert any("21(2)" in article for article in second[callee]["articles"])
    assert report["opt_outs"]["call_back"] >= 1


#: Those that want a voice scenario with a transfer, which the demonstration has not.
CONNECTED = {Kind.RECEPTION, Kind.ASKS_FOR_RECEPTION}


def test_every_kind_of_line_is_on_the_list() -> None:
    assert {part.line for part in scenario.cast() if part.line} == set(Kind) - CONNECTED
    lines = Lines.parse(scenario.lines_toml(scenario.cast()))
    assert {line.kind for line in lines.listed.values()} == set(Kind) - CONNECTED


def test_nobody_real_is_on_the_list() -> None:
    """Numbers kept for fiction by the Arcep, and one overseas that no line answers."""
    fiction = ("+3319900", "+3326191", "+3335301", "+3346571")
    for part in scenario.cast():
        if part.line is not None:
            assert parse(part.number).e164.startswith(fiction)
