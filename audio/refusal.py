"""Audio that we do not take, why, and what to do about it, in the operator's language."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib.resources import files
from typing import Any


@cache
def _wording() -> dict[str, Any]:
    return tomllib.loads(files("config").joinpath("announcements/refusals.toml").read_text("utf-8"))


class AudioRefused(ValueError):
    """Audio that cannot be used; ``str()`` is the reason and the remedy, in English."""

    def __init__(self, what: str, **measured: object) -> None:
        """Refuse for *what*, a section of ``config/announcements/refusals.toml``."""
        self.what = what
        self.measured = measured
        super().__init__(f"{self.reason}. {self.remedy}")

    @property
    def reason(self) -> str:
        """What is wrong, in English."""
        return self.told("en")[0]

    @property
    def remedy(self) -> str:
        """What to do next, in English."""
        return self.told("en")[1]

    def told(self, language: str) -> tuple[str, str]:
        """Return the reason and the remedy in ``fr`` or ``en``."""
        wording = _wording()[self.what][language]
        return (
            wording["reason"].format(**self.measured),
            wording["remedy"].format(**self.measured),
        )
