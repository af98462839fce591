"""What can be checked of a SIP route, a trunk's or the sandbox's, without placing a call."""

from __future__ import annotations

import socket
from collections.abc import Sequence
from pathlib import Path

from engine.carriers.checks import Around, Check, Sentences
from engine.carriers.settings import RouteSettings, SettingRefused
from engine.interfaces.records import Route

SAYS = Sentences(Path(__file__).with_name("trunk_checks.toml"))


def check(route: Route, _around: Around) -> Sequence[Check]:
    """Return how a route stands: its settings are complete, its host has an address."""
    given = RouteSettings(route)
    try:
        host = given.text("host", pattern=".+", like="sip.example.org")
        port = given.whole("port", 5060, least=1, most=65_535)
        if "username" in route.settings:
            given.secret()
    except SettingRefused as error:
        return [SAYS.fails("settings_refused", **error.told())]
    try:
        socket.getaddrinfo(host, port, type=socket.SOCK_DGRAM)
    except OSError:
        return [SAYS.ok("settings"), SAYS.fails("host_unknown", host=host)]
    return [SAYS.ok("settings"), SAYS.ok("host", host=host)]
