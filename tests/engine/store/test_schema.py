"""The schema: migrated, checked, and the same as the tables that the program uses."""

from __future__ import annotations

from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from engine.interfaces import StoreUnavailable
from engine.store import SqlStore, open_store
from engine.store.schema import SchemaMismatch
from engine.store.tables import metadata


def test_a_database_without_tables_is_refused_with_the_command_to_run(empty_url: str) -> None:
    store = open_store(empty_url)
    with pytest.raises(SchemaMismatch, match="licite db upgrade"):
        store.check()
    store.upgrade()
    store.check()
    store.close()


def test_an_embedded_database_is_made_for_its_owner_only(tmp_path: Path) -> None:
    path = tmp_path / "new" / "folder" / "licite.db"
    store = open_store(f"sqlite:///{path}")
    store.upgrade()
    store.check()
    store.close()
    for file in path.parent.iterdir():
        assert file.stat().st_mode & 0o077 == 0, file.name


def test_upgrading_twice_changes_nothing(store: SqlStore) -> None:
    store.upgrade()
    store.check()


def test_a_newer_schema_is_refused_and_left_alone(store: SqlStore) -> None:
    with store.database.begin() as connection:
        connection.execute(sa.text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(SchemaMismatch, match="install the newer Licite"):
        store.check()
    with pytest.raises(SchemaMismatch, match="install the newer Licite"):
        store.upgrade()


def test_the_migrations_make_the_tables_that_the_program_uses(store: SqlStore) -> None:
    with store.database.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": False})
        assert compare_metadata(context, metadata) == []


def test_another_database_is_refused_by_name() -> None:
    with pytest.raises(StoreUnavailable, match="not mysql"):
        open_store("mysql://localhost/licite")


@pytest.mark.parametrize(
    ("table", "verb"),
    [
        ("journal_head", "DELETE FROM journal_head"),
        ("journal_head", "UPDATE journal_head SET size = 7"),
        ("journal_entry", "UPDATE journal_entry SET subject = 'x'"),
        ("journal_leaf", "DELETE FROM journal_leaf"),
        ("journal_leaf", "UPDATE journal_leaf SET number = 7"),
        ("journal_node", "DELETE FROM journal_node"),
    ],
)
def test_what_is_append_only_refuses_change(store: SqlStore, table: str, verb: str) -> None:
    rows = {
        "journal_head": "INSERT INTO journal_head VALUES (1, :b, :t, :b)",
        "journal_entry": "INSERT INTO journal_entry (id, salt, body) VALUES (1, :b, :b)",
        "journal_leaf": "INSERT INTO journal_leaf VALUES (1, 1, :b)",
        "journal_node": "INSERT INTO journal_node VALUES (1, 1, :b)",
    }
    with store.database.begin() as connection:
        values = {"b": b"x", "t": "2026-11-21T12:00:00.000000Z"}
        statement = sa.text(rows[table])
        used = {k: v for k, v in values.items() if f":{k}" in rows[table]}
        connection.execute(statement, used)
    with store.database.connect() as connection, pytest.raises(sa.exc.DBAPIError, match="append"):
        connection.execute(sa.text(verb))
