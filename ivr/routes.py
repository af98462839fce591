"""The routes of one voice process: open or not, broken or not, with lines or without."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable

import structlog

from config.settings import Settings
from engine.bootstrap import check_clock
from engine.dialling import Pace
from engine.interfaces.records import Route
from engine.keys import Keys
from ivr.lines import OpenRoute, TakenLine
from ivr.opening import AnyCarrier, RouteRefused, open_trunk, open_twilio, open_voicepartner

__all__ = ["OpenRoute", "RouteRefused", "Routes", "TakenLine"]

#: Calls started a second where neither the route nor its operator says: Twilio's own default; as
#: many as one request to Voice Partner holds.
RATES = {"twilio": 1.0, "voicepartner": 500.0}

log = structlog.get_logger(__name__)


class Routes:
    """The open routes of one voice process, by name.

    The first trunk has the settings' SIP and RTP ports, so that it can be told where call-backs
    go; every further one has ports that the system chooses. A route that cannot be opened is as
    good as broken: its drops go to the next one, or wait.
    """

    def __init__(self, settings: Settings, keys: Keys | None = None) -> None:
        self._settings = settings
        self._keys = keys
        self._open: dict[str, OpenRoute] = {}
        self._refused: dict[str, str] = {}
        self._opening = asyncio.Lock()

    @property
    def names(self) -> frozenset[str]:
        """The routes that are open."""
        return frozenset(self._open)

    @property
    def all(self) -> tuple[OpenRoute, ...]:
        """Every open route, in the order in which they were opened."""
        return tuple(self._open.values())

    def get(self, name: str) -> OpenRoute | None:
        """Return an open route."""
        return self._open.get(name)

    def room(self, now: float) -> int:
        """Return how many calls may start at *now*, over all routes."""
        return sum(route.room(now) for route in self._open.values())

    def room_of(self, names: Iterable[str], now: float) -> int:
        """Return how many calls may start at *now*, over the routes *names*."""
        return sum(route.room(now) for route in self._known(names))

    def choose(self, names: Iterable[str], now: float) -> OpenRoute | None:
        """Return the first route of *names* with room for a call at *now*, and not broken."""
        return next((route for route in self._known(names) if route.room(now) > 0), None)

    def are_broken(self, names: Iterable[str]) -> bool:
        """Tell whether every route of *names* is broken, or could not be opened."""
        return all(route.breaker.is_open for route in self._known(names))

    def lacks(self, names: Iterable[str]) -> bool:
        """Tell whether a route of *names* was neither opened nor refused yet."""
        return any(name not in self._open and name not in self._refused for name in names)

    def _known(self, names: Iterable[str]) -> list[OpenRoute]:
        return [self._open[name] for name in names if name in self._open]

    async def open_all(self, routes: Iterable[Route]) -> list[RouteRefused]:
        """Open those of *routes* that are not; return why some cannot be, each logged once.

        Raises ClockRefused where the law's clock is set and a route leads out of the sandbox.
        """
        refused = []
        for route in routes:
            try:
                await self.open(route)
            except RouteRefused as error:
                refused.append(error)
                if self._refused.get(route.name) != str(error):
                    log.error("a route cannot be used", route=route.name, reason=str(error))
                self._refused[route.name] = str(error)
            else:
                self._refused.pop(route.name, None)
        return refused

    async def open(self, route: Route) -> AnyCarrier:
        """Return the carrier of *route*, opened now if it was not.

        Raises RouteRefused on settings that lack something and on a port that is taken,
        ClockRefused where the law's clock is set and the route leads out of the sandbox.
        """
        check_clock(self._settings, [route])
        async with self._opening:
            return await self._opened(route)

    async def _opened(self, route: Route) -> AnyCarrier:
        if (known := self._open.get(route.name)) is not None:
            return known.carrier
        try:
            carrier = await self._carrier(route)
        except OSError as error:
            raise RouteRefused(self._unreachable(route, error)) from error
        rate = RATES.get(route.carrier, self._settings.calls_per_second)
        pace = Pace(route.calls_per_second or rate, max(1, carrier.free_lines))
        self._open[route.name] = OpenRoute(route, carrier, pace)
        return carrier

    async def _carrier(self, route: Route) -> AnyCarrier:
        if route.carrier == "twilio":
            return open_twilio(route, self._settings, self._keys)
        if route.carrier == "voicepartner":
            return open_voicepartner(route, self._settings)
        if route.carrier not in ("trunk", "sandbox"):
            raise RouteRefused(f"route {route.name}: no voice process opens {route.carrier} yet")
        is_first = not any(route.live for route in self._open.values())
        return await open_trunk(route, self._settings, is_first=is_first)

    def _unreachable(self, route: Route, error: OSError) -> str:
        bound = f"{self._settings.sip_host}:{self._settings.sip_port}"
        return (
            f"route {route.name}: {error.strerror}. It takes calls on {bound} (LICITE_SIP_HOST,"
            " LICITE_SIP_PORT, LICITE_RTP_PORT) and calls by"
            f" {route.settings.get('host')}: stop the process that has the port or set another,"
            " and check the route's host"
        )

    async def close(self) -> None:
        """Hang up every call and release the sockets."""
        for route in self._open.values():
            await route.carrier.close()
