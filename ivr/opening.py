"""Open the carrier of a route, by what its settings say."""

from __future__ import annotations

from pathlib import Path
from typing import TypeAlias

from audio.listen import Ear
from config.settings import Settings
from engine.carriers.trunk import TrunkCarrier
from engine.carriers.twilio import TwilioCarrier
from engine.carriers.voicepartner import VoicePartnerCarrier
from engine.interfaces import Carrier, RemoteCarrier
from engine.interfaces.deposits import DepositCarrier
from engine.interfaces.records import Route
from engine.keys import Keys
from engine.sip import Credentials

#: Calls that one route of one voice process may hold, whatever its settings say.
MOST_CALLS = 1_000

AnyCarrier: TypeAlias = Carrier | RemoteCarrier | DepositCarrier


class RouteRefused(ValueError):
    """A route whose settings cannot be used; the message names the route and the way out."""


async def open_trunk(route: Route, settings: Settings, *, is_first: bool) -> TrunkCarrier:
    """Open a SIP trunk, or the sandbox; the first one has the settings' ports.

    Raises RouteRefused on settings that lack something, OSError on a port that is taken and a
    name that cannot be resolved.
    """
    capacity = min(route.calls_at_once or settings.calls_at_once, MOST_CALLS)
    return await TrunkCarrier.open(
        settings.sip_host,
        settings.sip_port if is_first else 0,
        settings.rtp_port if is_first else 0,
        trunk=address(route),
        domain=str(route.settings.get("domain") or address(route)[0]),
        credentials=_credentials(route),
        inbound_from=_inbound_from(route),
        calls_at_once=capacity,
        ear=Ear(capacity),
    )


def open_twilio(route: Route, settings: Settings, keys: Keys | None) -> TwilioCarrier:
    """Open a Twilio account; raises RouteRefused on settings that cannot be used."""
    if keys is None:
        raise ValueError("a carrier that is told our addresses needs the keys that sign them")
    try:
        return TwilioCarrier.open(route, settings, keys)
    except ValueError as error:
        raise RouteRefused(str(error)) from error


def open_voicepartner(route: Route, settings: Settings) -> VoicePartnerCarrier:
    """Open a Voice Partner account; raises RouteRefused on settings that cannot be used."""
    if not settings.public_url:
        raise RouteRefused(
            f"route {route.name}: LICITE_PUBLIC_URL is not set, and nothing that it deposits"
            " would ever be confirmed: set it to where the provider reaches the web process"
        )
    try:
        return VoicePartnerCarrier.open(route)
    except ValueError as error:
        raise RouteRefused(str(error)) from error


def address(route: Route) -> tuple[str, int]:
    """Return where a trunk is called; raises RouteRefused."""
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
