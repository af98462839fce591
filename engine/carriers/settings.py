"""A route's settings, read into values: what cannot be used is named, with the way out."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit

from engine.interfaces.records import Route
from engine.journal import Json
from engine.wording import SettingUnusable


class SettingRefused(SettingUnusable):
    """A setting of a route that cannot be used."""


class RouteSettings:
    """Reads the settings of one route; every reader raises SettingRefused."""

    def __init__(self, route: Route) -> None:
        self._name = route.name
        self._settings: Mapping[str, Json] = route.settings

    def refuse(self, field: str, cause: str, **facts: str) -> SettingRefused:
        """Return what to raise on *field*; *cause* names a wording, *facts* what it compares."""
        return SettingRefused(field, cause, of=self._name, **facts)

    def text(self, field: str, default: str = "", *, pattern: str = ".*", like: str = "") -> str:
        """Return a text that *pattern* matches; an example of one is *like* it."""
        value = self._settings.get(field, default)
        if not isinstance(value, str) or not re.fullmatch(pattern, value):
            raise self.refuse(field, "setting_form", like=like)
        return value

    def number(self, field: str, default: float, *, least: float, most: float) -> float:
        """Return a number from *least* to *most*."""
        value = self._settings.get(field, default)
        is_number = isinstance(value, int | float) and not isinstance(value, bool)
        if not is_number or not least <= float(str(value)) <= most:
            raise self.refuse(field, "setting_range", least=f"{least:g}", most=f"{most:g}")
        return float(str(value))

    def whole(self, field: str, default: int, *, least: int, most: int) -> int:
        """Return a whole number from *least* to *most*."""
        value = self.number(field, default, least=least, most=most)
        if value != int(value):
            raise self.refuse(field, "setting_whole", least=str(least), most=str(most))
        return int(value)

    def address(self, field: str, default: str) -> str:
        """Return an ``http`` or ``https`` address without a path, query or account."""
        value = self.text(field, default, like=default)
        parts = urlsplit(value)
        is_bare = parts.path in ("", "/") and not (parts.query or parts.fragment or parts.username)
        if parts.scheme not in ("http", "https") or not parts.hostname or not is_bare:
            raise self.refuse(field, "setting_address", like=default)
        return value.rstrip("/")

    def secret(self, field: str = "secret") -> str:
        """Return what the file named by *field* holds, without the spaces around it."""
        path = self.text(field, like="/etc/licite/secret")
        if not path:
            raise self.refuse(field, "setting_no_secret")
        try:
            secret = Path(path).read_text("utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            raise self.refuse(field, "setting_secret_file", path=path) from error
        if not secret or not secret.isprintable():
            raise self.refuse(field, "setting_empty_secret", path=path)
        return secret
