"""The French numbering plan as data: prefix to territory, line and time zones."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from enum import Enum
from functools import cache
from importlib.resources import files


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
    """Return the IANA time zones of a territory; empty when none is known for it."""
    return french_plan().zones.get((territory or "")[:2], ())
