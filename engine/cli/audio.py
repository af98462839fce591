"""``licite audio``: make recordings ready for the telephone, and listen as a call does."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path

import click

from audio.files import read_samples, write_wav
from audio.g711 import decode_alaw
from audio.prepare import Prepared, prepare
from audio.refusal import AudioRefused
from engine.cli.errors import BadInputError
from engine.cli.output import Answer, answering, table
from engine.cli.shell import Shell

A_FILE = click.Path(path_type=Path)


@click.group()
def audio() -> None:
    """Recordings: level, filter and encode them; hear what answers."""


@contextmanager
def refusing(field: str, shell: Shell) -> Iterator[None]:
    """Turn audio that cannot be used into a complaint about *field*."""
    try:
        yield
    except AudioRefused as error:
        raise BadInputError(field, *error.told(shell.say.language)) from error


@audio.command("prepare")
@click.argument("source", metavar="IN", type=A_FILE)
@click.argument("target", metavar="OUT", type=A_FILE)
@answering
def prepare_file(shell: Shell, source: Path, target: Path) -> Answer:
    """Level, band-limit and encode IN once; write OUT (.wav to listen, .alaw as it is sent)."""
    with refusing(str(source), shell):
        prepared = prepare(*read_samples(source))
    _write(shell, prepared, target)
    measured = asdict(prepared.report)
    shown = table(
        shell.say("audio.measured"),
        shell.say("audio.value"),
        rows=[(shell.say(f"audio.{name}"), f"{value:.2f}") for name, value in measured.items()],
    )
    written = shell.say("audio.written", path=target, sha256=prepared.sha256)
    return Answer(
        {"path": str(target), "sha256": prepared.sha256, "measured": measured}, [shown, written]
    )


def _write(shell: Shell, prepared: Prepared, target: Path) -> None:
    try:
        if target.suffix.lower() == ".alaw":
            target.write_bytes(prepared.alaw)
        elif target.suffix.lower() == ".wav":
            write_wav(target, decode_alaw(prepared.alaw))
        else:
            raise BadInputError("OUT", shell.say("audio.suffix"), shell.say("audio.suffix_remedy"))
    except OSError as error:
        raise BadInputError("OUT", str(error), shell.say("common.writable")) from error
