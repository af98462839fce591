"""Which country a number is in, as geo permissions name it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

_COUNTRY_CODES: Final[Mapping[str, str]] = {
    **{"+590": "GP", "+596": "MQ", "+594": "GF", "+262": "RE", "+508": "PM", "+687": "NC"},
    **{"+689": "PF", "+681": "WF", "+33": "FR", "+44": "GB", "+49": "DE", "+32": "BE"},
    **{"+41": "CH", "+34": "ES", "+39": "IT", "+352": "LU", "+1": "US"},
}


def country_of(number: str) -> str:
    """Return the country of *number* as its geo permission names it; unknown: ``ZZ``."""
    prefixes = [prefix for prefix in _COUNTRY_CODES if number.startswith(prefix)]
    return _COUNTRY_CODES[max(prefixes, key=len)] if prefixes else "ZZ"
