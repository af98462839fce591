"""CPCE art. L. 34-5 al. 5: who calls, why, and a number to object that costs nothing more."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from importlib.resources import files

import pytest

from engine.clearance import VariantFacts
from engine.clearance.message import MESSAGE_RULES
from engine.law.values import texts
from engine.wording import catalogue
from tests.engine.law.builders import LAW, OPEN, decide, reasons_of, rules_of, some_facts

#: The opt-out number as it is announced -> the rule that refuses it.
SVA = [
    ("01 42 00 00 01", None),
    ("09 48 00 00 00", None),
    ("0262 12 34 56", None),
    ("+33 1 42 00 00 01", None),
    ("0 800 123 456", None),
    ("0805 123 456", None),
    ("0806 123 456", None),
    ("0809 123 456", None),
    ("3000", None),
    ("3007", None),
    ("3009", None),
    ("3114", None),
    ("3169", None),
    ("3180", None),
    ("116 000", None),
    ("06 12 34 56 78", "SVA-07"),
    ("0810 123 456", "SVA-04"),
    ("0825 123 456", "SVA-04"),
    ("0892 123 456", "SVA-04"),
    ("118 712", "SVA-05"),
    ("3008", "SVA-06"),
    ("3170", "SVA-06"),
    ("3179", "SVA-06"),
    ("3639", "SVA-06"),
    ("1013", "SVA-06"),
    ("0836 123 456", "SVA-07"),
    ("36105", "SVA-07"),
    ("+44 20 7946 0018", "SVA-07"),
    ("stop", "SVA-07"),
]


@pytest.mark.parametrize(("number", "rule"), SVA)
def test_the_opt_out_number_is_free_or_at_the_price_of_a_call(
    number: str, rule: str | None
) -> None:
    clearance = decide(facts=some_facts(opt_out_number=number))
    assert rules_of(clearance) == ([] if rule is None else [rule])


def test_a_refused_opt_out_number_is_shown_masked() -> None:
    [finding] = decide(facts=some_facts(opt_out_number="06 12 34 56 78")).findings
    assert "12 34" not in f"{finding.to_json()}{finding.compared('en')}"


@dataclass(frozen=True)
class Lack:
    item: str
    sentence: str = ""
    article: str = ""


def test_every_item_that_a_script_can_lack_has_its_rule_and_its_words() -> None:
    source = files("config").joinpath("announcements/required.toml").read_text("utf-8")
    items = set(tomllib.loads(source)) - {"cost"}
    rules = LAW.at(OPEN.date())
    ruled = {item for name in MESSAGE_RULES for item in texts(rules.value(name))}
    assert items == ruled
    assert items <= catalogue("fr")["words"].keys()
    assert items <= catalogue("en")["words"].keys()


#: What the script lacks -> the rule that wants it.
ITEMS = [
    ("identity", "MSG-02"),
    ("purpose", "MSG-02"),
    ("commercial", "MSG-03"),
    ("opt_out", "MSG-01"),
    ("bloctel", "MSG-04"),
    ("free", "MSG-05"),
    ("premium", "MSG-09"),
    ("urgency", "MSG-09"),
    ("call_back", "MSG-01"),
    ("call_back_rate", "MSG-01"),
    ("key", "MSG-01"),
    ("something new", "MSG-02"),
]


@pytest.mark.parametrize(("item", "rule"), ITEMS)
def test_what_the_script_lacks_is_refused_by_its_rule(item: str, rule: str) -> None:
    facts = some_facts(machine=VariantFacts("b" * 64, (Lack(item),)))
    clearance = decide(facts=facts)
    assert rules_of(clearance) == [rule]
    assert clearance.findings[0].facts == {"variant": "machine", "item": item}


def test_an_announcement_that_was_never_checked_is_refused() -> None:
    facts = some_facts(person=VariantFacts("a" * 64, None))
    assert reasons_of(decide(facts=facts)) == ["message_unchecked"]


def test_the_paper_names_what_is_played_and_by_which_way() -> None:
    clearance = decide()
    assert clearance.granted
    assert (clearance.announcements.person, clearance.announcements.machine) == ("a" * 64, "b" * 64)
    assert (clearance.number, clearance.caller_id) == ("+33612345678", "+33162000001")
    assert clearance.route == "sandbox"


def test_a_clearance_in_a_log_masks_the_callee() -> None:
    assert "612345678" not in repr(decide())
