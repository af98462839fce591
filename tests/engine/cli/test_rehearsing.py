"""What a rehearsal adds to an installation."""

from __future__ import annotations

import stat
from pathlib import Path

from config.settings import Settings
from engine.addresses import Addresses
from engine.bootstrap import reaches_nobody
from engine.cli.rehearsing import (
    TWILIO_DOUBLE,
    double_command,
    ensure_double_route,
    local_address,
)
from engine.interfaces import Store
from engine.keys import open_keys


def test_the_doubles_route_reaches_nobody_and_keeps_its_account(
    store: Store, tmp_path: Path
) -> None:
    settings = Settings(data_dir=tmp_path)
    made = ensure_double_route(store, settings)
    with store.read() as unit:
        route = unit.setup.route(TWILIO_DOUBLE)
    assert route is not None
    assert reaches_nobody(route)
    assert ensure_double_route(store, settings) == made == route.settings


def test_the_doubles_token_is_the_owners_alone(store: Store, tmp_path: Path) -> None:
    secret = Path(str(ensure_double_route(store, Settings(data_dir=tmp_path))["secret"]))
    assert stat.S_IMODE(secret.stat().st_mode) == 0o600
    assert len(secret.read_text().strip()) == 32


def test_the_double_rings_our_own_web_process(store: Store, tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path, web_host="0.0.0.0", web_port=8123)
    addresses = Addresses(local_address(settings), open_keys(settings.keys_dir))
    command = double_command(settings, ensure_double_route(store, settings), addresses)
    voice_url = command[command.index("--voice-url") + 1]
    assert voice_url == f"http://127.0.0.1:8123/carriers/twilio/{TWILIO_DOUBLE}/call"
