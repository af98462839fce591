"""Every reason is worded in French and in English, with the same facts."""

from __future__ import annotations

import re
from pathlib import Path
from string import Formatter

import pytest

import engine
from engine.law import Finding, Standing
from engine.wording import LANGUAGES, catalogue, sentence
from tests.engine.law.builders import decide, some_facts

SOURCES = Path(engine.__file__).parent
REASON = re.compile(
    r"(?:finding\(\s*(?:[a-z_.\"]+|\w+),\s*|NumberRefused\(|_Wrong\(|field_problem\(\w*\"?\w*\"?,\s*)"
    r"\"([a-z_0-9]+)\""
)


def fields(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name}


def test_both_languages_word_the_same_reasons_with_the_same_facts() -> None:
    french, english = (catalogue(language) for language in LANGUAGES)
    assert french.keys() == english.keys()
    for reason, parts in french.items():
        assert parts.keys() == english[reason].keys(), reason
        for part in parts:
            assert fields(parts[part]) == fields(english[reason][part]), (reason, part)


def test_every_reason_that_the_rules_give_is_worded() -> None:
    for folder in ("clearance", "campaign", "law"):
        for path in (SOURCES / folder).glob("*.py"):
            for reason in REASON.findall(path.read_text(encoding="utf-8")):
                assert reason in catalogue("fr"), (path.name, reason)


def test_a_word_of_the_code_is_said_in_the_readers_language() -> None:
    finding = decide(facts=some_facts(sender=None, person=some_facts().machine)).findings[0]
    assert finding.compared("fr") != finding.compared("en")
    assert "laissée au répondeur" in sentence(
        "announcement_missing", "compared", "fr", {"variant": "machine"}
    )


def test_an_unknown_language_is_refused() -> None:
    with pytest.raises(ValueError, match="fr, en"):
        catalogue("de")


def test_a_finding_comes_back_from_json() -> None:
    for finding in decide(facts=some_facts(suppressed=True, attempts=None)).findings:
        assert Finding.from_json(finding.to_json()) == finding
    temporal = decide(at=decide().at.replace(hour=2)).findings[0]
    assert temporal.law_or_policy is Standing.LAW
    assert Finding.from_json(temporal.to_json()) == temporal
