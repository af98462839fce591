"""What the form of an address tells: whether carriers can reach it, whether it leaves this machine.

No name is looked up: what a name leads to may change.
"""

from __future__ import annotations

import ipaddress
import re
from urllib.parse import urlsplit

_BY_NUMBER = re.compile(r"https?://(?:([0-9.]+)|\[([0-9a-fA-F:]+)\])(?::[0-9]{1,5})?/?", re.ASCII)


def is_loopback(address: str) -> bool:
    """Tell whether an address leads to this machine itself, by a number and not by a name."""
    written = _BY_NUMBER.fullmatch(address)
    try:
        return written is not None and ipaddress.ip_address(written[1] or written[2]).is_loopback
    except ValueError:
        return False


def why_unreachable(public_url: str) -> str | None:
    """Return the name of what is wrong with an address that carriers call (Twilio: webhooks).

    ``unset``, ``not_https``, ``underscore``, ``private`` (an address of no public network, or a
    name that no public server knows); `None`: nothing.
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
