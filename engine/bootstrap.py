"""Settings become a ready engine: store, keys, law and clock, all checked."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from config.settings import Settings, read_settings
from engine import operations
from engine.carriers.reachable import is_loopback
from engine.interfaces import Clock
from engine.interfaces.records import Route
from engine.keys import Keys, open_keys
from engine.law import Law
from engine.store import SqlStore, open_store

#: The carrier of a route that reaches nobody: a telephone network in a box, on loopback.
SANDBOX = "sandbox"

#: Carriers whose API an ``api_url`` on loopback replaces by a double.
_HAVE_DOUBLES = frozenset({"twilio", "voicepartner"})


class ClockRefused(RuntimeError):
    """The law's clock was set where a call could reach a real person."""


@dataclass(frozen=True, slots=True)
class Engine:
    """Everything that operations work with (`engine.interfaces.store.Means`)."""

    settings: Settings
    store: SqlStore
    law: Law
    keys: Keys
    clock: Clock

    def close(self) -> None:
        """Give the store's connections back."""
        self.store.close()


def open_engine(settings: Settings | None = None) -> Engine:
    """Open the engine that *settings* describe (by default the environment's).

    Raises config.settings.SettingsRefused on a variable that cannot be used,
    engine.store.schema.SchemaMismatch on a database that is not migrated,
    engine.operations.KeysRefused on damaged keys or another installation's, RulebookError on
    a rulebook that does not load, ClockRefused on a law clock set with real routes.
    """
    settings = settings or read_settings()
    store = open_store(settings.store_url)
    try:
        store.check()
        keys = _keys(settings)
        operations.bind_keys(store, keys)
        engine = Engine(settings, store, Law.load(), keys, law_clock(settings))
        with store.read() as unit:
            check_clock(settings, unit.setup.routes())
    except BaseException:
        store.close()
        raise
    return engine


def _keys(settings: Settings) -> Keys:
    try:
        return open_keys(settings.keys_dir)
    except ValueError as error:
        raise operations.KeysRefused(
            f"A key in {settings.keys_dir} cannot be read: {error}"
        ) from error


def law_clock(settings: Settings) -> Clock:
    """Return the law's clock: the machine's, moved by the setting where it is set."""
    shift = timedelta(seconds=settings.law_clock_shift_s or 0.0)
    return lambda: datetime.now(UTC) + shift


def check_clock(settings: Settings, routes: Iterable[Route]) -> None:
    """Refuse a law clock that is set while any route leads out of the sandbox.

    Raises ClockRefused, naming the routes.
    """
    if settings.law_clock_shift_s is None:
        return
    real = sorted(route.name for route in routes if not reaches_nobody(route))
    if real:
        raise ClockRefused(
            "LICITE_LAW_CLOCK_SHIFT_S is set, and these routes are not the sandbox: "
            f"{', '.join(real)}. Unset it, or use a database whose every route is the sandbox: "
            "the law's hours are kept by the real clock wherever a call can reach somebody."
        )


def reaches_nobody(route: Route) -> bool:
    """Tell whether *route* is the sandbox, or an account's double, on this machine's loopback."""
    if route.carrier == SANDBOX:
        return _is_loopback(str(route.settings.get("host", "127.0.0.1")))
    return route.carrier in _HAVE_DOUBLES and is_loopback(str(route.settings.get("api_url", "")))


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
