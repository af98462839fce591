"""Which routes the running campaigns may take, and which of them fit a drop."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from engine import routing
from engine.bootstrap import Engine
from engine.interfaces import Claim, Route
from engine.numbers import PhoneNumber

#: Seconds for which a campaign's routes are not read again: an operator may change their settings.
KNOWN_FOR_S = 5.0


@dataclass(frozen=True, slots=True)
class _Known:
    routes: tuple[Route, ...]
    caller_id: PhoneNumber
    until: float


class Ways:
    """The routes of the running campaigns; its methods wait for the store."""

    def __init__(self, engine: Engine, now: Callable[[], float] = time.monotonic) -> None:
        self._engine = engine
        self._now = now
        self._known: dict[str, _Known] = {}

    def running(self) -> Mapping[str, tuple[str, ...]]:
        """Return the names of every running campaign's routes, in its order."""
        with self._engine.store.read() as unit:
            ids = unit.campaigns.running()
        self._known = {name: known for name in ids if (known := self._of(name)) is not None}
        return {name: tuple(r.name for r in known.routes) for name, known in self._known.items()}

    def fit(self, claim: Claim) -> tuple[str, ...]:
        """Return the routes that can call a claimed drop, the first to be tried first."""
        known = self._of(claim.campaign_id)
        if known is None:
            return ()
        if not any(routing.is_choosy(route) for route in known.routes):
            return tuple(route.name for route in known.routes)
        with self._engine.store.read() as unit:
            drop = unit.drops.get(claim.drop_id)
        if drop is None or drop.callee is None:
            return ()
        return routing.choose(known.routes, drop.callee.number, known.caller_id).fit

    def _of(self, campaign_id: str) -> _Known | None:
        known = self._known.get(campaign_id)
        if known is not None and known.until > self._now():
            return known
        with self._engine.store.read() as unit:
            record = unit.campaigns.get(campaign_id)
            if record is None:
                return None
            definition = record.definition
            routes = tuple(filter(None, map(unit.setup.route, definition.routes)))
        known = _Known(routes, definition.caller_id, self._now() + KNOWN_FOR_S)
        self._known[campaign_id] = known
        return known
