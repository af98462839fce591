"""The truth about a finished call as JSON, for whoever judges what was done to it."""

from __future__ import annotations

from dataclasses import asdict

from engine.sandbox.twilio.calls import Call, Recorded


def as_record(call: Call) -> dict[str, object]:
    """Return what one line of the events file holds; seconds from the answer."""
    return {
        "call": call.sid,
        "direction": call.direction,
        "line": call.kind.value if call.kind else None,
        "number": call.from_ if call.direction == "inbound" else call.to,
        "caller_id": call.to if call.direction == "inbound" else call.from_,
        "status": call.status,
        "sip_code": call.sip_code or None,
        "answered_by": call.answered_by or None,
        "duration_s": _rounded(call.duration_s if call.answered_s is not None else None),
        "ended_by": call.ended_by,
        "keys_pressed": [{"digit": digit, "at_s": _rounded(at)} for digit, at in call.pressed],
        "gathered": call.gathered,
        "heard": [
            {
                "verb": each.verb,
                "what": each.what,
                "began_s": _rounded(each.began_s),
                "ended_s": _rounded(each.ended_s),
                "to_its_end": each.to_its_end,
                "alaw_sha256": each.alaw_sha256 or None,
            }
            for each in call.heard
        ],
        "mailbox": [_recorded(each) for each in call.mailbox],
        "alarms": [asdict(each) for each in call.alarms],
    }


def _recorded(recorded: Recorded) -> dict[str, object]:
    heard = recorded.heard
    return {
        "verb": heard.verb,
        "what": heard.what,
        "alaw_sha256": heard.alaw_sha256 or None,
        "whole": recorded.is_whole,
    }


def _rounded(seconds: float | None) -> float | None:
    return None if seconds is None else round(seconds, 3)
