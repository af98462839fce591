"""The reference of the command line says what the commands say."""

from __future__ import annotations

from pathlib import Path

from engine.cli.reference import reference

REFERENCE = Path(__file__).resolve().parents[3] / "docs/reference/commands.md"


def test_the_reference_is_the_commands_own() -> None:
    """When it is not: bin/write-commands."""
    assert REFERENCE.read_text(encoding="utf-8") == reference()
