"""What the tests of the voice process share: an engine on a house that is set up."""

from __future__ import annotations

from pathlib import Path

import pytest

from audio.prompts import warm
from config.settings import Settings
from engine.bootstrap import Engine
from engine.store import SqlStore
from tests.engine.operating import OPEN, a_house


@pytest.fixture(scope="session")
def voice() -> None:
    """Load what speaks: seconds of a core, which no test is to wait for in the middle."""
    warm()


@pytest.fixture
def engine(store: SqlStore, tmp_path: Path, voice: None) -> Engine:
    house = a_house(store)
    settings = Settings(data_dir=tmp_path, calls_per_second=200.0, drain_s=2.0)
    return Engine(settings, store, house.law, house.keys, lambda: OPEN)
