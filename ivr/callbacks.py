"""Twilio's status and verdict callbacks as reports (Twilio: Call resource, StatusCallback)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime

from engine.carriers.causes import cause_of
from engine.carriers.twilio.errors import meaning_of
from engine.carriers.twilio.statuses import STATUSES, whole
from engine.outcome import Outcome
from engine.reports import CallStatus, Report, Verdict, status_report, verdict_report

#: What Twilio calls a call: "CA" and 32 hexadecimal digits.
CALL_SID = re.compile(r"CA[0-9a-fA-F]{32}")

#: Twilio's ``AnsweredBy``, by detection up to the end of the greeting (DetectMessageEnd).
ANSWERED_BY = {
    "human": Verdict.PERSON,
    "machine_start": Verdict.MACHINE,
    "machine_end_beep": Verdict.BEEP,
    "machine_end_silence": Verdict.GREETING_OVER,
    "machine_end_other": Verdict.GREETING_OVER,
    "fax": Verdict.FAX,
    "unknown": Verdict.UNSURE,
}


def status_of(route: str, call_id: int, told: Mapping[str, str], at: datetime) -> Report | None:
    """Return the state that a callback tells; `None` when it tells none that we know."""
    status, sid = STATUSES.get(told.get("CallStatus", "")), told.get("CallSid", "")
    sequence = whole(told.get("SequenceNumber"))
    if status is None or sequence is None or not CALL_SID.fullmatch(sid):
        return None
    sip_code, error_code = whole(told.get("SipResponseCode")), whole(told.get("ErrorCode"))
    is_refused = status in (CallStatus.FAILED, CallStatus.BUSY)
    return status_report(
        route,
        call_id,
        status,
        reference=sid,
        sequence=sequence,
        at=at,
        outcome=_why(sip_code, error_code) if is_refused else None,
        duration_s=whole(told.get("CallDuration")),
        sip_code=sip_code,
        error_code=error_code,
        queue_ms=whole(told.get("QueueTime")),
    )


def verdict_of(route: str, call_id: int, told: Mapping[str, str], at: datetime) -> Report | None:
    """Return who answered, as a callback tells; `None` when it tells nobody that we know."""
    heard, sid = ANSWERED_BY.get(told.get("AnsweredBy", "")), told.get("CallSid", "")
    if heard is None or not CALL_SID.fullmatch(sid):
        return None
    after_ms = whole(told.get("MachineDetectionDuration"))
    return verdict_report(route, call_id, heard, reference=sid, after_ms=after_ms, at=at)


def _why(sip_code: int | None, error_code: int | None) -> Outcome | None:
    """Return what a refused call came to: Twilio's own code says more than the network's.

    Twilio calls busy what was declined as well (603), and who declined is not rung again.
    """
    if error_code:
        return meaning_of(error_code).outcome
    return cause_of(sip_code).outcome if sip_code and 300 <= sip_code < 700 else None
