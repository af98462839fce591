"""The health guards: one voice process looks, logs what is new and pauses what must be."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import structlog

from engine import operations
from engine.bootstrap import Engine
from engine.health import Guarded, Level, Share
from engine.numbers import mask

log = structlog.get_logger(__name__)


class Guards:
    """Looks at how calls fare, again and again; waits for the store."""

    def __init__(self, engine: Engine, worker: str) -> None:
        self._engine = engine
        self._worker = worker
        self._watch = operations.Watch()
        self._told: set[tuple[Guarded, str, Share, Level]] = set()

    def look(self) -> None:
        """Judge every route and caller id, where no other process does."""
        if not self._is_first():
            return
        alarms = operations.look(self._engine, self._watch, at=self._engine.clock())
        standing = set()
        for alarm in alarms:
            key = (alarm.guarded, alarm.of, alarm.crossing.share, alarm.crossing.level)
            standing.add(key)
            if alarm.paused or key not in self._told:
                _tell(alarm)
        self._told = standing

    def _is_first(self) -> bool:
        silent = timedelta(seconds=self._engine.settings.worker_silence_s)
        with self._engine.store.read() as unit:
            return unit.health.is_first(self._worker, datetime.now(UTC) - silent)


def _tell(alarm: operations.Alarm) -> None:
    crossing = alarm.crossing
    is_route = alarm.guarded is Guarded.ROUTE
    found = {
        "guard": alarm.guarded.value,
        "of": alarm.of if is_route else mask(alarm.of),
        "share": crossing.share.value,
        "value": round(crossing.value, 3),
        "threshold": round(crossing.threshold, 3),
        "calls": crossing.whole,
    }
    if alarm.paused:
        log.error("campaigns are paused: their calls fare badly", campaigns=alarm.paused, **found)
    else:
        log.warning("calls fare badly", level=crossing.level.value, **found)
