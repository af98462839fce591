"""Facts under which a call is granted; each test changes what it is about."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from audio.script import Rate
from engine.clearance import (
    Basis,
    BasisKind,
    Callee,
    CalleeKind,
    CallerId,
    Clearance,
    ConsentText,
    Facts,
    Law,
    MessageKind,
    Sender,
    VariantFacts,
    clear,
    rate_of,
)
from engine.numbers import parse

LAW = Law.load()
PARIS = ZoneInfo("Europe/Paris")
#: A Tuesday, 10:30 in Paris.
OPEN = datetime(2026, 11, 24, 9, 30, tzinfo=UTC)
MENTIONS = frozenset({"identity_and_goods", "choice", "period", "withdrawal", "proof_access"})


def rate_today(number: str) -> Rate:
    """What a number costs, by the tariffs in force on the day of `OPEN`."""
    return rate_of(number, LAW.at(OPEN.date()))


def paris(text: str) -> datetime:
    """An instant written in Paris time."""
    return datetime.fromisoformat(text).replace(tzinfo=PARIS)


def a_consent_text(**changes: object) -> ConsentText:
    words = str(changes.get("text", "J'accepte d'être appelé par Lumière du Midi."))
    text = ConsentText(
        id="web-2026",
        sender="lumiere",
        text=words,
        mentions=MENTIONS,
        sha256=hashlib.sha256(words.encode()).hexdigest(),
        valid_from=datetime(2026, 1, 1, tzinfo=UTC),
        valid_to=None,
        period_days=365,
    )
    return replace(text, **changes)  # type: ignore[arg-type]  # a test names the field it changes


def a_basis(**changes: object) -> Basis:
    basis = Basis(
        kind=BasisKind.CONSENT,
        at=datetime(2026, 9, 1, 8, tzinfo=UTC),
        text_id="web-2026",
        channel="ticked_box",
        source="formulaire du site",
    )
    return replace(basis, **changes)  # type: ignore[arg-type]  # as above


def a_callee(number: str = "06 12 34 56 78", **changes: object) -> Callee:
    callee = Callee(parse(number), CalleeKind.CONSUMER, "FR", a_basis())
    return replace(callee, **changes)  # type: ignore[arg-type]  # as above


def a_caller_id(number: str = "01 62 00 00 01", **changes: object) -> CallerId:
    caller_id = CallerId(
        number=parse(number),
        assignee="lumiere",
        verified_at=datetime(2026, 9, 1, tzinfo=UTC),
        assigned_since=datetime(2026, 9, 1, tzinfo=UTC),
    )
    return replace(caller_id, **changes)  # type: ignore[arg-type]  # as above


def some_facts(**changes: object) -> Facts:
    facts = Facts(
        sender=Sender("lumiere", "Lumière du Midi", "732829320", "contact@lumiere.example"),
        caller_id=a_caller_id(),
        kind=MessageKind.MARKETING,
        sector="retail",
        purpose="soldes d'hiver",
        opt_out_number="0 800 123 456",
        person=VariantFacts("a" * 64, ()),
        machine=VariantFacts("b" * 64, ()),
        consent_texts={"web-2026": a_consent_text()},
        route="sandbox",
        list_territory="FR",
        suppressed=False,
        attempts=(),
    )
    return replace(facts, **changes)  # type: ignore[arg-type]  # as above


def decide(
    callee: Callee | None = None, facts: Facts | None = None, at: datetime = OPEN
) -> Clearance:
    return clear(callee or a_callee(), facts or some_facts(), LAW, at)


def rules_of(clearance: Clearance) -> list[str]:
    return [finding.rule for finding in clearance.findings]


def reasons_of(clearance: Clearance) -> list[str]:
    return [finding.reason for finding in clearance.findings]
