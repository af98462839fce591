"""Opt-outs survive a store that cannot take them."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from ivr.spool import Spool, SpooledOptOut

AT = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
ONE = SpooledOptOut("soleil", "+33199001201", "key", AT)
OTHER = SpooledOptOut("soleil", "+33199001202", "call_back", AT)


def test_what_is_kept_is_delivered_once(tmp_path: Path) -> None:
    spool = Spool(tmp_path / "opt_outs.spool")
    spool.keep(ONE)
    Spool(tmp_path / "opt_outs.spool").keep(OTHER)
    delivered: list[SpooledOptOut] = []

    counts = [spool.deliver(delivered.append), spool.deliver(delivered.append)]
    assert counts == [2, 0]
    assert delivered == [ONE, OTHER]
    assert spool.is_empty


def test_a_failed_delivery_loses_nothing(tmp_path: Path) -> None:
    spool = Spool(tmp_path / "opt_outs.spool")
    spool.keep(ONE)

    def down(_: SpooledOptOut) -> None:
        raise OSError("the store is down")

    with pytest.raises(OSError, match="down"):
        spool.deliver(down)
    assert not spool.is_empty


def test_only_its_owner_can_read_it(tmp_path: Path) -> None:
    spool = Spool(tmp_path / "opt_outs.spool")
    spool.keep(ONE)
    assert (tmp_path / "opt_outs.spool").stat().st_mode & 0o077 == 0


def test_a_disk_that_refuses_loses_nothing(tmp_path: Path) -> None:
    spool = Spool(tmp_path / "missing" / "opt_outs.spool")
    spool.keep(ONE)
    assert not spool.is_empty
    delivered: list[SpooledOptOut] = []
    assert spool.deliver(delivered.append) == 1
    assert delivered == [ONE]
    assert spool.is_empty
