"""What the announcement must hold, and the number by which people object."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache

from audio.script import Rate
from engine.clearance.case import Case
from engine.clearance.facts import VariantFacts
from engine.law import Finding, RulesInForce
from engine.law.values import text
from engine.numbers import NumberRefused, mask, parse

#: The parameters that each list the items which their rule wants in a script.
MESSAGE_RULES = (
    "message_opt_out",
    "message_identity",
    "message_commercial",
    "message_bloctel",
    "message_free",
    "message_premium",
)
#: What calling a number costs, by the first parameter whose pattern it fits.
_RATES: Mapping[str, Rate] = {
    "opt_out_ordinary": "standard",
    "opt_out_free": "free",
    "opt_out_standard": "standard",
    "opt_out_premium": "premium",
    "opt_out_directory": "premium",
    "opt_out_short": "premium",
}
_OTHER = "opt_out_other"


def check_message(case: Case) -> Iterator[Finding]:
    """Refuse an announcement that was not checked, or that lacks what the law wants in it."""
    facts = case.facts
    for name, variant in (("person", facts.person), ("machine", facts.machine)):
        yield from _variant(name, variant, case.rules)


def _variant(name: str, variant: VariantFacts, rules: RulesInForce) -> Iterator[Finding]:
    if not variant.sha256:
        yield rules.finding("paper", "announcement_missing", variant=name)
    if variant.lacks is None:
        yield rules.finding("message_identity", "message_unchecked", variant=name)
        return
    for lack in variant.lacks:
        parameter = _rule_of(lack.item, rules)
        yield rules.finding(parameter, "message_lacks", variant=name, item=lack.item)


@lru_cache(maxsize=256)
def _rule_of(item: str, rules: RulesInForce) -> str:
    """Name the parameter that wants *item*; identity's, when none names it."""
    for name in MESSAGE_RULES:
        if item in rules.texts(name):
            return name
    return "message_identity"


def check_opt_out_number(case: Case) -> Iterator[Finding]:
    """Refuse an opt-out number that could cost more than an ordinary call (L34-5 al. 5)."""
    number = case.facts.opt_out_number
    if not number:
        yield case.rules.finding("message_opt_out", "opt_out_number_missing")
        return
    if rate_of(number, case.rules) not in ("free", "standard"):
        tariff = _tariff(number, case.rules)
        yield case.rules.finding(tariff, "opt_out_number_refused", number=mask(number))


def rate_of(number: str, rules: RulesInForce) -> Rate:
    """Return what calling *number* costs within France, by the tariffs in force."""
    return _RATES.get(_tariff(number, rules), "unknown")


@lru_cache(maxsize=1024)
def _tariff(number: str, rules: RulesInForce) -> str:
    """Name the parameter that holds the tariff of *number*."""
    national = _national(number)
    for name in _RATES:
        if re.fullmatch(text(rules.value(name)), national, re.ASCII):
            return name
    return _OTHER


def _national(number: str) -> str:
    """Return the number as the French plan writes it; a short number stays as it is."""
    digits = re.sub(r"[\s.-]", "", number)
    if len(digits) <= 6:
        return digits
    try:
        return parse(number).national
    except NumberRefused:
        return digits
