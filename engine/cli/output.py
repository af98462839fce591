"""What a command answers, and how it is printed: for people, or as one JSON document."""

from __future__ import annotations

import functools
import json
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, time
from enum import Enum
from pathlib import Path
from typing import Concatenate, ParamSpec, cast

import click
from rich.console import Console, RenderableType
from rich.table import Table
from rich.text import Text

from engine.cli.errors import BadInputError
from engine.cli.shell import Shell
from engine.interfaces.records import StoreUnavailable

DONE, REFUSED, BAD_INPUT = 0, 1, 2


@dataclass(frozen=True, slots=True)
class Answer:
    """What a command found out: the *document* for programs, what is *shown* to people."""

    document: Mapping[str, object]
    shown: Sequence[RenderableType] = field(default=())
    refused: bool = False


def table(*headings: str, rows: Iterable[Sequence[object]]) -> Table:
    """Return a plain table; a cell is never read as markup."""
    drawn = Table(box=None, pad_edge=False, header_style="bold")
    for heading in headings:
        drawn.add_column(heading, overflow="fold")
    for row in rows:
        drawn.add_row(*(Text("" if cell is None else str(cell)) for cell in row))
    return drawn


def listing(
    shell: Shell, name: str, rows: Sequence[Mapping[str, object]], columns: Sequence[str]
) -> Answer:
    """Answer *rows* as a table of *columns*, and as a document with one list, *name*."""
    headings = [shell.say(f"column.{column}") for column in columns]
    drawn = table(*headings, rows=[[_cell(row[column]) for column in columns] for row in rows])
    return Answer({name: list(rows)}, [drawn if rows else shell.say("common.none")])


def _cell(value: object) -> str:
    match value:
        case None:
            return ""
        case datetime():
            return value.isoformat(timespec="seconds")
        case list() | tuple() | set() | frozenset():
            return ", ".join(sorted(str(part) for part in value))
        case _:
            return str(value)


P = ParamSpec("P")


def answering(command: Callable[Concatenate[Shell, P], Answer]) -> Callable[..., None]:
    """Give *command* the `Shell` and ``--json``; print what it answers and exit accordingly."""

    @click.option("--json", "as_json", is_flag=True, help="Print one JSON document, nothing else.")
    @click.pass_obj
    @functools.wraps(command)
    def run(shell: Shell, /, *args: P.args, **kwargs: P.kwargs) -> None:
        as_json = bool(kwargs.pop("as_json"))
        with complaining(shell, as_json=as_json):
            answer = command(shell, *args, **kwargs)
        _print(answer, as_json=as_json)
        sys.exit(REFUSED if answer.refused else DONE)

    return cast("Callable[..., None]", run)


@contextmanager
def complaining(shell: Shell, *, as_json: bool = False) -> Iterator[None]:
    """End the program with what cannot be used, never with a traceback: input, store, files."""
    try:
        yield
    except BadInputError as error:
        sys.exit(_complain(error, as_json=as_json))
    except StoreUnavailable as error:
        remedy = shell.say("shell.unavailable")
        unusable = BadInputError("LICITE_DATABASE_URL", str(error), remedy)
        sys.exit(_complain(unusable, as_json=as_json))
    except OSError as error:
        if error.filename is None:
            raise
        remedy = shell.say("common.writable")
        unusable = BadInputError(str(error.filename), error.strerror or str(error), remedy)
        sys.exit(_complain(unusable, as_json=as_json))


def _print(answer: Answer, *, as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps(answer.document, ensure_ascii=False, default=_jsonable))
        return
    console = Console(highlight=False, soft_wrap=True, width=None if sys.stdout.isatty() else 140)
    for shown in answer.shown:
        console.print(Text(shown) if isinstance(shown, str) else shown)


def _complain(error: BadInputError, *, as_json: bool) -> int:
    if as_json:
        problems = [
            dict(zip(("field", "reason", "remedy"), p, strict=True)) for p in error.problems
        ]
        click.echo(json.dumps({"errors": problems}, ensure_ascii=False))
        return BAD_INPUT
    for field_name, reason, remedy in error.problems:
        click.echo(f"{field_name}: {reason}", err=True)
        if remedy:
            click.echo(f"  -> {remedy}", err=True)
    return BAD_INPUT


def _jsonable(value: object) -> object:
    """Return what JSON lacks: instants in ISO 8601, enumerations by value, sets as lists."""
    match value:
        case datetime() | date() | time():
            return value.isoformat()
        case Enum():
            return value.value
        case Path():
            return str(value)
        case frozenset() | set():
            return sorted(value)
        case bytes():
            return value.hex()
    raise TypeError(f"{type(value).__name__} is not JSON")
