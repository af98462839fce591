"""The caller id: a verified number (NPV) of this sender's own, proved and old enough."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from functools import lru_cache

from engine.clearance.case import Case
from engine.clearance.facts import CallerId
from engine.law import Finding, RulesInForce
from engine.law.values import table, text, whole
from engine.numbers import PhoneNumber

#: Why a number that is no NPV may not be shown, the most telling first.
_BARRED = (
    ("caller_id_mobile", "caller_id_mobile"),
    ("caller_id_premium", "caller_id_premium"),
    ("caller_id_special", "caller_id_premium"),
    ("caller_id_platform", "caller_id_platform"),
    ("caller_id_territorial", "caller_id_territorial"),
)


def check_caller_id(case: Case) -> Iterator[Finding]:
    """Refuse every caller id but an NPV that the sender holds, by its own right."""
    caller_id = case.facts.caller_id
    if caller_id is None:
        yield case.rules.finding("caller_id_assignee", "caller_id_missing")
        return
    yield from _plan(caller_id, case.rules)
    yield from _assignee(caller_id, case)
    yield from _proof(caller_id, case)


def _plan(caller_id: CallerId, rules: RulesInForce) -> Iterator[Finding]:
    """Hold the number against the allow-list of the numbering plan."""
    number = caller_id.number
    if _is_listed(number, rules):
        return
    if _unconfirmed(number, rules):
        if not caller_id.letter:
            yield rules.finding("caller_id_npv_unconfirmed", "caller_id_unconfirmed")
        return
    shown = number.masked
    for parameter, reason in _BARRED if _is_french(number) else ():
        if number.national.startswith(rules.texts(parameter)):
            yield rules.finding(parameter, reason, number=shown)
            return
    yield rules.finding("caller_id_foreign", "caller_id_foreign", number=shown)


def _is_french(number: PhoneNumber) -> bool:
    """Whether the national number is one of the French plan's ten digits."""
    return len(number.national) == 10 and number.national.isdigit()


@lru_cache(maxsize=1024)
def _is_listed(number: PhoneNumber, rules: RulesInForce) -> bool:
    """Whether the number is an NPV of the confirmed lists, under its own country code."""
    metropole = rules.texts("caller_id_npv")
    if number.territory == "FR":
        return number.national.startswith(metropole)
    return _in(table(rules.value("caller_id_npv_overseas")), number)


def _unconfirmed(number: PhoneNumber, rules: RulesInForce) -> bool:
    """Whether the number is an NPV of the ranges that wait for a confirmation."""
    name = "caller_id_npv_unconfirmed"
    return rules.holds(name) and _in(table(rules.value(name)), number)


def _in(ranges: object, number: PhoneNumber) -> bool:
    return any(
        number.national.startswith(prefix) and number.territory == text(territory)
        for prefix, territory in table(ranges).items()
    )


def _assignee(caller_id: CallerId, case: Case) -> Iterator[Finding]:
    """Refuse a number that is not assigned to the sender (C. consom. L221-17)."""
    sender = case.facts.sender
    if caller_id.assignee is None:
        yield case.rules.finding("caller_id_assignee", "caller_id_assignee_unknown")
    elif sender is not None and caller_id.assignee != sender.id:
        yield case.rules.finding("caller_id_assignee", "caller_id_of_another", sender=sender.id)


def _proof(caller_id: CallerId, case: Case) -> Iterator[Finding]:
    """Refuse a number whose proof is missing or old, or that is newer than 72 hours."""
    rules, at = case.rules, case.at
    days = whole(rules.value("caller_id_proof"))
    verified = caller_id.verified_at
    if verified is None or verified > at:
        yield rules.finding("caller_id_proof", "caller_id_unverified")
    elif at > verified + timedelta(days=days):
        yield rules.finding(
            "caller_id_proof",
            "caller_id_proof_old",
            verified=f"{verified:%Y-%m-%d}",
            days=str(days),
        )
    hours = whole(rules.value("caller_id_hours"))
    since = caller_id.assigned_since
    if since is None:
        yield rules.finding("caller_id_hours", "caller_id_since_unknown")
    elif at < since + timedelta(hours=hours):
        until = since + timedelta(hours=hours)
        yield rules.finding("caller_id_hours", "caller_id_too_new", until=until, hours=str(hours))
