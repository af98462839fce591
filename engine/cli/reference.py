"""The reference of the command line, written from the commands themselves."""

from __future__ import annotations

from collections.abc import Iterator
from inspect import cleandoc

import click

from engine.cli import main

_OPENING = """# Command line

Written by `bin/write-commands` from the commands themselves.

`--json` prints one JSON document on standard output and nothing else. Exit status: 0 done,
1 refused (the reasons are printed), 2 bad usage or bad input (field, reason, way out).
"""


def reference() -> str:
    """Return the reference in Markdown."""
    root = click.Context(main, info_name="licite")
    return "\n".join([_OPENING, *_described(main, root)])


def _described(group: click.Group, ctx: click.Context) -> Iterator[str]:
    for name in group.list_commands(ctx):
        command = group.get_command(ctx, name)
        if command is None:
            continue
        here = click.Context(command, info_name=name, parent=ctx)
        if isinstance(command, click.Group):
            yield f"## {here.command_path}\n\n{command.help}\n"
            yield from _described(command, here)
        else:
            yield _command(command, here)


def _command(command: click.Command, ctx: click.Context) -> str:
    usage = " ".join([ctx.command_path, *command.collect_usage_pieces(ctx)])
    options = [
        f"| `{_in_a_cell(shown[0])}` | {shown[1]} |".replace("[required]", "(required)")
        for parameter in command.params
        if isinstance(parameter, click.Option) and (shown := parameter.get_help_record(ctx))
    ]
    rows = ["", "| option | |", "|---|---|", *options] if options else []
    level = "##" if ctx.parent is not None and ctx.parent.parent is None else "###"
    return "\n".join([f"{level} `{usage}`", "", cleandoc(command.help or ""), *rows, ""])


def _in_a_cell(text: str) -> str:
    return text.replace("|", "\\|")
