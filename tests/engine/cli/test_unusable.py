"""An installation that cannot be used: which variable or file, why, what to do; no traceback."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from engine.cli import main
from tests.engine.cli.conftest import CommandLine, Ended


def run(folder: Path, *args: str, **variables: str) -> Ended:
    """Run a command with *variables* in its environment."""
    environment = {"LICITE_DATA_DIR": str(folder), "LICITE_LANGUAGE": "en", **variables}
    ended = CliRunner().invoke(main, args, env=environment)
    assert isinstance(ended.exception, SystemExit), ended.exception
    return Ended(ended.exit_code, ended.stdout, ended.stderr)


@pytest.fixture(params=[False, True], ids=["alone", "shared"])
def taken(request: pytest.FixtureRequest) -> Iterator[int]:
    """Return a TCP port of loopback that somebody listens on, as gunicorn does when shared."""
    with socket.create_server(("127.0.0.1", 0), reuse_port=request.param) as server:
        port: int = server.getsockname()[1]
        yield port


@pytest.mark.parametrize(
    "command", [("db", "upgrade"), ("sender", "list"), ("serve", "--rehearse"), ("demo",)]
)
def test_a_data_directory_below_a_file_is_named(tmp_path: Path, command: tuple[str, ...]) -> None:
    (tmp_path / "file").write_text("in the way")
    ended = run(tmp_path / "file" / "var", *command, LICITE_WEB_PORT="0")
    assert ended.status == 2
    assert "->" in ended.err


@pytest.mark.parametrize(
    "address",
    ["nonsense", "mysql://user:s3cret@host/base", "postgresql+none://user:s3cret@host/base"],
)
@pytest.mark.parametrize("command", [("db", "upgrade"), ("sender", "list")])
def test_an_address_of_no_store_is_refused_without_repeating_it(
    tmp_path: Path, address: str, command: tuple[str, str]
) -> None:
    ended = run(tmp_path, *command, "--json", LICITE_DATABASE_URL=address)
    assert ended.status == 2
    (error,) = ended.document["errors"]
    assert error["field"] == "LICITE_DATABASE_URL"
    assert "write sqlite:///FILE or postgresql+psycopg://" in error["reason"]
    assert "s3cret" not in ended.out + ended.err


@pytest.mark.parametrize("command", [("db", "upgrade"), ("sender", "list")])
def test_a_file_that_is_no_database_is_refused(tmp_path: Path, command: tuple[str, str]) -> None:
    (tmp_path / "licite.db").write_bytes(os.urandom(4096))
    ended = run(tmp_path, *command, "--json")
    assert ended.status == 2
    assert "not a database" in ended.document["errors"][0]["reason"]


def test_a_setting_that_cannot_be_used_is_named(tmp_path: Path) -> None:
    ended = run(tmp_path, "sender", "list", "--json", LICITE_SIP_PORT="abc")
    assert ended.status == 2
    (error,) = ended.document["errors"]
    assert error["field"] == "LICITE_SIP_PORT"
    assert "docs/reference/settings.md" in error["reason"]


def test_heads_that_cannot_be_written_are_named(licite: CommandLine, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    heads = tmp_path / "file" / "heads.jsonl"
    licite.json(
        *("sender", "add", "midi", "--name", "Midi", "--siren", "732829320", "--contact", "x")
    )
    opt_out = ("opt-out", "add", "0639980001", "--sender", "midi")
    ended = run(licite.folder, *opt_out, LICITE_HEADS_FILE=str(heads))
    assert ended.status == 2
    assert str(heads.parent) in ended.err


def test_a_web_port_that_is_taken_is_named(licite: CommandLine, taken: int) -> None:
    ended = run(licite.folder, "serve", LICITE_WEB_PORT=str(taken))
    assert ended.status == 2
    assert "LICITE_WEB_PORT" in ended.err
    assert f"127.0.0.1:{taken}: Address already in use" in ended.err
    assert "set another address" in ended.err


@pytest.mark.parametrize("command", ["serve", "voice"])
def test_a_process_does_not_start_before_its_database(tmp_path: Path, command: str) -> None:
    ended = run(tmp_path, command, LICITE_WEB_PORT="0")
    assert ended.status == 2
    assert "licite db upgrade" in ended.err


@pytest.mark.parametrize("key", ["journal.key", "suppression.key"])
def test_a_damaged_key_is_named_and_never_replaced(licite: CommandLine, key: str) -> None:
    licite.json("sender", "list")
    path = licite.folder / "keys" / key
    path.chmod(0o600)
    path.write_bytes(b"damaged")
    ended = run(licite.folder, "sender", "list", "--json")
    assert ended.status == 2
    (error,) = ended.document["errors"]
    assert (error["field"], bool(error["remedy"])) == ("LICITE_DATA_DIR", True)
    assert path.read_bytes() == b"damaged"
