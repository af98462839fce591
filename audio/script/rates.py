"""What calling a number costs, by the French plan."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable
from functools import cache
from importlib.resources import files
from typing import Literal

from audio.numerals import national

Rate = Literal["free", "standard", "premium", "unknown"]
RateOf = Callable[[str], Rate]


def rate_of(number: str) -> Rate:
    """Classify a number, E.164 or as dialled within France (``config/numbering/opt_out.toml``)."""
    if number.startswith("+") and not number.startswith("+33"):
        return "unknown"
    digits = national(number)
    return next((rate for pattern, rate in _rates() if pattern.fullmatch(digits)), "unknown")


@cache
def _rates() -> tuple[tuple[re.Pattern[str], Rate], ...]:
    source = files("config").joinpath("numbering/opt_out.toml").read_text("utf-8")
    return tuple((re.compile(row["pattern"]), row["rate"]) for row in tomllib.loads(source)["rate"])
