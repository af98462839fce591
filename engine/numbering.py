"""The French numbering plan as data: prefix to territory, line and time zones."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from enum import Enum
from functools import cache
from importlib.resources import files

_TERRITORY = re.compile(r"[A-Z]{2}", re.ASCII)
_DEPARTMENT = re.compile(r"FR-(?:0[1-9]|[1-8][0-9]|9[0-5]|2A|2B)", re.ASCII)
_OVERSEAS = {
    f"FR-{written}": code
    for number, code in {
        "971": "GP", "972": "MQ", "973": "GF", "974": "RE", "975": "PM", "976": "YT",
        "977": "BL", "978": "MF", "986": "WF", "987": "PF", "988": "NC",
    }.items()
    for written in (number, code)
}  # fmt: skip


class Line(Enum):
    """What stands behind a number."""

    GEOGRAPHIC = "geographic"
    MOBILE = "mobile"
    NON_GEOGRAPHIC = "non_geographic"  #: 09: boxes and switchboards
    MACHINE = "machine"  #: Between machines; nobody answers
    SPECIAL = "special"  #: 08: value-added services
    OTHER = "other"  #: Anything a foreign plan has besides


@dataclass(frozen=True, slots=True)
class Range:
    """A range of national numbers."""

    prefix: str
    territory: str | None
    "ISO 3166-1 alpha-2; `None` when several territories share the range."
    code: int | None
    line: Line


@dataclass(frozen=True, slots=True)
class Plan:
    """A numbering plan, ready to look up."""

    ranges: dict[str, Range]
    codes: dict[str, int]
    zones: dict[str, tuple[str, ...]]

    def find(self, national: str) -> Range | None:
        """Return the range of a ten-digit national number: the longest prefix wins."""
        ranges = self.ranges
        for length in (6, 5, 4, 3, 2):
            found = ranges.get(national[:length])
            if found is not None:
                return found
        return None


@cache
def french_plan() -> Plan:
    """Return the French plan (``config/numbering/fr.toml``)."""
    path = files("config") / "numbering" / "fr.toml"
    document = tomllib.loads(path.read_text(encoding="utf-8"))
    territories = document["territory"]
    codes = {name: int(row["code"]) for name, row in territories.items()}
    ranges = [
        Range(prefix, row.get("territory"), codes.get(row.get("territory", "")), Line(row["line"]))
        for row in document["range"]
        for prefix in row["prefixes"]
    ]
    return Plan(
        ranges={found.prefix: found for found in ranges},
        codes=codes,
        zones={name: tuple(row["zones"]) for name, row in territories.items()},
    )


def zones_of(territory: str | None) -> tuple[str, ...]:
    """Return the IANA time zones of a territory, in the form that `territory_of` returns."""
    if territory is None:
        return ()
    return french_plan().zones.get("FR" if _DEPARTMENT.fullmatch(territory) else territory, ())


def territory_of(text: str) -> str | None:
    """Return a territory in its one form (``FR``, ``FR-67``, ``RE``); `None` when it is none.

    Overseas departments written as ISO 3166-2 subdivisions of France become their own code.
    """
    code = text.strip().upper().replace("_", "-")
    if _TERRITORY.fullmatch(code) or _DEPARTMENT.fullmatch(code):
        return code
    return _OVERSEAS.get(code)
