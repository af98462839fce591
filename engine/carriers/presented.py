"""The numbers that an inbound call presents."""

from __future__ import annotations

import re

_FRANCE = "33"
_E164 = re.compile(r"\+[1-9][0-9]{6,14}")
_USER = re.compile(r"\s*(?:sips?:|tel:)(?P<user>[^@;?>]*)", re.IGNORECASE)
_SEPARATORS = re.compile(r"[-.() ]")  # visual only (RFC 3966, 5.1.1)
_WITHHELD = frozenset({"id", "user", "header", "session", "critical"})  # RFC 3323, 4.2


def is_e164(number: str) -> bool:
    """Whether *number* is written as E.164 wants it, with its plus."""
    return _E164.fullmatch(number) is not None


def number_in(uri: str) -> str | None:
    """Return the number of a `sip:` or `tel:` URI in E.164, or `None` when it has none.

    Accepts ``+33…``, ``0033…``, ``33…`` and the French national form ``0…`` (RFC 3966).
    """
    match = _USER.match(uri)
    if match is None:
        return None
    digits = _SEPARATORS.sub("", match["user"].replace("%2B", "+").replace("%2b", "+"))
    number = _international(digits)
    return number if is_e164(number) else None


def calling_number(caller: str, asserted: str | None, privacy: str) -> str | None:
    """Return who calls, in E.164: P-Asserted-Identity, else From; `None` when withheld.

    A caller who asked for privacy (RFC 3323) is not identified, even where a trunk tells us.
    """
    if _WITHHELD & {value.strip().lower() for value in privacy.split(";")}:
        return None
    from_asserted = number_in(asserted) if asserted else None
    return from_asserted or number_in(caller)


def _international(digits: str) -> str:
    if digits.startswith("+"):
        return digits
    if digits.startswith("00"):
        return f"+{digits[2:]}"
    if digits.startswith("0") and len(digits) == 10:
        return f"+{_FRANCE}{digits[1:]}"
    if digits.startswith(_FRANCE) and len(digits) == 11:
        return f"+{digits}"
    return ""
