"""A house that is set up: a sender and all that its campaigns need, in a real store."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from engine import operations
from engine.callee import Basis, BasisKind, Callee, CalleeKind, MessageKind
from engine.campaign import CalleeRow, Campaign
from engine.clearance import CallerId, ConsentText, Sender
from engine.interfaces import Claim, Drop, Means, Recording, Route
from engine.journal import Json, Signer, seal
from engine.keys import Keys
from engine.law import Law
from engine.numbers import parse
from engine.store import SqlStore

#: A Tuesday, 10:30 in Paris.
OPEN = datetime(2026, 11, 24, 9, 30, tzinfo=UTC)
#: The same day, 21:00 in Paris.
CLOSED = datetime(2026, 11, 24, 20, 0, tzinfo=UTC)
#: The machine's clock, which no rule of law looks at.
REAL = datetime(2030, 1, 1, tzinfo=UTC)

LAW = Law.load()
MENTIONS = frozenset({"identity_and_goods", "choice", "period", "withdrawal", "proof_access"})
SCRIPT = """
sender = "Lumière du Midi"
language = "fr"

[[segment]]
text = "Bonjour, ici Lumière du Midi, pour un appel commercial."

[[segment]]
text = "Nous vous proposons les soldes d'hiver de notre magasin."
purpose = true

[[segment]]
text = "Pour ne plus recevoir nos messages, appuyez sur la touche 9."
only = "person"

[[segment]]
text = "Pour ne plus être appelé, rappelez le 0 800 123 456, appel gratuit."
"""


@dataclass(frozen=True, slots=True)
class House:
    """The means of every operation."""

    store: SqlStore
    keys: Keys
    law: Law = LAW


def a_recording(words: str) -> Recording:
    alaw = hashlib.sha512(words.encode()).digest() * 400
    return Recording(alaw, hashlib.sha256(alaw).hexdigest(), words)


def a_house(store: SqlStore, *, keys: Keys | None = None) -> House:
    """Set up the sender ``lumiere``, and another one."""
    house = House(store, keys or Keys(Signer(Ed25519PrivateKey.generate()), bytes(32)))
    words = "J'accepte d'être appelé par Lumière du Midi."
    with store.write() as unit:
        for sender_id, name in (("lumiere", "Lumière du Midi"), ("autre", "Autre SARL")):
            unit.setup.add_sender(Sender(sender_id, name, "732829320", "contact@example.org"))
        unit.setup.add_caller_id(
            CallerId(
                parse("0162000001"),
                assignee="lumiere",
                verified_at=datetime(2026, 9, 1, tzinfo=UTC),
                assigned_since=datetime(2026, 9, 1, tzinfo=UTC),
            )
        )
        settings: dict[str, Json] = {"host": "127.0.0.1", "port": 5090, "calls_per_second": 20}
        unit.setup.add_route(Route("sandbox", "sandbox", settings))
        unit.setup.add_consent_text(
            ConsentText(
                "web-2026",
                sender="lumiere",
                text=words,
                mentions=MENTIONS,
                sha256=hashlib.sha256(words.encode()).hexdigest(),
                valid_from=datetime(2026, 1, 1, tzinfo=UTC),
                period_days=365,
            )
        )
        unit.setup.add_announcement(
            "soldes",
            language="fr",
            script=SCRIPT,
            variants={"person": a_recording("person"), "machine": a_recording("machine")},
            at=OPEN,
        )
    return house


def a_campaign(**changes: object) -> Campaign:
    campaign = Campaign(
        sender="lumiere",
        kind=MessageKind.MARKETING,
        sector="retail",
        purpose="soldes d'hiver",
        caller_id=parse("0162000001"),
        opt_out_number="0 800 123 456",
        announcement="soldes",
        routes=("sandbox",),
        consent_texts=("web-2026",),
        attempts=2,
        retry_after=timedelta(hours=1),
    )
    return replace(campaign, **changes)  # type: ignore[arg-type]  # a test names the field


def a_number(index: int) -> str:
    return f"+336{index:08d}"


def a_callee(index: int = 12345678, **changes: object) -> Callee:
    basis = Basis(
        kind=BasisKind.CONSENT,
        at=datetime(2026, 9, 1, 8, tzinfo=UTC),
        text_id="web-2026",
        channel="ticked_box",
        source="formulaire du site",
    )
    callee = Callee(parse(a_number(index)), CalleeKind.CONSUMER, "FR", basis)
    return replace(callee, **changes)  # type: ignore[arg-type]  # a test names the field


def some_rows(count: int = 1, first: int = 10_000_000) -> Iterator[CalleeRow]:
    for place in range(count):
        yield CalleeRow(place + 2, a_callee(first + place))


def launch(
    house: Means, count: int = 1, *, first: int = 10_000_000, at: datetime = OPEN, **changes: object
) -> str:
    """Submit a campaign to *count* callees; return its id."""
    rows = some_rows(count, first)
    submitted = operations.submit(house, a_campaign(**changes), rows, at=at)
    assert isinstance(submitted, operations.Submitted), submitted
    return submitted.id


def claim(
    house: Means, limit: int = 1, *, worker: str = "voice-1", at: datetime = OPEN
) -> list[Claim]:
    return operations.claim_due(house, worker, at=at, beat_at=REAL, limit=limit)


def dial_one(house: Means, *, worker: str = "voice-1", at: datetime = OPEN) -> operations.Dial:
    """Claim and dial the first drop due."""
    (claimed,) = claim(house, worker=worker, at=at)
    dialled = operations.dial(house, claimed, at=at)
    assert isinstance(dialled, operations.Dial), dialled
    return dialled


def drops(house: Means, campaign_id: str) -> list[Drop]:
    with house.store.read() as unit:
        return list(unit.drops.page(campaign_id))


def entries(house: Means) -> list[dict[str, Any]]:
    """Seal the journal; return every entry in order."""
    with house.store.write() as unit:
        seal(unit.journal, house.keys.signer, OPEN)
    with house.store.read() as unit:
        return [json.loads(leaf.body) for leaf in unit.journal.leaves() if leaf.body]


def kinds(house: Means) -> list[str]:
    """Seal the journal; return the kind of every entry in order."""
    return [entry["kind"] for entry in entries(house)]
