"""Telephone numbers and keyed digits as a voice should say them."""

from __future__ import annotations

import re
from typing import Final

_NOT_DIGITS = re.compile(r"\D")
# fmt: off
_FRENCH_UNITS: Final = (
    "zéro", "un", "deux", "trois", "quatre", "cinq", "six", "sept", "huit", "neuf", "dix",
    "onze", "douze", "treize", "quatorze", "quinze", "seize", "dix-sept", "dix-huit", "dix-neuf",
)
_FRENCH_TENS: Final = {2: "vingt", 3: "trente", 4: "quarante", 5: "cinquante", 6: "soixante"}
_ENGLISH_DIGITS: Final = (
    "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine",
)
# fmt: on


def national(number: str) -> str:
    """Return the digits that are dialled within France: ``+33948123456`` is ``0948123456``."""
    compact = re.sub(r"[^\d+]", "", number)
    return f"0{compact[3:]}" if compact.startswith("+33") else _NOT_DIGITS.sub("", compact)


def grouped(number: str) -> str:
    """Write a number as the French do: ``09 48 12 34 56``, ``0 800 123 456``, ``3020``."""
    digits = national(number)
    if len(digits) == 10 and digits.startswith("08"):
        return f"0 {digits[1:4]} {digits[4:7]} {digits[7:]}"
    if len(digits) <= 6:
        return digits
    return " ".join(_pairs(digits))


def spoken(number: str, language: str) -> str:
    """Return a number in words, pair by pair in French, digit by digit in English."""
    digits = national(number)
    if language != "fr":
        groups = [_english_digits(pair) for pair in _pairs(digits)]
    elif len(digits) == 10 and digits.startswith("08"):
        groups = ["zéro", *(_french_hundreds(digits[k : k + 3]) for k in (1, 4, 7))]
    else:
        groups = [_french_pair(pair) for pair in _pairs(digits)]
    return ", ".join(groups)


def _pairs(digits: str) -> list[str]:
    """Cut digits in twos, a lone first digit when they are odd."""
    first = len(digits) % 2
    head = [digits[:first]] if first else []
    return head + [digits[k : k + 2] for k in range(first, len(digits), 2)]


def english_digit(value: int) -> str:
    """Return the English word of 0 to 9."""
    return _ENGLISH_DIGITS[value]


def below_thousand(value: int) -> str:
    """Return the French words of 0 to 999."""
    return _french_hundreds(str(value)) if value >= 100 else _french_below_hundred(value)


def _english_digits(digits: str) -> str:
    return " ".join(english_digit(int(digit)) for digit in digits)


def _french_pair(pair: str) -> str:
    if len(pair) == 1 or pair[0] == "0":
        return " ".join(_FRENCH_UNITS[int(digit)] for digit in pair)
    return _french_below_hundred(int(pair))


def _french_below_hundred(value: int) -> str:
    if value < 20:
        return _FRENCH_UNITS[value]
    tens, unit = divmod(value, 10)
    if tens in (7, 9):
        base, rest = ("soixante" if tens == 7 else "quatre-vingt"), _FRENCH_UNITS[unit + 10]
        return f"{base} et {rest}" if value == 71 else f"{base}-{rest}"
    if tens == 8:
        return f"quatre-vingt-{_FRENCH_UNITS[unit]}" if unit else "quatre-vingts"
    if unit == 1:
        return f"{_FRENCH_TENS[tens]} et un"
    return f"{_FRENCH_TENS[tens]}-{_FRENCH_UNITS[unit]}" if unit else _FRENCH_TENS[tens]


def _french_hundreds(three: str) -> str:
    """Say three digits as one number; leading zeros digit by digit."""
    if three[0] == "0":
        return f"zéro {_french_pair(three[1:])}"
    hundreds, rest = divmod(int(three), 100)
    head = "cent" if hundreds == 1 else f"{_FRENCH_UNITS[hundreds]} cent"
    return f"{head} {_french_below_hundred(rest)}" if rest else head
