"""How calls fare, by route and by caller id, and when that is a reason to stop.

`counts` says what is counted, `guards` where the thresholds lie, `judgement` what has crossed
them, `hindered` what else stops a campaign, `window` keeps the last minutes.
"""

from engine.health.counts import Counts, Share
from engine.health.guards import (
    SHORT_S,
    CallerIdGuards,
    GuardsRefused,
    Limit,
    RouteGuards,
    caller_id_guards,
    route_guards,
)
from engine.health.hindered import Hindered, paused_for
from engine.health.judgement import Crossing, Guarded, Level, Pause, by_limit, by_the_days_before
from engine.health.window import Tally, Window

__all__ = [
    "SHORT_S",
    "CallerIdGuards",
    "Counts",
    "Crossing",
    "Guarded",
    "GuardsRefused",
    "Hindered",
    "Level",
    "Limit",
    "Pause",
    "RouteGuards",
    "Share",
    "Tally",
    "Window",
    "by_limit",
    "by_the_days_before",
    "caller_id_guards",
    "paused_for",
    "route_guards",
]
