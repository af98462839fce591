"""A SIP route's settings are complete, and its host has an address."""

from __future__ import annotations

from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from engine.carriers.checks import Around, Standing
from engine.carriers.trunk_check import check
from engine.interfaces import Route
from engine.journal import Json, Signer
from engine.keys import Keys

AROUND = Around("", Keys(Signer(Ed25519PrivateKey.generate()), bytes(32)), [])


def standings(settings: dict[str, Json]) -> dict[str, Standing]:
    return {each.name: each.standing for each in check(Route("r", "trunk", settings), AROUND)}


def test_a_complete_route_is_sound() -> None:
    here: dict[str, Json] = {"host": "127.0.0.1", "port": 5090}
    assert standings(here) == {"settings": Standing.OK, "host": Standing.OK}


def test_a_password_that_cannot_be_read_fails(tmp_path: Path) -> None:
    lost = str(tmp_path / "lost")
    here: dict[str, Json] = {"host": "127.0.0.1", "username": "me", "secret": lost}
    assert standings(here) == {"settings_refused": Standing.FAILS}


def test_a_route_without_a_host_fails() -> None:
    assert standings({"port": 5060}) == {"settings_refused": Standing.FAILS}


def test_a_host_without_an_address_fails() -> None:
    found = standings({"host": "no-such-machine.invalid"})
    assert found["host_unknown"] is Standing.FAILS
