"""The one error of the command line: what was given cannot be used."""

from __future__ import annotations

from collections.abc import Iterable


class BadInputError(Exception):
    """What was given cannot be used: which field, why, and the way out; once or more."""

    def __init__(
        self,
        field: str,
        reason: str,
        remedy: str,
        *,
        others: Iterable[tuple[str, str, str]] = (),
    ) -> None:
        super().__init__(f"{field}: {reason}")
        self.problems = [(field, reason, remedy), *others]
