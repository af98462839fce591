"""The routes that webhooks name, remembered for a while: the store may be away."""

from __future__ import annotations

import time
from collections.abc import Callable

from engine.interfaces import Means, Route, StoreUnavailable

#: Seconds for which a route is not read again: an operator may change its settings.
KNOWN_FOR_S = 5.0


class RouteBook:
    """The routes of one web process, by name."""

    def __init__(self, means: Means, now: Callable[[], float] = time.monotonic) -> None:
        self._means = means
        self._now = now
        self._known: dict[str, tuple[Route, float]] = {}

    def get(self, name: str) -> Route | None:
        """Return a route, as it was when the store could last be read; `None`: there is none.

        Raises StoreUnavailable for a route that was never read.
        """
        known, read_at = self._known.get(name, (None, 0.0))
        if known is not None and self._now() - read_at < KNOWN_FOR_S:
            return known
        try:
            with self._means.store.read() as unit:
                route = unit.setup.route(name)
        except StoreUnavailable:
            if known is None:
                raise
            return known
        if route is None:
            self._known.pop(name, None)
        else:
            self._known[name] = (route, self._now())
        return route
