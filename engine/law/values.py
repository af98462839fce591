"""Typed readings of what a parameter is worth; a value of another shape raises RulebookError."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import time

from engine.law.parameter import RulebookError, Value


def whole(value: Value) -> int:
    """Return a whole number."""
    if isinstance(value, bool) or not isinstance(value, int):
        raise RulebookError(f"{value!r} is not a whole number")
    return value


def text(value: Value) -> str:
    """Return a text."""
    if not isinstance(value, str):
        raise RulebookError(f"{value!r} is not a text")
    return value


def texts(value: Value) -> tuple[str, ...]:
    """Return a list of texts."""
    if not isinstance(value, list):
        raise RulebookError(f"{value!r} is not a list")
    return tuple(text(part) for part in value)


def numbers(value: Value) -> tuple[int, ...]:
    """Return a list of whole numbers."""
    if not isinstance(value, list):
        raise RulebookError(f"{value!r} is not a list")
    return tuple(whole(part) for part in value)


def table(value: Value) -> Mapping[str, Value]:
    """Return a table."""
    if not isinstance(value, dict):
        raise RulebookError(f"{value!r} is not a table")
    return value


def slots(value: Value) -> tuple[tuple[time, time], ...]:
    """Return a list of local times of day, by pairs: opening and closing."""
    pairs = []
    for pair in value if isinstance(value, list) else ():
        opens, closes = pair
        if not (isinstance(opens, time) and isinstance(closes, time) and opens < closes):
            raise RulebookError(f"{pair!r} is not an opening and a later closing time")
        pairs.append((opens, closes))
    if not pairs:
        raise RulebookError(f"{value!r} is not a list of opening and closing times")
    return tuple(pairs)
