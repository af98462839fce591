"""``licite audio``: make recordings ready for the telephone, and listen as a call does."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from audio.files import read_samples, write_wav
from audio.g711 import decode_alaw
from audio.listen.recording import Listened, listen
from audio.loudness import resample
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


@audio.command("listen")
@click.argument("sources", metavar="FILE...", nargs=-1, required=True, type=A_FILE)
@answering
def listen_to(shell: Shell, sources: tuple[Path, ...]) -> Answer:
    """Hear each FILE as a line from its answer on: person or machine, beeps, when to play."""
    rows: list[dict[str, Any]] = []
    for source in sources:
        with refusing(str(source), shell):
            samples, rate_hz = read_samples(source)
            heard = listen(resample(samples, rate_hz))
        rows.append(_heard(source, heard))
    names = ("file", "verdict", "heard", "starts_s")
    shown = table(*(shell.say(f"column.{name}") for name in names), rows=map(_cells, rows))
    return Answer({"files": rows}, [shown])


def _cells(row: Mapping[str, Any]) -> tuple[str, ...]:
    heard = ", ".join(f"{one['what']} {one['at_s']} s" for one in row["heard"])
    starts = ", ".join(f"{at_s}" for at_s in row["starts_s"])
    return (row["file"], row["verdict"] or "", heard, starts)


def _heard(source: Path, listened: Listened) -> dict[str, Any]:
    return {
        "file": str(source),
        "verdict": listened.verdict.value if listened.verdict else None,
        "heard": [{"what": h.what.value, "at_s": round(h.at_s, 2)} for h in listened.heard],
        "starts_s": [round(at_s, 2) for at_s in listened.starts_s],
    }


def _write(shell: Shell, prepared: Prepared, target: Path) -> None:
    if not target.parent.is_dir():
        raise BadInputError("OUT", f"{target.parent}", shell.say("common.writable"))
    try:
        if target.suffix.lower() == ".alaw":
            target.write_bytes(prepared.alaw)
        elif target.suffix.lower() == ".wav":
            write_wav(target, decode_alaw(prepared.alaw))
        else:
            raise BadInputError("OUT", shell.say("audio.suffix"), shell.say("audio.suffix_remedy"))
    except OSError as error:
        raise BadInputError("OUT", str(error), shell.say("common.writable")) from error
