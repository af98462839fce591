"""Patience with what a carrier was asked: it is asked again, less and less often."""

from __future__ import annotations

from dataclasses import dataclass, field

#: Seconds between two looks for the same call; the last one again and again.
LOOKS_S = (10.0, 30.0, 60.0, 300.0, 900.0, 3600.0)


@dataclass(slots=True)
class Patience:
    """When each call is to be looked for again: less and less often."""

    _looks: dict[int, tuple[int, float]] = field(default_factory=dict)

    def is_due(self, call_id: int, now: float) -> bool:
        """Tell whether a call is to be looked for at *now*; the next time is later then."""
        looks, due_at = self._looks.get(call_id, (0, now))
        if now < due_at:
            return False
        pause_s = LOOKS_S[min(looks, len(LOOKS_S) - 1)]
        self._looks[call_id] = (looks + 1, now + pause_s)
        return True

    def forget_but(self, call_ids: frozenset[int]) -> None:
        """Forget every call that is not among *call_ids*."""
        for call_id in self._looks.keys() - call_ids:
            del self._looks[call_id]
