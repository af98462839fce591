"""Where the thresholds lie: ``config/guards.toml``, and what a route's settings override."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from importlib.resources import files
from typing import Any

from engine.health.counts import Share
from engine.journal import Json

#: Where a number alone is set, it pauses; the alarm is given at this part of it.
ALARM_AT = 0.8

#: Carriers that reach nobody have the shares that their script gives them.
_REHEARSED = frozenset({"sandbox"})


class GuardsRefused(ValueError):
    """A route's setting ``guards`` that cannot be read; the message says how it is written."""


@dataclass(frozen=True, slots=True)
class Limit:
    """The shares above which an alarm is given, and campaigns are paused."""

    alarm: float
    pause: float


@dataclass(frozen=True, slots=True)
class RouteGuards:
    """What a route is watched for."""

    window: timedelta
    least_calls: int
    limits: Mapping[Share, Limit]
    "Empty: it is not watched."


@dataclass(frozen=True, slots=True)
class CallerIdGuards:
    """What a caller id is watched for: how much a share may rise above the days before."""

    days: int
    least_calls: int
    least_before: int
    z: float
    "Half the width of a confidence interval, in standard errors."
    margins: Mapping[Share, Limit]


@cache
def _document() -> dict[str, Any]:
    return tomllib.loads((files("config") / "guards.toml").read_text(encoding="utf-8"))


SHORT_S = float(_document()["short_s"])
"Seconds before which an answered call that ended is short."

BLOCKED_CODES = frozenset(str(code) for codes in _document()["blocked"].values() for code in codes)
"SIP codes and carriers' error codes by which a network blocks a caller id."


def caller_id_guards() -> CallerIdGuards:
    """Return what every caller id is watched for."""
    row = _document()["caller_id"]
    return CallerIdGuards(
        days=row["days"],
        least_calls=row["least_calls"],
        least_before=row["least_before"],
        z=row["z"],
        margins={Share(name): Limit(**limit) for name, limit in row["margins"].items()},
    )


def route_guards(carrier: str, settings: Mapping[str, Json]) -> RouteGuards:
    """Return what a route is watched for; raises GuardsRefused.

    A rehearsal's shares are its script's: a sandbox is watched only where its settings say so.
    """
    row = _document()["route"]
    given = settings.get("guards")
    known = {**row["limits"]["default"], **row["limits"].get(carrier, {})}
    limits = {Share(name): Limit(**limit) for name, limit in known.items()}
    if carrier in _REHEARSED:
        limits = {}
    window_min, least_calls = row["window_min"], row["least_calls"]
    if given is not None:
        if not isinstance(given, Mapping):
            raise GuardsRefused(_HOW)
        given = dict(given)
        window_min = _positive(given.pop("window_min", window_min))
        least_calls = int(_positive(given.pop("least_calls", least_calls)))
        limits |= {_share(name): _limit(value) for name, value in given.items()}
    return RouteGuards(timedelta(minutes=window_min), least_calls, limits)


_HOW = (
    'guards: write {"short": 0.1, "blocked": {"alarm": 0.02, "pause": 0.05}}: shares from 0 to 1'
    f" by name ({', '.join(share.value for share in Share)}), window_min and least_calls"
)


def _share(name: str) -> Share:
    try:
        return Share(name)
    except ValueError as error:
        raise GuardsRefused(_HOW) from error


def _limit(value: Json) -> Limit:
    if isinstance(value, Mapping):
        if set(value) != {"alarm", "pause"}:
            raise GuardsRefused(_HOW)
        limit = Limit(_positive(value["alarm"]), _positive(value["pause"]))
    else:
        pause = _positive(value)
        limit = Limit(pause * ALARM_AT, pause)
    if not limit.alarm <= limit.pause <= 1:
        raise GuardsRefused(_HOW)
    return limit


def _positive(value: Json) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not value > 0:
        raise GuardsRefused(_HOW)
    return float(value)
