"""The one error of the command line: what was given cannot be used."""

from __future__ import annotations


class BadInputError(Exception):
    """What was given cannot be used: which field, why, and the way out."""

    def __init__(self, field_name: str, reason: str, remedy: str) -> None:
        super().__init__(f"{field_name}: {reason}")
        self.field = field_name
        self.reason = reason
        self.remedy = remedy
