"""The provider's limits, kept on our side: so many requests in so many seconds."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence


class Limits:
    """Counts requests in sliding windows of (most, seconds)."""

    def __init__(self, *windows: tuple[int, float]) -> None:
        self._windows = windows
        self._made: deque[float] = deque(maxlen=max(most for most, _ in windows))
        self._closed_until = float("-inf")

    def room(self, now: float) -> int:
        """Return how many requests may be made at *now*."""
        if now < self._closed_until:
            return 0
        return max(0, min(most - self._since(now - span) for most, span in self._windows))

    def wait_s(self, now: float) -> float:
        """Return the seconds until a request may be made."""
        waits = [self._wait_s(most, span, now) for most, span in self._windows]
        return max(0.0, self._closed_until - now, *waits)

    def took(self, now: float) -> None:
        """Count a request made at *now*."""
        self._made.append(now)

    def close(self, until: float) -> None:
        """Let no request be made before *until*: the provider says that it is too much."""
        self._closed_until = until

    def _since(self, instant: float) -> int:
        return sum(made > instant for made in self._made)

    def _wait_s(self, most: int, span: float, now: float) -> float:
        made: Sequence[float] = [made for made in self._made if made > now - span]
        return 0.0 if len(made) < most else made[len(made) - most] + span - now
