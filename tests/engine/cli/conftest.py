"""A command line on a store of its own."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from engine.cli import main


@dataclass(frozen=True, slots=True)
class Ended:
    """How a command ended."""

    status: int
    out: str
    err: str

    @property
    def document(self) -> Any:
        return json.loads(self.out)


@dataclass(frozen=True, slots=True)
class CommandLine:
    """Runs ``licite`` as an operator would, in one data directory."""

    folder: Path
    language: str = "en"

    def __call__(self, *args: object) -> Ended:
        environment = {"LICITE_DATA_DIR": str(self.folder), "LICITE_LANGUAGE": self.language}
        ended = CliRunner().invoke(main, [str(arg) for arg in args], env=environment)
        if ended.exception is not None and not isinstance(ended.exception, SystemExit):
            raise ended.exception
        return Ended(ended.exit_code, ended.stdout, ended.stderr)

    def json(self, *args: object) -> Any:
        """Run a command that must end well, and return its document."""
        ended = self(*args, "--json")
        assert ended.status == 0, ended
        return ended.document


@pytest.fixture
def empty(tmp_path: Path) -> CommandLine:
    """Return a command line whose store does not exist yet."""
    return CommandLine(tmp_path / "var")


@pytest.fixture
def licite(empty: CommandLine) -> CommandLine:
    """Return a command line on a migrated store."""
    assert empty("db", "upgrade").status == 0
    return empty


@pytest.fixture
def with_sender(licite: CommandLine) -> CommandLine:
    """Return a command line whose store knows the sender ``midi``."""
    ended = licite(
        *("sender", "add", "midi", "--name", "Lumière du Midi SARL", "--siren", "732 829 320"),
        *("--contact", "contact@midi.example"),
    )
    assert ended.status == 0, ended
    return licite
