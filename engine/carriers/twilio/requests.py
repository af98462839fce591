"""What Twilio is asked for: one call, its addresses, its limits (Twilio: CreateCall)."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from engine.addresses import Addresses
from engine.carriers.twilio.settings import LONGEST_RING_S, Amd, TwilioSettings
from engine.clearance import Clearance

#: A call that rings for less is the missed call that makes people ring back: it is never placed.
#: Who asks for less is given this, so that the callee has time to answer.
LEAST_RING_S = 15

#: Of the words: 2 s to connect, 5 s to answer, once more, whatever went wrong. Then the fallback.
ANSWER_PATIENCE = "#rc=1&rp=all&ct=2000&rt=5000"
#: Of what is only told: again and again.
TELL_PATIENCE = "#rc=3&rp=all"

_EVENTS = ("initiated", "ringing", "answered", "completed")


def call_request(
    paper: Clearance,
    addresses: Addresses,
    settings: TwilioSettings,
    *,
    call_id: int,
    ring_s: float,
    talk_s: float = 0.0,
    about: str = "",
) -> Mapping[str, Any]:
    """Return the arguments of the official client's ``calls.create``; a call is never recorded.

    Raises ValueError when *paper* is not granted, or shows a French mobile number: ARCEP decision
    2022-1583 reserves these for calls between persons, whatever Twilio accepts.
    """
    if not paper.granted:
        raise ValueError("no call without a granted clearance")
    if paper.caller_id.startswith(("+336", "+337")):
        raise ValueError("a French mobile number is no caller id for automated calls")
    route = settings.route
    return {
        "to": paper.number,
        "from_": paper.caller_id,
        **words_at(addresses.answer(route, call_id, about=about), addresses, settings),
        "status_callback": addresses.status(route, call_id) + TELL_PATIENCE,
        "status_callback_method": "POST",
        "status_callback_event": list(_EVENTS),
        "timeout": ring_limit(ring_s),
        "time_limit": settings.limit_s + math.ceil(talk_s),
        **_detection(addresses, settings, call_id),
        **({"byoc": settings.byoc} if settings.byoc else {}),
    }


def words_at(address: str, addresses: Addresses, settings: TwilioSettings) -> Mapping[str, str]:
    """Return what asks for a call's words at *address*, and what hangs up when none come.

    Else Twilio would speak of an application error, and a mailbox record it. Only a fallback that
    is hosted apart answers while the web process does not.
    """
    return {
        "url": address + ANSWER_PATIENCE,
        "method": "POST",
        "fallback_url": settings.fallback_url or addresses.fallback(settings.route),
        "fallback_method": "POST",
    }


def ring_limit(ring_s: float) -> int:
    """Return for how many seconds a call may ring, from `LEAST_RING_S` to 600."""
    return min(max(round(ring_s), LEAST_RING_S), LONGEST_RING_S)


def _detection(addresses: Addresses, settings: TwilioSettings, call_id: int) -> dict[str, Any]:
    """Ask for the end of the greeting, so that nothing is said into one."""
    asked: dict[str, Any] = {
        "machine_detection": "DetectMessageEnd",
        "machine_detection_timeout": settings.amd_timeout_s,
    }
    if settings.amd is Amd.ASYNC:
        asked |= {
            "async_amd": "true",  # a text: the client would send Python's True
            "async_amd_status_callback": addresses.verdict(settings.route, call_id) + TELL_PATIENCE,
            "async_amd_status_callback_method": "POST",
        }
    return asked
