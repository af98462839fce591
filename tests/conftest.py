"""What many tests share: a real store, on SQLite and on PostgreSQL."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from hypothesis import settings

from engine.store import SqlStore, open_store
from tests import postgres

# A test tells right from wrong, on a busy machine too; speed is for the benchmarks.
settings.register_profile("licite", deadline=None)
settings.load_profile("licite")

_names = (f"licite_{number}" for number in itertools.count(1))


@pytest.fixture(scope="session")
def postgres_address() -> Iterator[str]:
    """The address of a PostgreSQL of the tests' own, without a database's name."""
    if postgres.binaries() is None:
        pytest.skip(postgres.MISSING)
    with postgres.server() as address:
        yield address


@pytest.fixture(scope="session")
def postgres_template(postgres_address: str) -> str:
    """The name of a migrated database, to be copied for each test."""
    _create(postgres_address, "licite_template")
    store = open_store(f"{postgres_address}/licite_template")
    store.upgrade()
    store.close()
    return "licite_template"


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated SQLite file, to be copied for each test."""
    path = tmp_path_factory.mktemp("template") / "licite.db"
    store = open_store(f"sqlite:///{path}")
    store.upgrade()
    store.close()
    return path


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.peer)])
def store_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of a migrated, empty store: each test runs on both databases."""
    if request.param == "sqlite":
        path = tmp_path / "licite.db"
        path.write_bytes(request.getfixturevalue("sqlite_template").read_bytes())
        return f"sqlite:///{path}"
    address: str = request.getfixturevalue("postgres_address")
    name = next(_names)
    _create(address, name, template=request.getfixturevalue("postgres_template"))
    return f"{address}/{name}"


@pytest.fixture
def store(store_url: str) -> Iterator[SqlStore]:
    """A migrated, empty store."""
    opened = open_store(store_url)
    yield opened
    opened.close()


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.peer)])
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of a database without any table."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'empty.db'}"
    address: str = request.getfixturevalue("postgres_address")
    name = next(_names)
    _create(address, name)
    return f"{address}/{name}"


def _create(address: str, name: str, template: str = "template0") -> None:
    database = sa.create_engine(f"{address}/postgres", isolation_level="AUTOCOMMIT")
    with database.connect() as connection:
        connection.exec_driver_sql(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
    database.dispose()
