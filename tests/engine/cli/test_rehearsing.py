"""What a rehearsal adds to an installation."""

from __future__ import annotations

import socket
import stat
from pathlib import Path

import pytest

from config.settings import Settings
from engine.addresses import Addresses
from engine.bootstrap import reaches_nobody
from engine.cli.ports import TCP, UDP, free_port, why_taken
from engine.cli.rehearsing import (
    TWILIO_DOUBLE,
    api_port,
    double_command,
    ensure_double_route,
    ensure_sandbox_route,
    local_address,
    sandbox_command,
)
from engine.interfaces import Store
from engine.interfaces.records import Route
from engine.keys import open_keys
from tests.engine.cli.conftest import CommandLine


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


def test_a_token_that_was_never_written_is_made_up_again(store: Store, tmp_path: Path) -> None:
    (tmp_path / "twilio-double.token").touch(mode=0o600)
    secret = Path(str(ensure_double_route(store, Settings(data_dir=tmp_path))["secret"]))
    made_up = secret.read_text()
    assert len(made_up.strip()) == 32
    ensure_double_route(store, Settings(data_dir=tmp_path))
    assert secret.read_text() == made_up


def test_the_double_rings_our_own_web_process(store: Store, tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path, web_host="0.0.0.0", web_port=8123)
    addresses = Addresses(local_address(settings), open_keys(settings.keys_dir))
    command = double_command(settings, ensure_double_route(store, settings), addresses)
    voice_url = command[command.index("--voice-url") + 1]
    assert voice_url == f"http://127.0.0.1:8123/carriers/twilio/{TWILIO_DOUBLE}/call"


def test_a_double_listens_where_its_route_leads(store: Store, tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path)
    addresses = Addresses("http://127.0.0.1:8123", open_keys(settings.keys_dir))
    route = {**ensure_double_route(store, settings), "api_url": "http://127.0.0.1:6123"}
    command = double_command(settings, route, addresses)
    assert command[command.index("--port") + 1] == "6123" == str(api_port(route))


def test_the_sandbox_listens_where_its_route_leads(store: Store, tmp_path: Path) -> None:
    with store.write() as unit:
        unit.setup.add_route(Route("sandbox", "sandbox", {"host": "127.0.0.1", "port": 6124}))
    command = sandbox_command(Settings(data_dir=tmp_path), ensure_sandbox_route(store))
    assert command[command.index("--sip-port") + 1] == "6124"


@pytest.mark.parametrize("kind", [TCP, UDP])
def test_a_port_that_is_taken_is_left_to_who_has_it(kind: socket.SocketKind) -> None:
    with socket.socket(socket.AF_INET, kind) as other:
        other.bind(("127.0.0.1", 0))
        if kind is TCP:
            other.listen()
        port = other.getsockname()[1]
        assert why_taken("127.0.0.1", port, kind)
        assert free_port(port, kind) not in (port, 0)
    assert free_port(port, kind) == port


def test_a_rehearsal_says_which_of_its_routes_has_a_taken_port(
    licite: CommandLine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, kind in (("LICITE_WEB_PORT", TCP), ("LICITE_SIP_PORT", UDP)):
        monkeypatch.setenv(name, str(free_port(0, kind)))
    secret = tmp_path / "token"
    secret.write_text("made up")
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        route = ("--carrier", "twilio", "--account-sid", "AC" + "0" * 32, "--secret-file", secret)
        there = f"http://127.0.0.1:{port}"
        assert licite("route", "add", TWILIO_DOUBLE, *route, "--api-url", there).status == 0
        ended = licite("serve", "--carrier", TWILIO_DOUBLE)
    assert ended.status != 0
    assert f"{TWILIO_DOUBLE}: 127.0.0.1:{port}: Address already in use" in ended.err
    assert "end it" in ended.err
