"""``licite law explain``: how the rulebook applies to one callee at one instant."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

import click
from rich.console import RenderableType

from engine.callee import Basis, BasisKind, Callee, CalleeKind, MessageKind
from engine.clearance.case import (
    Case,
    check_destination,
    check_sector,
    check_suppression,
    make_case,
)
from engine.clearance.facts import ATTEMPTS_SINCE, Facts
from engine.clearance.hours import check_attempts, check_hours
from engine.cli.findings import finding_rows, plain_findings
from engine.cli.inputs import identifier, instant, known_sender, telephone_number
from engine.cli.output import Answer, answering, table
from engine.cli.shell import Shell
from engine.law import Finding, Law


@click.command()
@click.argument("number")
@click.option("--kind", type=click.Choice([kind.value for kind in MessageKind]),
              default="marketing", show_default=True)  # fmt: skip
@click.option("--callee-kind", type=click.Choice([kind.value for kind in CalleeKind]),
              default="consumer", show_default=True)  # fmt: skip
@click.option("--territory", help="Where the callee lives, as recorded: FR, FR-67, RE...")
@click.option("--sector", help="The line of business.")
@click.option("--sender", "sender_id", type=identifier, help="Its suppressions and attempts.")
@click.option("--on", "at", type=instant, help="At another instant than now.")
@answering
def explain(
    shell: Shell,
    number: str,
    kind: str,
    callee_kind: str,
    territory: str | None,
    sector: str | None,
    sender_id: str | None,
    at: datetime | None,
) -> Answer:
    """Say how the rulebook applies to NUMBER: what it is, when it may be called, what forbids it.

    Consent, caller id and announcement belong to a campaign: `licite campaign check` judges them.
    """
    called = telephone_number(shell, "NUMBER", number)
    callee = Callee(called, CalleeKind(callee_kind), territory, Basis(BasisKind.CONSENT))
    at = at or _now(shell)
    facts = Facts(kind=MessageKind(kind), sector=sector, list_territory="FR")
    case = make_case(
        callee, _with_history(shell, facts, called.e164, sender_id, at), Law.load(), at
    )
    findings = _findings(case, knows_history=sender_id is not None)
    seen = _seen(case)
    facts_table = table(
        shell.say("law.fact"),
        shell.say("law.value"),
        rows=[(shell.say(f"law.{name}"), value) for name, value in seen.items()],
    )
    verdict = shell.say("law.forbidden" if findings else "law.nothing_forbids")
    shown: list[RenderableType] = [facts_table, "", verdict]
    if findings:
        shown.append(finding_rows(shell, findings))
    document = {"at": at, **seen, "findings": plain_findings(shell, findings)}
    return Answer(document, shown, refused=bool(findings))


def _findings(case: Case, *, knows_history: bool) -> list[Finding]:
    checks = [check_destination, check_sector, check_hours]
    if knows_history:
        checks += [check_suppression, check_attempts]
    return [finding for check in checks for finding in check(case)]


def _seen(case: Case) -> Mapping[str, str]:
    """Return what the law sees behind the number."""
    number = case.callee.number
    return {
        "callee": number.masked,
        "line": number.line.value,
        "territory": case.territory or "",
        "zones": ", ".join(
            f"{zone.key} ({case.at.astimezone(zone):%Y-%m-%d %H:%M})" for zone in case.zones
        ),
        "treated_as": CalleeKind.CONSUMER.value
        if case.is_consumer
        else CalleeKind.LEGAL_ENTITY.value,
    }


def _now(shell: Shell) -> datetime:
    """Return the law's instant; the store is not needed to know it."""
    return datetime.now(UTC) + timedelta(seconds=shell.settings.law_clock_shift_s or 0.0)


def _with_history(
    shell: Shell, facts: Facts, number: str, sender_id: str | None, at: datetime
) -> Facts:
    """Add the sender's suppression and attempts, where a sender is named."""
    if sender_id is None:
        return facts
    engine = shell.engine
    with engine.store.read() as unit:
        known_sender(shell, unit, sender_id)
        held = unit.suppressions.holds(sender_id, engine.keys.suppression_hash(sender_id, number))
        attempts = unit.calls.attempts(sender_id, number, at - ATTEMPTS_SINCE)
    return facts.about(suppressed=held, attempts=attempts)
