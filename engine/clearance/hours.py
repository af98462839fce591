"""When a callee may be called: local days and hours, holidays, and four attempts in thirty days."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from functools import lru_cache

from engine.calendar import OpeningHours, is_holiday, next_opening
from engine.callee import MessageKind
from engine.clearance.case import Case
from engine.law import Finding, RulesInForce
from engine.law.values import numbers, slots, table, texts, whole


def check_hours(case: Case) -> Iterator[Finding]:
    """Refuse a call outside the callee's local days and hours; says when they open again."""
    kind = case.facts.kind
    if kind is None or not case.zones or _has_agreed_slot(case):
        return
    parameter = _parameter(case, kind)
    hours = _hours(case.rules)[_regime(case, kind)]
    closed_days = _local_holidays(case.rules).get(case.territory or "", ())
    for zone in case.zones:
        local = case.at.astimezone(zone)
        if hours.open_at(local, closed_days):
            continue
        until = next_opening(case.at, hours, case.zones, closed_days)
        yield _closed(case.rules, parameter, hours, local, closed_days, until)
        return


def _parameter(case: Case, kind: MessageKind) -> str:
    """Name the parameter that closes the hours for this kind of message and callee."""
    if _regime(case, kind) != "consumer":
        return "calling_hours_others"
    return "calling_hours" if kind is MessageKind.MARKETING else "hours_scope"


def _regime(case: Case, kind: MessageKind) -> str:
    if case.is_consumer and kind.value in texts(case.rules.value("hours_scope")):
        return "consumer"
    return "informational" if kind is MessageKind.INFORMATIONAL else "legal_entity"


def _has_agreed_slot(case: Case) -> bool:
    """Whether the callee agreed to be called at this very time, and it can be proved (WIN-04)."""
    slot = case.callee.basis.slot
    if slot is None or not slot.proof or not case.rules.holds("agreed_slot"):
        return False
    return slot.opens <= case.at < slot.closes


def _closed(
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
    kind = case.facts.kind
    if not case.is_consumer or kind is None or _regime(case, kind) != "consumer":
        return
    most, days = _frequency(rules)
    if len(attempts) < most:
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
