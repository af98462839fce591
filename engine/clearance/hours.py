"""When a callee may be called: local days and hours, holidays, and four attempts in thirty days."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from engine.calendar import OpeningHours, is_holiday, next_opening
from engine.callee import MessageKind
from engine.clearance.case import Case, zones_in
from engine.law import Finding, Law, RulesInForce
from engine.law.values import numbers, slots, table, texts, whole


def check_hours(case: Case) -> Iterator[Finding]:
    """Refuse a call outside the callee's local days and hours; says when they open again."""
    kind = case.facts.kind
    if kind is None or not case.zones or _has_agreed_slot(case):
        return
    regime, territory = _regime(case, kind), case.territory or ""
    closed = _closed(case.rules, regime, kind.value, territory, case.at)
    if closed is None and case.facts.worst_delay:
        closed = _closes(case, regime, kind)
    if closed is not None:
        yield closed


def _closes(case: Case, regime: str, kind: MessageKind) -> Finding | None:
    """Return what ends the opening that holds the instant before its provider's worst delay.

    A break counts: whatever is handed over in the morning may be left at noon.
    """
    rules, delay = case.rules, case.facts.worst_delay
    hours = _hours(rules)[regime]
    closed_days = _local_holidays(rules).get(case.territory or "", ())
    locals_ = [case.at.astimezone(zone) for zone in case.zones]
    short = [local for local in locals_ if not hours.lasts(local, delay, closed_days)]
    if not short:
        return None
    closing = min(closing for local in locals_ if (closing := hours.closing(local)))
    until = next_opening(closing, hours, case.zones, closed_days)
    return rules.finding(
        _parameter(regime, kind.value),
        "closes_too_soon",
        until=until,
        at=f"{short[0]:%Y-%m-%d %H:%M:%S}",
        zone=str(short[0].tzinfo),
        delay=f"{delay.total_seconds() / 60:.0f}",
    )


@lru_cache(maxsize=4096)
def _closed(
    rules: RulesInForce, regime: str, kind: str, territory: str, at: datetime
) -> Finding | None:
    """Return what closes the hours of a *regime* in a territory, for all who live there."""
    hours, closed_days = _hours(rules)[regime], _local_holidays(rules).get(territory, ())
    zones = zones_in(territory)
    for zone in zones:
        local = at.astimezone(zone)
        if not hours.open_at(local, closed_days):
            until = next_opening(at, hours, zones, closed_days)
            parameter = _parameter(regime, kind)
            return _finding(rules, parameter, hours, local, closed_days, until)
    return None


def _parameter(regime: str, kind: str) -> str:
    """Name the parameter that closes the hours for this kind of message and callee."""
    if regime != "consumer":
        return "calling_hours_others"
    return "calling_hours" if kind == MessageKind.MARKETING.value else "hours_scope"


def _regime(case: Case, kind: MessageKind) -> str:
    if case.is_consumer and kind.value in case.rules.texts("hours_scope"):
        return "consumer"
    return "informational" if kind is MessageKind.INFORMATIONAL else "legal_entity"


def _has_agreed_slot(case: Case) -> bool:
    """Whether the callee agreed to be called at this very time, and it can be proved (WIN-04)."""
    slot = case.callee.basis.slot
    if slot is None or not slot.proof or not case.rules.holds("agreed_slot"):
        return False
    return slot.opens <= case.at and case.at + case.facts.worst_delay < slot.closes


def _finding(
    rules: RulesInForce,
    parameter: str,
    hours: OpeningHours,
    local: datetime,
    closed_days: tuple[str, ...],
    until: datetime | None,
) -> Finding:
    """Say which of day, holiday and hour stands against the call."""
    day = local.date()
    shown = f"{local:%Y-%m-%d %H:%M:%S}"
    if hours.skips_holidays and day.isoweekday() in hours.days and is_holiday(day, closed_days):
        name = "public_holidays" if is_holiday(day) else "local_holidays"
        return rules.finding(name, "closed_holiday", until=until, at=shown, zone=str(local.tzinfo))
    reason = "closed_hours" if day.isoweekday() in hours.days else "closed_day"
    open_hours = ", ".join(f"{opens:%H:%M}–{closes:%H:%M}" for opens, closes in hours.slots)
    return rules.finding(
        parameter, reason, until=until, at=shown, zone=str(local.tzinfo), hours=open_hours
    )


def check_attempts(case: Case) -> Iterator[Finding]:
    """Refuse a fifth attempt within thirty days; failed ones count (C. consom. D223-9)."""
    rules, attempts = case.rules, case.facts.attempts
    if attempts is None:
        yield rules.finding("attempts", "attempts_unknown")
        return
    most, days = _frequency(rules)
    kind = case.facts.kind
    if len(attempts) < most or kind is None or _regime(case, kind) != "consumer":
        return
    recent = sorted(at for at in attempts if at > case.at - timedelta(days=days))
    if len(recent) >= most:
        until = recent[len(recent) - most] + timedelta(days=days)
        yield rules.finding(
            "attempts",
            "attempts_exhausted",
            until=until,
            made=str(len(recent)),
            most=str(most),
            days=str(days),
        )


@lru_cache(maxsize=64)
def _frequency(rules: RulesInForce) -> tuple[int, int]:
    value = table(rules.value("attempts"))
    return whole(value["most"]), whole(value["days"])


@lru_cache(maxsize=64)
def _hours(rules: RulesInForce) -> Mapping[str, OpeningHours]:
    others = table(rules.value("calling_hours_others"))
    return {
        "consumer": _opening_hours(rules.value("calling_hours")),
        "legal_entity": _opening_hours(others["legal_entity"]),
        "informational": _opening_hours(others["informational"]),
    }


def _opening_hours(value: object) -> OpeningHours:
    row = table(value)
    return OpeningHours(
        frozenset(numbers(row["days"])), slots(row["slots"]), row["skips_holidays"] is not False
    )


@lru_cache(maxsize=64)
def _local_holidays(rules: RulesInForce) -> Mapping[str, tuple[str, ...]]:
    value = table(rules.value("local_holidays"))
    return {territory: texts(days) for territory, days in value.items()}


def consumers_next_opening(law: Law, at: datetime, zone: ZoneInfo) -> datetime | None:
    """Return when marketing calls to consumers in *zone* next begin to be lawful, after *at*.

    Within opening hours that is the next opening, not *at*; `None`: nothing opens in a year.
    """
    hours = _hours(law.at(at.astimezone(zone).date()))["consumer"]
    while hours.open_at(at.astimezone(zone)):
        at += timedelta(minutes=15)
    return next_opening(at, hours, [zone])
