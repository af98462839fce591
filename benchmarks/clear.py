"""Clearances a second on one core, for facts already loaded: python -m benchmarks.clear."""

from __future__ import annotations

import hashlib
import json
import time
from datetime import UTC, datetime, timedelta

from engine.clearance import (
    Basis,
    BasisKind,
    Callee,
    CalleeKind,
    CallerId,
    ConsentText,
    Facts,
    Law,
    MessageKind,
    Sender,
    VariantFacts,
    clear,
)
from engine.numbers import parse

CALLEES = 50_000
FLOOR = 20_000
#: A Tuesday, 10:30 in Paris and 13:30 in Réunion, where calls are then closed.
AT = datetime(2026, 11, 24, 9, 30, tzinfo=UTC)
MENTIONS = frozenset({"identity_and_goods", "choice", "period", "withdrawal", "proof_access"})
PREFIXES = ("+33612", "+33756", "+262692", "+590690", "+33142")


def callees() -> list[Callee]:
    """Callees of several territories, with consents of several days."""
    return [
        Callee(
            parse(f"{(prefix := PREFIXES[n % len(PREFIXES)])}{n:06d}"),
            CalleeKind.CONSUMER,
            None if prefix.startswith("+33") else "RE",
            Basis(BasisKind.CONSENT, AT - timedelta(days=n % 300 + 1), "web", "ticked_box", "site"),
        )
        for n in range(CALLEES)
    ]


def facts() -> Facts:
    words = "J'accepte d'être appelé par Lumière du Midi. " * 10
    text = ConsentText(
        id="web",
        sender="lumiere",
        text=words,
        mentions=MENTIONS,
        sha256=hashlib.sha256(words.encode()).hexdigest(),
        valid_from=AT - timedelta(days=400),
        period_days=365,
    )
    return Facts(
        sender=Sender("lumiere", "Lumière du Midi", "732829320", "contact@lumiere.example"),
        caller_id=CallerId(
            parse("0162000001"), "lumiere", AT - timedelta(days=9), AT - timedelta(days=9)
        ),
        kind=MessageKind.MARKETING,
        sector="retail",
        purpose="soldes",
        opt_out_number="0 800 123 456",
        person=VariantFacts("a" * 64, ()),
        machine=VariantFacts("b" * 64, ()),
        consent_texts={"web": text},
        route="sandbox",
        list_territory="FR",
    )


def rate(everyone: list[Callee], between: timedelta) -> tuple[int, int]:
    """Return clearances a second and how many were granted, each *between* after the last."""
    law, known = Law.load(), facts()
    attempts = [AT - timedelta(days=day) for day in (3, 9)]
    started, granted = time.process_time(), 0
    for n, callee in enumerate(everyone):
        about = known.about(suppressed=n % 20 == 0, attempts=attempts)
        granted += clear(callee, about, law, AT + n * between).granted
    return round(len(everyone) / (time.process_time() - started)), granted


def main() -> None:
    everyone = callees()
    screened, granted = rate(everyone, timedelta(0))
    dialled, _ = rate(everyone, timedelta(milliseconds=10))
    print(
        json.dumps(
            {
                "name": "clear",
                "ours": screened,
                "theirs": None,
                "ratio": None,
                "why": "no other engine decides a call on dated law",
                "unit": "clearances/s",
                "conditions": "one core, a list screened at one instant",
                "each_at_its_own_instant": dialled,
                "floor": FLOOR,
                "callees": CALLEES,
                "granted": granted,
            }
        )
    )


if __name__ == "__main__":
    main()
