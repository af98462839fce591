"""Claims: which due drops a voice process takes, and what it gives back."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from engine.call import DropState
from engine.interfaces import Claim, Means, UnitOfWork
from engine.turns import shares

#: How long a voice process keeps a claimed drop without dialling it, by default.
LEASE_S = 30.0


def claim_due(
    means: Means,
    worker: str,
    *,
    at: datetime,
    beat_at: datetime,
    limit: int,
    most: Mapping[str, int] | None = None,
    lease_s: float = LEASE_S,
) -> list[Claim]:
    """Claim up to *limit* due drops for one voice process, in turn over the running campaigns.

    *most* says how many of each campaign, and that no other is to be claimed from: one whose
    routes have no line leaves its turn to the others.
    """
    due_at = next_due_at(means) if limit > 0 else None
    if due_at is None or due_at > at:
        return []
    lease_until = beat_at + timedelta(seconds=lease_s)
    claims: list[Claim] = []
    with means.store.write() as unit:
        known = dict.fromkeys(unit.campaigns.running(), limit)
        rooms = known if most is None else {name: most.get(name, 0) for name in known}
        running = [name for name, room in rooms.items() if room > 0]
        turns = list(shares(running, limit, turn=int(beat_at.timestamp() * 10)))
        for campaign_id, share in [*turns, *((name, limit) for name in running)]:
            room = min(share, rooms[campaign_id], limit - len(claims))
            if room > 0:
                taken = _claim(
                    unit, campaign_id, worker, at=at, lease_until=lease_until, limit=room
                )
                rooms[campaign_id] -= len(taken)
                claims += taken
        if claims:
            unit.workers.beat(worker, beat_at)
    return claims


def _claim(
    unit: UnitOfWork,
    campaign_id: str,
    worker: str,
    *,
    at: datetime,
    lease_until: datetime,
    limit: int,
) -> list[Claim]:
    drops = unit.drops.claim(campaign_id, worker, at=at, lease_until=lease_until, limit=limit)
    return [Claim(drop_id, campaign_id, worker) for drop_id in drops]


def next_due_at(means: Means) -> datetime | None:
    """Return when the next drop of the running campaigns is due; `None`: there is none."""
    with means.store.read() as unit:
        due = [unit.drops.next_due_at(campaign) for campaign in unit.campaigns.running()]
    return min((at for at in due if at is not None), default=None)


def put_off(means: Means, claim: Claim, *, until: datetime) -> bool:
    """Give a claimed drop back, due at *until*; False when it is no longer this process's."""
    with means.store.write() as unit:
        drop = unit.drops.hold(claim.drop_id)
        if drop is None or (drop.state, drop.worker) != (DropState.CLAIMED, claim.worker):
            return False
        unit.drops.postpone(drop.id, until)
        return True
