"""Twilio's words for the states of a call, and ours (Twilio: Call resource)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING

from engine.carriers.twilio.errors import meaning_of
from engine.journal import Json
from engine.reports import CallStatus, Report, status_report

if TYPE_CHECKING:
    from twilio.rest.api.v2010.account.call import CallInstance

#: Twilio's statuses; one that is not here is one we know nothing of.
STATUSES: Mapping[str, CallStatus] = {
    "queued": CallStatus.QUEUED,
    "initiated": CallStatus.QUEUED,
    "ringing": CallStatus.RINGING,
    "in-progress": CallStatus.ANSWERED,
    "completed": CallStatus.COMPLETED,
    "busy": CallStatus.BUSY,
    "no-answer": CallStatus.NO_ANSWER,
    "failed": CallStatus.FAILED,
    "canceled": CallStatus.CANCELLED,
}

#: Milliseconds for which a call may wait at Twilio: we pace, Twilio does not queue.
LONGEST_QUEUE_MS = 2_000


def polled(route: str, call: CallInstance, error_code: int | None, at: datetime) -> Report | None:
    """Return how a call stands by the account; `None` in a state of which we know nothing."""
    status = STATUSES.get(str(call.status))
    if status is None or not call.sid:
        return None
    meaning = meaning_of(error_code) if error_code and status is CallStatus.FAILED else None
    return status_report(
        route,
        None,
        status,
        reference=str(call.sid),
        sequence=None,
        at=at,
        outcome=meaning.outcome if meaning else None,
        duration_s=whole(call.duration),
        queue_ms=whole(call.queue_time),
        error_code=error_code,
        cause=f"Twilio {meaning.code}: {meaning.said['en']}" if meaning else None,
        price=_price(call),
    )


def whole(text: object) -> int | None:
    """Return what Twilio writes as digits; `None` for whatever is none."""
    written = str(text)
    return int(written) if written.isascii() and written.isdigit() and len(written) < 12 else None


def _price(call: CallInstance) -> dict[str, Json] | None:
    """Return what the account was charged; Twilio writes it below nothing, and late."""
    if not call.price or not call.price_unit:
        return None
    return {"amount": str(call.price).removeprefix("-"), "currency": str(call.price_unit)}
