"""Calls that fared well or badly, written straight into the store."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import insert

from engine import operations
from engine.journal import Json
from engine.outcome import Outcome
from engine.store import tables as t
from tests.engine.operating import OPEN, House, drops, launch

NPV = "+33162000001"


@dataclass(frozen=True, slots=True)
class Fared:
    """How some calls fared."""

    outcome: Outcome
    answered: bool = False
    duration_s: float | None = None
    evidence: dict[str, Json] | None = None


DEPOSITED = Fared(Outcome.DEPOSITED, answered=True, duration_s=40.0)
SHORT = Fared(Outcome.HUNG_UP, answered=True, duration_s=11.9)
MISSED = Fared(Outcome.NO_ANSWER)
BLOCKED = Fared(Outcome.REJECTED, evidence={"sip_code": 608})
DECLINED = Fared(Outcome.BUSY, evidence={"sip_code": 603})
ANALYTICS = Fared(Outcome.FAILED, evidence={"error_code": 32017})
REFUSED_BY_CALLEE = Fared(Outcome.REJECTED, evidence={"sip_code": 403})


def call(
    house: House,
    fared: Fared,
    count: int,
    *,
    at: datetime = OPEN,
    route: str = "tw",
    first: int = 30_000_000,
) -> None:
    """Write *count* calls that fared so, one drop each, as if they had been made at *at*."""
    campaign_id = launch(house, count, first=first)
    rows = [
        {
            "drop_id": drop.id,
            "sender_id": "lumiere",
            "number": drop.callee.number.e164 if drop.callee else None,
            "worker": "voice-1",
            "caller_id": NPV,
            "route": route,
            "dialled_at": at,
            "answered_at": at if fared.answered else None,
            "concluded_at": at,
            "outcome": fared.outcome.value,
            "duration_s": fared.duration_s,
            "evidence": fared.evidence,
        }
        for drop in drops(house, campaign_id)
    ]
    with house.store.database.begin() as connection:
        connection.execute(insert(t.voice_call), rows)
    operations.cancel(house, campaign_id, at=at)
