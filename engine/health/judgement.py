"""What has crossed a threshold: a share of a route's calls, or one that rose for a caller id."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum

from engine.health.counts import Counts, Share
from engine.health.guards import CallerIdGuards, Limit, RouteGuards
from engine.journal import Json


class Level(Enum):
    """How bad it is."""

    ALARM = "alarm"
    PAUSE = "pause"


class Guarded(Enum):
    """What is watched."""

    ROUTE = "route"
    CALLER_ID = "caller_id"


@dataclass(frozen=True, slots=True)
class Crossing:
    """A share that is above its threshold."""

    share: Share
    level: Level
    part: int
    whole: int
    threshold: float
    "The share above which it has this level."
    before: float | None = None
    "The share in the days before, where that is what it is held against."

    @property
    def value(self) -> float:
        """The share itself, from 0 to 1."""
        return self.part / self.whole


@dataclass(frozen=True, slots=True)
class Pause:
    """Why a guard paused a campaign: what the journal and the campaign keep."""

    guarded: Guarded
    of: str
    "The route's name, or the caller id, masked."
    share: Share
    value: float
    threshold: float
    calls: int
    window_min: int

    def to_json(self) -> dict[str, Json]:
        """Return it as JSON values; `read` is its inverse."""
        return {
            "guard": self.guarded.value,
            "of": self.of,
            "reason": self.share.value,
            "share": round(self.value, 4),
            "threshold": round(self.threshold, 4),
            "calls": self.calls,
            "window_min": self.window_min,
        }

    def written(self) -> str:
        """Return it as the text that a campaign keeps."""
        return json.dumps(self.to_json(), ensure_ascii=False, sort_keys=True)

    @classmethod
    def read(cls, text: str) -> Pause:
        """Return what `written` wrote."""
        row: Mapping[str, Json] = json.loads(text)
        return cls(
            Guarded(row["guard"]),
            str(row["of"]),
            Share(row["reason"]),
            float(str(row["share"])),
            float(str(row["threshold"])),
            int(str(row["calls"])),
            int(str(row["window_min"])),
        )


def by_limit(counts: Counts, guards: RouteGuards) -> tuple[Crossing, ...]:
    """Return the shares of a route's calls that are above their limits, the worst first."""
    found = []
    for share, limit in guards.limits.items():
        part, whole = counts.of(share)
        if whole >= guards.least_calls:
            found.append(_crossing(share, part, whole, limit))
    return _sorted(found)


def _crossing(share: Share, part: int, whole: int, limit: Limit) -> Crossing | None:
    value = part / whole
    for level, threshold in ((Level.PAUSE, limit.pause), (Level.ALARM, limit.alarm)):
        if value > threshold:
            return Crossing(share, level, part, whole, threshold)
    return None


def by_the_days_before(
    today: Counts, before: Counts, guards: CallerIdGuards
) -> tuple[Crossing, ...]:
    """Return the shares that rose above the days before by more than chance explains.

    The lower end of today's Wilson interval must lie above the upper end of the interval of the
    days before, by the margin. With few calls the intervals are wide: five calls say nothing.
    """
    found = []
    for share, margin in guards.margins.items():
        part, whole = today.of(share)
        then, of_them = before.of(share)
        if whole < guards.least_calls or of_them < guards.least_before:
            continue
        least, _ = wilson(part, whole, guards.z)
        _, most = wilson(then, of_them, guards.z)
        for level, by in ((Level.PAUSE, margin.pause), (Level.ALARM, margin.alarm)):
            if least > most + by:
                crossing = Crossing(share, level, part, whole, most + by, then / of_them)
                found.append(crossing)
                break
    return _sorted(found)


def _sorted(found: list[Crossing | None] | list[Crossing]) -> tuple[Crossing, ...]:
    crossings = [crossing for crossing in found if crossing is not None]
    return tuple(sorted(crossings, key=lambda c: (c.level is Level.ALARM, c.threshold - c.value)))


def wilson(part: int, whole: int, z: float) -> tuple[float, float]:
    """Return the score interval of a share (E. B. Wilson, 1927): its lower and upper ends."""
    if whole == 0:
        return 0.0, 1.0
    value = part / whole
    spread = z * z / whole
    middle = (value + spread / 2) / (1 + spread)
    half = z / (1 + spread) * math.sqrt(value * (1 - value) / whole + spread / (4 * whole))
    return max(0.0, middle - half), min(1.0, middle + half)
