"""What scenarios lead to: a callee's wish to be called back, and whom an operator is to ring."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from engine.interfaces import Means
from engine.journal import Entry, Kind


@dataclass(frozen=True, slots=True)
class Wish:
    """A callee who asked, by a key, to be called back by the sender's people."""

    call_id: int
    number: str = field(repr=False)
    "In E.164."
    at: datetime


def wish_call_back(means: Means, call_id: int, *, at: datetime) -> bool:
    """Record that the callee of a call asked to be called back; False when it was known.

    A key pressed twice, or reported twice, is one wish.
    """
    with means.store.write() as unit:
        call = unit.calls.hold(call_id)
        if call is None or not unit.calls.wish(call_id, at):
            return False
        drop = unit.drops.get(call.drop_id)
        campaign_id = drop.campaign_id if drop else None
        subject = means.keys.subject(call.number) if call.number else None
        unit.journal.write(
            Entry(Kind.CALL_ME_BACK, at, subject, campaign_id, call.drop_id, call_id)
        )
    return True


def wishes(means: Means, campaign_id: str) -> Sequence[Wish]:
    """Return whom the sender's people are to ring, the first to ask first.

    Whoever opted out, then or since, and whoever was erased, is not among them.
    """
    with means.store.read() as unit:
        return [
            Wish(call.id, call.number, call.wants_call_back_at)
            for call in unit.calls.wishing(campaign_id)
            if call.number
            and call.wants_call_back_at
            and not unit.suppressions.holds(
                call.sender_id, means.keys.suppression_hash(call.sender_id, call.number)
            )
        ]
