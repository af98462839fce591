"""The pace of dialling: how many calls may start now."""

from __future__ import annotations

import math


class Pace:
    """A token bucket for calls started a second, under a ceiling of calls held at once.

    The bucket holds at most one second's calls, so that a pause is never made up for in a burst.
    """

    def __init__(self, calls_per_second: float, calls_at_once: int) -> None:
        if calls_per_second <= 0 or calls_at_once < 1:
            raise ValueError("a pace needs more than 0 calls a second and at least 1 at once")
        self.calls_per_second = calls_per_second
        self.calls_at_once = calls_at_once
        self._depth = max(1.0, calls_per_second)
        self._tokens = 1.0
        self._counted_at: float | None = None

    def room(self, now: float, in_progress: int) -> int:
        """Return how many calls may start at *now*, while *in_progress* are held."""
        self._refill(now)
        return max(0, min(math.floor(self._tokens + 1e-9), self.calls_at_once - in_progress))

    def took(self, now: float, calls: int = 1) -> None:
        """Count *calls* as started at *now*."""
        self._refill(now)
        self._tokens -= calls

    def _refill(self, now: float) -> None:
        if self._counted_at is not None and now > self._counted_at:
            earned = (now - self._counted_at) * self.calls_per_second
            self._tokens = min(self._depth, self._tokens + earned)
        if self._counted_at is None or now > self._counted_at:
            self._counted_at = now
