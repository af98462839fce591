"""Open a carrier for each route, and for those added while the process runs."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from audio.listen import Ear
from config.settings import Settings
from engine.bootstrap import check_clock
from engine.carriers.trunk import TrunkCarrier
from engine.interfaces import Carrier
from engine.interfaces.records import Route
from engine.sip import Credentials


class RouteRefused(ValueError):
    """A route whose settings cannot be used; the message names the route and the way out."""


class Routes:
    """The carriers of one voice process, by the name of their route.

    The first route has the settings' SIP and RTP ports, so that a trunk can be told where
    call-backs go; every further one has ports that the system chooses.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._carriers: dict[str, Carrier] = {}

    @property
    def carriers(self) -> Mapping[str, Carrier]:
        """The carriers that are open."""
        return self._carriers

    async def open(self, route: Route) -> Carrier:
        """Return the carrier of *route*, opened now if it was not.

        Raises RouteRefused on settings that lack something, OSError on a port that is taken,
        ClockRefused where the law's clock is set and the route leads out of the sandbox.
        """
        check_clock(self._settings, [route])
        if (known := self._carriers.get(route.name)) is not None:
            return known
        host, port = _address(route)
        is_first = not self._carriers
        capacity = min(route.calls_at_once or self._settings.calls_at_once, 1_000)
        carrier = await TrunkCarrier.open(
            self._settings.sip_host,
            self._settings.sip_port if is_first else 0,
            self._settings.rtp_port if is_first else 0,
            trunk=(host, port),
            domain=str(route.settings.get("domain") or host),
            credentials=_credentials(route),
            calls_at_once=capacity,
            ear=Ear(capacity),
        )
        self._carriers[route.name] = carrier
        return carrier

    async def close(self) -> None:
        """Hang up every call and release the sockets."""
        for carrier in self._carriers.values():
            await carrier.close()


def _address(route: Route) -> tuple[str, int]:
    host, port = route.settings.get("host"), route.settings.get("port", 5060)
    if not isinstance(host, str) or not host or not isinstance(port, int):
        raise RouteRefused(f"route {route.name}: `host` and `port` must be set; add it again")
    return host, port


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
