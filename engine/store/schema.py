"""The schema's version: what the database has, what this program wants, and the way up."""

from __future__ import annotations

import os
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine

import migrations
from engine.store.connection import keep_write_ahead_log, writing


class SchemaMismatch(RuntimeError):
    """The database is not at the version that this program was written for."""


def _config(connection: Connection | None = None) -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(migrations.__file__).parent))
    config.attributes["connection"] = connection
    return config


def wanted_version() -> str | None:
    """Return the version of the newest migration."""
    return ScriptDirectory.from_config(_config()).get_current_head()


def current_version(connection: Connection) -> str | None:
    """Return the version that the database has; `None` for an empty one."""
    return MigrationContext.configure(connection).get_current_revision()


def check(connection: Connection) -> None:
    """Raise SchemaMismatch, saying what to do, unless the database has the version wanted."""
    current, wanted = current_version(connection), wanted_version()
    if current == wanted:
        return
    if current is None:
        raise SchemaMismatch("The database has no tables yet: run `licite db upgrade`.")
    if _is_known(current):
        raise SchemaMismatch(
            f"The database is at version {current} and this program wants {wanted}: "
            "stop every process and run `licite db upgrade`."
        )
    raise SchemaMismatch(
        f"The database is at version {current}, newer than this program knows ({wanted}): "
        "install the newer Licite."
    )


def _is_known(version: str) -> bool:
    script = ScriptDirectory.from_config(_config())
    return any(revision.revision == version for revision in script.walk_revisions())


def upgrade(database: Engine) -> None:
    """Bring the database to the version wanted, in one transaction; create SQLite's file."""
    if database.dialect.name == "sqlite":
        _create_file(database.url.database)
        keep_write_ahead_log(database)
    with writing(database) as connection:
        if connection.dialect.name == "postgresql":
            connection.exec_driver_sql("SELECT pg_advisory_xact_lock(7215843)")
        current = current_version(connection)
        if current is not None and not _is_known(current):
            check(connection)
        command.upgrade(_config(connection), "head")


def _create_file(path: str | None) -> None:
    """Create the database's file, readable by its owner only: it holds telephone numbers."""
    if path and path != ":memory:":
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT, 0o600))
