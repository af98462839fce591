"""One callee, one instant and the rules in force there: what every check reads."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import cache, lru_cache
from zoneinfo import ZoneInfo

from engine.callee import Callee, CalleeKind, MessageKind
from engine.clearance.facts import Facts
from engine.law import Finding, Law, RulesInForce
from engine.law.values import table, texts
from engine.numbers import Line, zones_of

METROPOLITAN = "FR"


@dataclass(frozen=True, slots=True)
class Case:
    """What a clearance is decided on."""

    callee: Callee
    facts: Facts
    rules: RulesInForce
    at: datetime
    zones: tuple[ZoneInfo, ...]
    "Where the callee may be; empty when nobody knows."
    territory: str | None
    is_consumer: bool


def make_case(callee: Callee, facts: Facts, law: Law, at: datetime) -> Case:
    """Find out where and who the callee is, and what law holds there on that day."""
    territory = _territory(callee, facts)
    zones = zones_in(territory)
    local = at.astimezone(zones[0] if zones else _zone("Europe/Paris"))
    is_consumer = callee.kind is CalleeKind.CONSUMER or callee.number.line is Line.MOBILE
    return Case(callee, facts, law.at(local.date()), at, zones, territory, is_consumer)


def check_destination(case: Case) -> Iterator[Finding]:
    """Refuse a destination that is unknown or that the rulebook does not cover."""
    number, rules = case.callee.number, case.rules
    territories, lines = _destinations(rules)
    if number.territory is not None and number.territory not in territories:
        yield rules.finding("destination", "territory_not_covered", territory=number.territory)
    elif case.territory is None:
        yield rules.finding("destination", "territory_unknown")
    elif case.territory[:2] not in territories or not case.zones:
        yield rules.finding("destination", "territory_not_covered", territory=case.territory)
    if number.line.value not in lines:
        yield rules.finding("destination", "line_not_answered", line=number.line.value)


def check_declaration(case: Case) -> Iterator[Finding]:
    """Refuse a message whose kind, sector or purpose nobody declared."""
    facts, rules = case.facts, case.rules
    if facts.kind is None:
        yield rules.finding("declaration", "kind_missing")
    if not facts.purpose:
        yield rules.finding("declaration", "purpose_missing")
    if not facts.sector:
        yield rules.finding("declaration", "sector_missing")
    elif facts.sector not in _sectors(rules):
        known = ", ".join(sorted(_sectors(rules)))
        yield rules.finding("declaration", "sector_unknown", sector=facts.sector, known=known)


def check_sector(case: Case) -> Iterator[Finding]:
    """Refuse to prospect consumers in the sectors where it is banned, consent or not.

    Anything but information counts: a survey in such a sector prospects, if indirectly (L34-5).
    """
    sector = case.facts.sector
    if sector is None or not case.is_consumer:
        return
    if case.facts.kind is MessageKind.INFORMATIONAL:
        return
    for name in ("sector_ban_phone", "sector_ban_message", "sector_ban_cpf"):
        if sector in case.rules.texts(name):
            yield case.rules.finding(name, "sector_banned", sector=sector)


def check_suppression(case: Case) -> Iterator[Finding]:
    """Refuse whoever objected (GDPR art. 21(3)), and whoever may have."""
    if case.facts.suppressed is None:
        yield case.rules.finding("suppression", "suppression_unknown")
    elif case.facts.suppressed:
        yield case.rules.finding("suppression", "suppressed")


def _territory(callee: Callee, facts: Facts) -> str | None:
    """Return where the callee lives: as recorded, else by the prefix.

    A metropolitan mobile may live overseas: its prefix tells its place only in a list that was
    collected in metropolitan France.
    """
    if callee.territory:
        return callee.territory
    number = callee.number
    if number.line is Line.MOBILE and number.territory == METROPOLITAN:
        return METROPOLITAN if facts.list_territory == METROPOLITAN else None
    return number.territory


@cache
def _zone(name: str) -> ZoneInfo:
    return ZoneInfo(name)


@lru_cache(maxsize=256)
def zones_in(territory: str | None) -> tuple[ZoneInfo, ...]:
    """Return the time zones in which somebody of *territory* may be."""
    return tuple(_zone(name) for name in zones_of(territory))


@lru_cache(maxsize=64)
def _destinations(rules: RulesInForce) -> tuple[frozenset[str], frozenset[str]]:
    value = table(rules.value("destination"))
    return frozenset(texts(value["territories"])), frozenset(texts(value["lines"]))


@lru_cache(maxsize=64)
def _sectors(rules: RulesInForce) -> frozenset[str]:
    return frozenset(rules.texts("declaration"))
