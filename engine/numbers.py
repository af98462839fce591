"""Telephone numbers: the French plan first, libphonenumber behind it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

import phonenumbers
from phonenumbers import PhoneNumberType

from engine.numbering import Line, Range, french_plan, territory_of, zones_of
from engine.wording import sentence

__all__ = ["Line", "NumberRefused", "PhoneNumber", "mask", "parse", "territory_of", "zones_of"]

LONGEST = 40
"Characters; nothing longer is a telephone number, however it is written."

_SEPARATORS = str.maketrans("", "", " .-/()\t\u00a0\u202f\u2009\u2010\u2011")
_OPTIONAL_ZERO = re.compile(r"\(\s*0\s*\)")
_FRENCH = re.compile(r"\+(33|590|594|596|262|508)(\d{6,10})", re.ASCII)
_SCIENTIFIC = re.compile(r"\d[.,]?\d*[eE]\+?\d+", re.ASCII)
_FOREIGN_LINES: Mapping[int, Line] = {
    PhoneNumberType.MOBILE: Line.MOBILE,
    PhoneNumberType.FIXED_LINE_OR_MOBILE: Line.MOBILE,
    PhoneNumberType.FIXED_LINE: Line.GEOGRAPHIC,
    PhoneNumberType.VOIP: Line.NON_GEOGRAPHIC,
    PhoneNumberType.PREMIUM_RATE: Line.SPECIAL,
    PhoneNumberType.SHARED_COST: Line.SPECIAL,
    PhoneNumberType.TOLL_FREE: Line.SPECIAL,
}


class NumberRefused(ValueError):
    """A text that is not a telephone number we can place; it never quotes the text."""

    def __init__(self, cause: str, **facts: str) -> None:
        super().__init__(sentence(cause, "reason", "en", facts))
        self.cause = cause
        self.facts = facts

    def reason(self, language: str = "fr") -> str:
        """Say what is wrong, in *language*."""
        return sentence(self.cause, "reason", language, self.facts)

    def remedy(self, language: str = "fr") -> str:
        """Say what to write instead, in *language*."""
        return sentence(self.cause, "remedy", language, self.facts)


@dataclass(frozen=True, slots=True, repr=False)
class PhoneNumber:
    """A telephone number whose territory and kind of line are known."""

    e164: str
    "``+33612345678``"
    national: str
    "``0612345678``: what the French plan's prefixes are compared with."
    territory: str | None
    "ISO 3166-1 alpha-2, by the prefix; `None` when several territories share it."
    line: Line

    @property
    def masked(self) -> str:
        """The number as people may see it in a log: ``+336••••••78``."""
        return mask(self.e164)

    @property
    def zones(self) -> tuple[str, ...]:
        """The time zones that the prefix tells; empty when it tells none."""
        return zones_of(self.territory)

    def __repr__(self) -> str:
        return f"PhoneNumber({self.masked})"


def mask(text: str) -> str:
    """Hide all of a number but its first four and last two characters."""
    return f"{text[:4]}{'•' * (len(text) - 6)}{text[-2:]}" if len(text) > 7 else "•" * len(text)


def as_called(text: str) -> str:
    """Return a number as a carrier names the number called: E.164, or a short number's digits."""
    try:
        return parse(text).e164
    except NumberRefused:
        return "".join(sign for sign in text if sign.isdigit())


def parse(text: str, *, territory: str | None = None) -> PhoneNumber:
    """Return the number that *text* writes, nationally or internationally.

    *territory* (ISO 3166-1 alpha-2, France by default) is where a national writing is from.
    Raises NumberRefused.
    """
    digits = _normal(text)
    if digits[0] != "+":
        if territory is not None and territory[:2] not in _national_territories():
            return _foreign(digits, territory[:2])
        return _national(digits, territory)
    french = _FRENCH.fullmatch(digits)
    return _french(int(french[1]), french[2]) if french else _foreign(digits, None)


def _normal(text: str) -> str:
    """Return *text* without its separators, ``00`` as ``+``."""
    if len(text) > LONGEST:
        raise NumberRefused("number_too_long")
    if "(" in text:
        text = _OPTIONAL_ZERO.sub("", text)
    digits = text.translate(_SEPARATORS)
    if digits.startswith("00"):
        digits = "+" + digits[2:]
    body = digits[1:] if digits.startswith("+") else digits
    if not body:
        raise NumberRefused("number_missing")
    if not (body.isascii() and body.isdigit()):
        scientific = _SCIENTIFIC.fullmatch(text.strip())
        raise NumberRefused("number_scientific" if scientific else "number_not_digits")
    return digits


def _national_territories() -> Mapping[str, int]:
    return {name: code for name, code in french_plan().codes.items() if code < 600}


def _national(digits: str, territory: str | None) -> PhoneNumber:
    """Read ten digits by the French plan."""
    if len(digits) == 9 and digits[0] != "0":
        raise NumberRefused("number_zero_lost")
    if len(digits) != 10 or digits[0] != "0":
        raise NumberRefused("number_length", length=str(len(digits)))
    found = _range(digits)
    code = found.code or french_plan().codes.get((territory or "")[:2])
    if code is None:
        raise NumberRefused("number_shared", prefix=found.prefix)
    return _placed(digits, found, code)


def _french(code: int, subscriber: str) -> PhoneNumber:
    """Read an international writing under one of the French plan's country codes."""
    if code == 508 and len(subscriber) == 6:
        subscriber = f"508{subscriber}"
    national = subscriber if len(subscriber) == 10 else f"0{subscriber}"
    if len(national) != 10 or national[0] != "0":
        raise NumberRefused("number_length", length=str(len(subscriber)))
    found = _range(national)
    if found.code not in (code, None):
        raise NumberRefused("number_contradictory", code=str(code), right=str(found.code))
    return _placed(national, found, code)


def _range(national: str) -> Range:
    found = french_plan().find(national)
    if found is None:
        raise NumberRefused("number_unassigned", prefix=national[:4])
    return found


def _placed(national: str, found: Range, code: int) -> PhoneNumber:
    """Return the number; Saint-Pierre-et-Miquelon's code is also its prefix."""
    subscriber = national[4:] if code == 508 and found.prefix == "0508" else national[1:]
    return PhoneNumber(f"+{code}{subscriber}", national, found.territory, found.line)


def _foreign(digits: str, region: str | None) -> PhoneNumber:
    """Read a number of another plan with libphonenumber."""
    try:
        number = phonenumbers.parse(digits, region)
    except phonenumbers.NumberParseException as error:
        raise NumberRefused("number_unknown_plan") from error
    if not phonenumbers.is_valid_number(number):
        raise NumberRefused("number_unknown_plan")
    line = _FOREIGN_LINES.get(phonenumbers.number_type(number), Line.OTHER)
    e164 = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    national = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.NATIONAL)
    return PhoneNumber(e164, national, phonenumbers.region_code_for_number(number), line)
