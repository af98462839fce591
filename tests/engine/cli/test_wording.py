"""Both languages say the same things."""

from __future__ import annotations

import re
import string
from pathlib import Path

import pytest

from engine import cli
from engine.cli.wording import Wording, catalogue


def fields(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


def test_french_and_english_have_the_same_sentences() -> None:
    assert catalogue("fr").keys() == catalogue("en").keys()


@pytest.mark.parametrize("key", sorted(catalogue("fr")))
def test_french_and_english_fill_in_the_same_fields(key: str) -> None:
    assert fields(catalogue("fr")[key]) == fields(catalogue("en")[key])


def test_an_unknown_language_gets_english() -> None:
    assert Wording("de")("common.none") == catalogue("en")["common.none"]


def test_every_sentence_that_a_command_says_is_there() -> None:
    said = {
        key
        for path in Path(cli.__file__).parent.glob("*.py")
        for key in re.findall(r'say\(\s*"([a-z_]+\.[a-z0-9_]+)"', path.read_text())
    }
    assert said
    assert said <= catalogue("en").keys()
