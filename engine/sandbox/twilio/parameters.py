"""What Twilio checks of a request's parameters before it does anything."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Final
from urllib.parse import urlsplit

from engine.sandbox.twilio.account import Account
from engine.sandbox.twilio.countries import country_of
from engine.sandbox.twilio.errors import Refused

ENDPOINT: Final = re.compile(r"(\+[1-9]\d{6,14}|sip:.+|client:.+)")
_METHODS: Final = ("GET", "POST")
_ENUMERATIONS: Final[Mapping[str, tuple[str, ...]]] = {
    "Method": _METHODS,
    "FallbackMethod": _METHODS,
    "StatusCallbackMethod": _METHODS,
    "RecordingStatusCallbackMethod": _METHODS,
    "AsyncAmdStatusCallbackMethod": _METHODS,
    "VoiceMethod": _METHODS,
    "VoiceFallbackMethod": _METHODS,
    "SmsMethod": _METHODS,
    "SmsFallbackMethod": _METHODS,
    "MachineDetection": ("Enable", "DetectMessageEnd"),
    "AsyncAmd": ("true", "false"),
    "Record": ("true", "false"),
    "RecordingChannels": ("mono", "dual"),
    "RecordingTrack": ("inbound", "outbound", "both"),
    "Trim": ("trim-silence", "do-not-trim"),
}
_RANGES: Final[Mapping[str, tuple[int, int]]] = {
    "Timeout": (1, 600),
    "MachineDetectionTimeout": (3, 59),
    "MachineDetectionSpeechThreshold": (1000, 6000),
    "MachineDetectionSpeechEndThreshold": (500, 5000),
    "MachineDetectionSilenceTimeout": (2000, 10_000),
    "TimeLimit": (1, 86_400),
}
_URLS: Final = (
    *("Url", "FallbackUrl", "StatusCallback", "AsyncAmdStatusCallback", "ClientNotificationUrl"),
    *("VoiceUrl", "VoiceFallbackUrl", "SmsUrl", "SmsFallbackUrl", "RecordingStatusCallback"),
)
_CODES: Final[Mapping[str, int]] = {
    "Url": 21205,
    "StatusCallback": 21609,
    "Timeout": 21208,
    "SendDigits": 21206,
}
_EVENTS: Final = frozenset({"initiated", "ringing", "answered", "completed"})
_PATTERNS: Final[Mapping[str, re.Pattern[str]]] = {
    "SendDigits": re.compile(r"[0-9A-DwW#*]{0,32}"),
    "Byoc": re.compile(r"BY[0-9a-fA-F]{32}"),
}


def check_values(form: Mapping[str, str]) -> None:
    """Refuse what no parameter of that name may be; unknown names are ignored, as Twilio does."""
    for name, value in form.items():
        if not _is_allowed(name, value):
            raise Refused(_CODES.get(name, 20001), f"{name} {value}")


def _is_allowed(name: str, value: str) -> bool:
    if name in _ENUMERATIONS:
        return value in _ENUMERATIONS[name]
    if name in _RANGES:
        least, most = _RANGES[name]
        return value.isascii() and value.isdecimal() and least <= int(value) <= most
    if name in _URLS:
        return value == "" or _is_url(value)
    if name in _PATTERNS:
        return bool(_PATTERNS[name].fullmatch(value))
    return True


def _is_url(value: str) -> bool:
    """Tell whether Twilio would ask *value*; a host with an underscore it would not."""
    try:
        parts = urlsplit(value)
        host = parts.hostname or ""
    except ValueError:
        return False
    return parts.scheme in {"http", "https"} and bool(host) and "_" not in host


def check_create(form: Mapping[str, str], events: list[str], account: Account) -> None:
    """Refuse a call that Twilio would not even queue; in the order of its own checks (assumed)."""
    to, from_ = form.get("To", ""), form.get("From", "")
    if not to:
        raise Refused(21201)
    if not from_:
        raise Refused(21213)
    if not any(form.get(name) for name in ("Url", "Twiml", "ApplicationSid")):
        raise Refused(21205)
    if form.get("ApplicationSid"):
        raise Refused(21218, form["ApplicationSid"])  # the double knows no application
    if len(form.get("Twiml", "")) > 4000:
        raise Refused(32018)
    if not set(events) <= _EVENTS:  # a list joined by spaces is no event
        raise Refused(20001, f"StatusCallbackEvent {' '.join(events)}")
    if not ENDPOINT.fullmatch(to) or to == from_:
        raise Refused(21211, to)
    _check_caller_id(from_, account)
    _check_permission(to, account)


def _check_caller_id(from_: str, account: Account) -> None:
    if not ENDPOINT.fullmatch(from_) or from_ in account.never_originates:
        raise Refused(21212, from_)
    if not account.may_show(from_):
        raise Refused(21210, from_)


def _check_permission(to: str, account: Account) -> None:
    if account.type == "Trial" and to not in account.verified:
        raise Refused(21219, to)
    if to in account.blocked:
        raise Refused(21216, to)
    if to.startswith("+") and country_of(to) not in account.countries:
        raise Refused(21215, to)


def moment(text: str) -> datetime | None:
    """Read a date or an instant of a filter, in UTC unless it says otherwise."""
    try:
        when = datetime.fromisoformat(text)
    except ValueError:
        return None
    return when if when.tzinfo else when.replace(tzinfo=UTC)
