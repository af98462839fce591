"""Open a carrier for each route, and for those added while the process runs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from audio.listen import Ear
from config.settings import Settings
from engine.bootstrap import check_clock
from engine.carriers.trunk import TrunkCarrier
from engine.clearance import Clearance
from engine.dialling import Pace
from engine.interfaces import Carrier, LiveCall, NotAnswered
from engine.interfaces.records import Route
from engine.sip import Credentials

#: Calls that one route of one voice process may hold, whatever its settings say.
MOST_CALLS = 1_000


class RouteRefused(ValueError):
    """A route whose settings cannot be used; the message names the route and the way out."""


@dataclass(slots=True)
class OpenRoute:
    """A route whose carrier is open, and how many calls it holds of ours."""

    route: Route
    carrier: Carrier
    pace: Pace
    calls: int = 0
    unplaced: int = 0
    "Those of its calls that were dialled, and that the carrier does not count yet."

    def room(self, now: float) -> int:
        """Return how many calls may start on it at *now*.

        The carrier may hold a line longer than we hold its call: until the far end agrees.
        """
        return max(0, min(self.pace.room(now, self.calls), self.carrier.free_lines - self.unplaced))

    @contextmanager
    def call(self) -> Iterator[TakenLine]:
        """Hold one of the route's lines for as long as a call lasts."""
        line = TakenLine(self)
        try:
            yield line
        finally:
            line.leave_to_carrier()
            self.calls -= 1

    def take(self, now: float) -> None:
        """Take one line for a call that was dialled; `call` gives it back."""
        self.calls += 1
        self.unplaced += 1
        self.pace.took(now)


class TakenLine:
    """A line that was taken for one call."""

    def __init__(self, route: OpenRoute) -> None:
        self._route = route
        self._is_unplaced = True

    async def place(self, paper: Clearance, *, ring_s: float) -> LiveCall | NotAnswered:
        """Place the call (`engine.interfaces.Carrier.place`)."""
        self.leave_to_carrier()
        return await self._route.carrier.place(paper, ring_s=ring_s)

    def leave_to_carrier(self) -> None:
        """Count the line no more, since the carrier does; twice does no harm."""
        self._route.unplaced -= self._is_unplaced
        self._is_unplaced = False


class Routes:
    """The open routes of one voice process, by name.

    The first route has the settings' SIP and RTP ports, so that a trunk can be told where
    call-backs go; every further one has ports that the system chooses.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._open: dict[str, OpenRoute] = {}

    @property
    def names(self) -> frozenset[str]:
        """The routes that are open."""
        return frozenset(self._open)

    def room(self, now: float) -> int:
        """Return how many calls may start at *now*, over all routes."""
        return sum(route.room(now) for route in self._open.values())

    def choose(self, names: Iterable[str], now: float) -> OpenRoute | None:
        """Return the first route of *names* with room for a call at *now*."""
        known = (self._open[name] for name in names if name in self._open)
        return next((route for route in known if route.room(now) > 0), None)

    async def open(self, route: Route) -> Carrier:
        """Return the carrier of *route*, opened now if it was not.

        Raises RouteRefused on settings that lack something and on a port that is taken,
        ClockRefused where the law's clock is set and the route leads out of the sandbox.
        """
        check_clock(self._settings, [route])
        if (known := self._open.get(route.name)) is not None:
            return known.carrier
        try:
            carrier = await self._carrier(route)
        except OSError as error:
            raise RouteRefused(self._unreachable(route, error)) from error
        rate = route.calls_per_second or self._settings.calls_per_second
        pace = Pace(rate, max(1, carrier.free_lines))
        self._open[route.name] = OpenRoute(route, carrier, pace)
        return carrier

    async def _carrier(self, route: Route) -> Carrier:
        is_first = not self._open
        capacity = min(route.calls_at_once or self._settings.calls_at_once, MOST_CALLS)
        return await TrunkCarrier.open(
            self._settings.sip_host,
            self._settings.sip_port if is_first else 0,
            self._settings.rtp_port if is_first else 0,
            trunk=_address(route),
            domain=str(route.settings.get("domain") or _address(route)[0]),
            credentials=_credentials(route),
            inbound_from=_inbound_from(route),
            calls_at_once=capacity,
            ear=Ear(capacity),
        )

    def _unreachable(self, route: Route, error: OSError) -> str:
        bound = f"{self._settings.sip_host}:{self._settings.sip_port}"
        return (
            f"route {route.name}: {error.strerror}. It takes calls on {bound} (LICITE_SIP_HOST,"
            f" LICITE_SIP_PORT, LICITE_RTP_PORT) and calls by {_address(route)[0]}: stop the"
            " process that has the port or set another, and check the route's host"
        )

    async def close(self) -> None:
        """Hang up every call and release the sockets."""
        for route in self._open.values():
            await route.carrier.close()


def _address(route: Route) -> tuple[str, int]:
    host, port = route.settings.get("host"), route.settings.get("port", 5060)
    if not isinstance(host, str) or not host or not isinstance(port, int):
        raise RouteRefused(f"route {route.name}: `host` and `port` must be set; add it again")
    return host, port


def _inbound_from(route: Route) -> tuple[str, ...]:
    """Return the further addresses from which the trunk calls us."""
    listed = route.settings.get("inbound_from", ())
    return tuple(str(host) for host in listed) if isinstance(listed, (list, tuple)) else ()


def _credentials(route: Route) -> Credentials | None:
    username, secret = route.settings.get("username"), route.settings.get("secret")
    if username is None:
        return None
    try:
        password = Path(str(secret)).read_text("utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise RouteRefused(
            f"route {route.name}: its secret file cannot be read: {error}"
        ) from error
    return Credentials(str(username), password)
