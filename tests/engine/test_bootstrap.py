"""The engine opens whole or not at all; the law's clock moves only in the sandbox."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from config.settings import Settings
from engine.bootstrap import ClockRefused, check_clock, law_clock, open_engine, reaches_nobody
from engine.interfaces import Route
from engine.store import open_store

SANDBOX = Route("rehearsal", "sandbox", {"host": "127.0.0.1", "port": 5090})
TRUNK = Route("main", "trunk", {"host": "192.0.2.1", "port": 5060})
ELSEWHERE = Route("far", "sandbox", {"host": "192.0.2.1", "port": 5090})
NAMED = Route("named", "sandbox", {"host": "sandbox.example", "port": 5090})
DOUBLE = Route("double", "twilio", {"api_url": "http://127.0.0.1:5092"})
DIRECT = Route("direct", "voicepartner", {"api_url": "http://[::1]:5093"})
ACCOUNT = Route("account", "twilio", {"account_sid": "AC" + "0" * 32})
PARTNER = Route("partner", "voicepartner", {})
TRUNK_HERE = Route("here", "trunk", {"host": "127.0.0.1", "api_url": "http://127.0.0.1:5092"})


def settings(folder: Path, *routes: Route, shift_s: float | None = None) -> Settings:
    made = Settings(data_dir=folder, database_url="", law_clock_shift_s=shift_s)
    store = open_store(made.store_url)
    store.upgrade()
    with store.write() as unit:
        for route in routes:
            unit.setup.add_route(route)
    store.close()
    return made


def test_the_clock_is_the_machines_unless_moved(tmp_path: Path) -> None:
    moved = Settings(data_dir=tmp_path, law_clock_shift_s=86_400)
    apart = law_clock(moved)() - law_clock(Settings(data_dir=tmp_path))()
    assert abs(apart - timedelta(days=1)) < timedelta(seconds=1)
    assert law_clock(moved)().tzinfo is UTC


def test_the_clock_may_move_over_the_sandbox(tmp_path: Path) -> None:
    engine = open_engine(settings(tmp_path, SANDBOX, shift_s=3_600.0))
    assert engine.clock() > datetime.now(UTC)
    engine.close()


@pytest.mark.parametrize("route", [DOUBLE, DIRECT])
def test_the_clock_may_move_over_the_double_of_an_account(tmp_path: Path, route: Route) -> None:
    check_clock(Settings(data_dir=tmp_path, law_clock_shift_s=3_600.0), [route])


@pytest.mark.parametrize("carrier", ["twilio", "voicepartner"])
@pytest.mark.parametrize(
    "address",
    [
        "https://api.twilio.com",
        "http://localhost:5092",
        "http://127.0.0.1.example.org",
        "http://127.0.0.1@example.org",
        "http://example.org\\@127.0.0.1",
        "http://127.0.0.1:5092@example.org/",
        "http://192.0.2.1",
        "http://127.0.0.1:5092/x",
        "ftp://127.0.0.1",
        "127.0.0.1",
    ],
)
def test_only_this_machines_own_number_is_a_double(carrier: str, address: str) -> None:
    assert not reaches_nobody(Route("r", carrier, {"api_url": address}))


@pytest.mark.parametrize("route", [TRUNK, ELSEWHERE, NAMED, ACCOUNT, PARTNER, TRUNK_HERE])
def test_the_clock_may_not_move_with_a_real_route(tmp_path: Path, route: Route) -> None:
    made = settings(tmp_path, SANDBOX, route, shift_s=3_600.0)
    with pytest.raises(ClockRefused, match=f"not the sandbox: {route.name}"):
        open_engine(made)


def test_a_shift_of_nothing_is_refused_too(tmp_path: Path) -> None:
    with pytest.raises(ClockRefused):
        check_clock(Settings(data_dir=tmp_path, law_clock_shift_s=0.0), [TRUNK])


def test_without_a_shift_every_route_is_welcome(tmp_path: Path) -> None:
    open_engine(settings(tmp_path, SANDBOX, TRUNK)).close()


def test_the_voice_process_refuses_to_start(tmp_path: Path) -> None:
    settings(tmp_path, TRUNK)
    moved = {"LICITE_DATA_DIR": str(tmp_path), "LICITE_LAW_CLOCK_SHIFT_S": "3600"}
    kept = {name: value for name, value in os.environ.items() if not name.startswith("LICITE_")}
    ended = subprocess.run(
        [sys.executable, "-m", "ivr"], env={**kept, **moved}, capture_output=True, timeout=60
    )
    assert ended.returncode == 1
    assert b"not the sandbox: main" in ended.stderr
    assert b"Traceback" not in ended.stderr
