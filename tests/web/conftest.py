"""The application on a real store, set up for one campaign, with a key for its sender."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from apiflask import APIFlask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from config.settings import Settings
from engine.basis import ConsentText
from engine.bootstrap import Engine
from engine.clearance import CallerId, Sender
from engine.interfaces import Recording, Route
from engine.numbers import parse
from engine.store import open_store
from web import create_app

MENTIONS = frozenset({"identity_and_goods", "choice", "period", "withdrawal", "proof_access"})
CAMPAIGN: Mapping[str, Any] = {
    "name": "Portes ouvertes",
    "kind": "marketing",
    "sector": "retail",
    "purpose": "inviter aux portes ouvertes",
    "caller_id": "0948000001",
    "opt_out_number": "0948000001",
    "announcement": "portes",
    "routes": ["sandbox"],
    "consent_texts": ["web-1"],
}


def a_callee(number: str = "0612345601", **others: Any) -> dict[str, Any]:
    """Return a row that can be used."""
    return {
        "number": number,
        "callee_kind": "consumer",
        "territory": "FR",
        "basis": "consent",
        "consent_at": "2026-09-01T10:00:00+02:00",
        "consent_text": "web-1",
        "consent_channel": "ticked_box",
        "consent_source": "site",
        **others,
    }


def a_request(*callees: Mapping[str, Any], **others: Any) -> dict[str, Any]:
    """Return a drop request that can be launched."""
    return {**CAMPAIGN, "callees": list(callees) or [a_callee()], **others}


@dataclass(frozen=True, slots=True)
class Program:
    """An operator's program with its key."""

    client: FlaskClient
    token: str

    def launch(self, body: object, *, key: str = "k1", **headers: str) -> TestResponse:
        """Send a drop request; *body* is JSON, or bytes as they are."""
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        defaults = {
            "Authorization": f"Bearer {self.token}",
            "Idempotency-Key": key,
            "Content-Type": "application/json",
        }
        sent = {name: value for name, value in {**defaults, **_headers(headers)}.items() if value}
        return self.client.post("/api/v1/campaigns", data=content, headers=sent)

    def show(self, campaign_id: str) -> TestResponse:
        """Ask how a campaign stands."""
        return self.client.get(
            f"/api/v1/campaigns/{campaign_id}", headers={"Authorization": f"Bearer {self.token}"}
        )


def _headers(given: Mapping[str, str]) -> dict[str, str]:
    return {name.replace("_", "-").title(): value for name, value in given.items()}


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Return settings of an installation of its own."""
    return Settings(data_dir=tmp_path, language="en")


@pytest.fixture
def app(settings: Settings) -> Iterator[APIFlask]:
    """Return the application on a migrated store."""
    store = open_store(settings.store_url)
    store.upgrade()
    store.close()
    app = create_app(settings)
    yield app
    engine_of(app).close()


def engine_of(app: APIFlask) -> Engine:
    """Return the engine behind *app*."""
    engine = app.config["LICITE"]
    assert isinstance(engine, Engine)
    return engine


@pytest.fixture
def program(app: APIFlask) -> Program:
    """Return a program that may launch the campaigns of ``midi``."""
    engine = engine_of(app)
    at = engine.clock()
    with engine.store.write() as unit:
        for sender_id in ("midi", "nord"):
            unit.setup.add_sender(
                Sender(sender_id, "Lumière du Midi SARL", "732829320", "contact@midi.example")
            )
        shown = CallerId(parse("0948000001"), "midi", at, at - timedelta(days=300))
        unit.setup.add_caller_id(shown)
        unit.setup.add_route(Route("sandbox", "sandbox", {"host": "127.0.0.1", "port": 5090}))
        unit.setup.add_consent_text(a_consent_text())
        unit.setup.add_announcement(
            "portes",
            language="fr",
            script='sender = "Midi"\nlanguage = "fr"\n[[segment]]\ntext = "Bonjour."',
            variants={name: a_recording(name) for name in ("person", "machine")},
            at=at,
        )
        token = unit.access.add_key("midi", "tests", at)
    return Program(app.test_client(), token)


def a_consent_text() -> ConsentText:
    """Return a registered text with its five mentions."""
    text = "J'accepte d'être appelé par Lumière du Midi SARL."
    return ConsentText(
        id="web-1",
        sender="midi",
        text=text,
        mentions=MENTIONS,
        sha256=hashlib.sha256(text.encode()).hexdigest(),
        valid_from=datetime(2026, 8, 12, tzinfo=UTC),
        period_days=365,
    )


def a_recording(name: str) -> Recording:
    """Return four seconds of something."""
    alaw = name[:1].encode() * 32000
    return Recording(alaw, hashlib.sha256(alaw).hexdigest(), "Bonjour.")
