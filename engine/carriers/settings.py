"""A route's settings, read into values: what cannot be used is named, with the way out."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit

from engine.interfaces.records import Route
from engine.journal import Json


class SettingRefused(ValueError):
    """A setting of a route that cannot be used; never quotes a secret."""

    def __init__(self, route: str, field: str, reason: str, remedy: str) -> None:
        super().__init__(f"route {route}: {field}: {reason}: {remedy}")
        self.field = field
        self.reason = reason
        self.remedy = remedy


class RouteSettings:
    """Reads the settings of one route; every reader raises SettingRefused."""

    def __init__(self, route: Route) -> None:
        self._name = route.name
        self._settings: Mapping[str, Json] = route.settings

    def refuse(self, field: str, reason: str, remedy: str) -> SettingRefused:
        """Return what to raise on *field*."""
        return SettingRefused(self._name, field, reason, remedy)

    def text(self, field: str, default: str = "", *, pattern: str = ".*", like: str = "") -> str:
        """Return a text that *pattern* matches; an example of one is *like* it."""
        value = self._settings.get(field, default)
        if not isinstance(value, str) or not re.fullmatch(pattern, value):
            raise self.refuse(field, "it cannot be used", f"write it like {like}")
        return value

    def number(self, field: str, default: float, *, least: float, most: float) -> float:
        """Return a number from *least* to *most*."""
        value = self._settings.get(field, default)
        is_number = isinstance(value, int | float) and not isinstance(value, bool)
        if not is_number or not least <= float(str(value)) <= most:
            raise self.refuse(
                field, "it is out of range", f"a number from {least:g} to {most:g} is wanted"
            )
        return float(str(value))

    def whole(self, field: str, default: int, *, least: int, most: int) -> int:
        """Return a whole number from *least* to *most*."""
        value = self.number(field, default, least=least, most=most)
        if value != int(value):
            raise self.refuse(field, "it is no whole number", f"{least} to {most} is wanted")
        return int(value)

    def address(self, field: str, default: str) -> str:
        """Return an ``http`` or ``https`` address without a path, query or account."""
        value = self.text(field, default, like=default)
        parts = urlsplit(value)
        is_bare = parts.path in ("", "/") and not (parts.query or parts.fragment or parts.username)
        if parts.scheme not in ("http", "https") or not parts.hostname or not is_bare:
            raise self.refuse(field, "it is no address", f"write it like {default}")
        return value.rstrip("/")

    def secret(self, field: str = "secret") -> str:
        """Return what the file named by *field* holds, without the spaces around it."""
        path = self.text(field, like="/etc/licite/secret")
        if not path:
            raise self.refuse(field, "it is missing", "add the route again with --secret-file")
        try:
            secret = Path(path).read_text("utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            why = error.strerror if isinstance(error, OSError) else "it is not UTF-8"
            raise self.refuse(field, f"{path} cannot be read ({why})", "check the file") from error
        if not secret or not secret.isprintable():
            raise self.refuse(field, f"{path} holds no secret", "write it there, on one line")
        return secret
