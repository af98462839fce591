"""``licite db``: the store's schema."""

from __future__ import annotations

import click

from engine.cli.output import Answer, answering
from engine.cli.shell import Shell


@click.group()
def db() -> None:
    """The store: bring its schema up to date."""


@db.command()
@answering
def upgrade(shell: Shell) -> Answer:
    """Create or migrate the schema; nothing happens when it is current."""
    shell.upgrade_store()
    url = shell.settings.store_url
    kind = "PostgreSQL" if url.startswith("postgresql") else "SQLite"
    return Answer({"store": kind, "schema": "current"}, [shell.say("db.current", store=kind)])
