"""A group of commands whose modules are imported when they are asked for."""

from __future__ import annotations

import importlib
import json
import sys
from collections.abc import Mapping, Sequence
from typing import Any

import click


class LazyGroup(click.Group):
    """Imports ``"module:attribute"`` on demand; answers usage errors in JSON where asked to."""

    def __init__(self, *args: Any, commands_at: Mapping[str, str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._commands_at = dict(commands_at)

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names, in alphabetical order."""
        return sorted(self._commands_at)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import the command *cmd_name*."""
        if (place := self._commands_at.get(cmd_name)) is None:
            return None
        module, _, attribute = place.partition(":")
        command: click.Command = getattr(importlib.import_module(module), attribute)
        return command

    def main(self, args: Sequence[str] | None = None, *rest: Any, **kwargs: Any) -> Any:
        """Run as a program: usage errors end with status 2, in JSON when ``--json`` was given."""
        given = list(sys.argv[1:] if args is None else args)
        if "--json" not in given:
            return super().main(given, *rest, **kwargs)
        try:
            super().main(given, *rest, **{**kwargs, "standalone_mode": False})
        except click.UsageError as error:
            click.echo(json.dumps({"errors": [_problem(error)]}, ensure_ascii=False))
            sys.exit(error.exit_code)
        except click.Abort:
            sys.exit(130)
        sys.exit(0)


def _problem(error: click.UsageError) -> dict[str, str]:
    parameter = getattr(error, "param", None)
    named = parameter.name if isinstance(parameter, click.Parameter) else None
    return {
        "field": named or str(getattr(error, "param_hint", None) or ""),
        "reason": error.format_message(),
        "remedy": f"{error.ctx.command_path if error.ctx else 'licite'} --help",
    }
