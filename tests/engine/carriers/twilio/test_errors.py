"""Every code of Twilio's that concerns calls has an outcome, a fault and a way out."""

from __future__ import annotations

import tomllib
from collections import Counter
from pathlib import Path

import pytest

from engine.carriers.twilio import errors
from engine.carriers.twilio.errors import Fault, meaning_of, meanings
from engine.outcome import RETRIABLE, Outcome

#: The codes by which a call can be refused, fail, or go wrong on its way.
CODES = [
    *(13224, 13225, 21216, 32203, 13227, 21215, 32205, 21210, 21212, 13247, 32204, 32206),
    *(21211, 21217, 21214, 21202, 21219, 21608, 21220, 21450, 21453, 21205, 21208, 21206),
    *(21218, 21262, 21263, 20003, 20005, 10001, 10004, 20429, 20500, 20503, 22005, 32017),
    *(32009, 32011, 32014, 11200, 11205, 11206, 11210, 11215, 11220, 11235, 11237, 11750),
    *(12100, 12200, 12300, 12400, 15003, 21631, 21649),
]


@pytest.mark.parametrize("code", CODES)
def test_a_code_has_an_outcome_and_a_way_out_in_both_languages(code: int) -> None:
    meaning = meanings()[code]
    assert meaning.outcome in RETRIABLE | {Outcome.INVALID_NUMBER, Outcome.REJECTED}
    assert all(meaning.said[language] and meaning.remedy[language] for language in ("fr", "en"))


def test_no_code_stands_twice() -> None:
    table = tomllib.loads(Path(errors.__file__).with_suffix(".toml").read_text("utf-8"))
    counts = Counter(code for error in table["error"] for code in error["codes"])
    assert [code for code, count in counts.items() if count > 1] == []


def test_a_blocked_number_is_never_tried_again() -> None:
    assert meaning_of(13225).outcome is Outcome.REJECTED
    assert meaning_of(21216).outcome not in RETRIABLE


def test_the_callees_number_breaks_no_route() -> None:
    callees = [each for each in meanings().values() if each.fault is Fault.CALLEE]
    assert len(callees) > 8
    assert not any(each.is_routes_fault or each.needs_operator for each in callees)


def test_a_code_that_nobody_listed_may_break_the_route() -> None:
    assert meaning_of(99_999, 400).is_routes_fault
    assert "99999" in meaning_of(99_999, 400).remedy["en"]


def test_a_reputation_is_told_from_a_refusal() -> None:
    assert meaning_of(32017).is_reputation
    assert not meaning_of(13225).is_reputation
