"""The reference of the settings names every setting, and no other."""

from __future__ import annotations

import re
from pathlib import Path

from config.settings import Settings

REFERENCE = Path(__file__).resolve().parent.parent / "docs/reference/settings.md"


def test_the_reference_names_every_setting() -> None:
    named = set(re.findall(r"LICITE_([A-Z_]+)", REFERENCE.read_text()))
    assert named == {name.upper() for name in Settings.model_fields}
