"""Whether a carrier can reach us at an address, as far as its form tells (Twilio: webhooks)."""

from __future__ import annotations

import ipaddress
from urllib.parse import urlsplit


def why_unreachable(public_url: str) -> str | None:
    """Return the name of what is wrong with an address that carriers are to call; `None`: nothing.

    ``unset``, ``not_https``, ``underscore``, ``private`` (an address of no public network, or a
    name that no public server knows).
    """
    parts = urlsplit(public_url)
    host = parts.hostname or ""
    if not host:
        return "unset"
    if _is_private(host):
        return "private"
    if parts.scheme != "https":
        return "not_https"
    return "underscore" if "_" in host else None


def _is_private(host: str) -> bool:
    try:
        return not ipaddress.ip_address(host).is_global
    except ValueError:
        return "." not in host or host.endswith((".localhost", ".local", ".internal", ".lan"))
