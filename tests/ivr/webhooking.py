"""The web application beside a house with a Twilio route, and requests signed as Twilio signs."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from xml.etree import ElementTree

from apiflask import APIFlask
from flask.testing import FlaskClient
from twilio.request_validator import RequestValidator
from werkzeug.test import TestResponse

from config.settings import Settings
from engine import operations
from engine.addresses import Addresses
from engine.bootstrap import Engine
from engine.interfaces import Route
from engine.journal import Json
from engine.reports import Report
from engine.store import SqlStore
from tests.engine.operating import OPEN, House, a_house, a_recording, claim, launch
from web import create_app

PUBLIC = "https://calls.example"
ACCOUNT = "AC" + "0123456789abcdef" * 2
TOKEN = "12345"
SHARED = "shared secret"
SID = "CA" + "0123456789abcdef" * 2
CALLEE = "+33610000000"
SHOWN = "+33162000001"


_validator: Callable[[str], Any] = RequestValidator  # it has no types


def signature(
    address: str, fields: Mapping[str, str], *, token: str = TOKEN, algorithm: str = ""
) -> str:
    """Return what Twilio's own validator wants to see."""
    return str(_validator(token).compute_signature(address, dict(fields), algorithm or None))


def a_sid(index: int) -> str:
    return f"CA{index:032x}"


@dataclass(frozen=True, slots=True)
class Twilio:
    """What asks us as Twilio does."""

    client: FlaskClient
    engine: Engine
    house: House
    folder: Path
    call_id: int
    basics: Mapping[str, str] = field(
        default_factory=lambda: {
            "AccountSid": ACCOUNT,
            "CallSid": SID,
            "From": SHOWN,
            "To": CALLEE,
            "ForwardedFrom": "",
        }
    )

    @property
    def addresses(self) -> Addresses:
        return Addresses(PUBLIC, self.engine.keys)

    def ask(
        self, address: str, *, token: str = TOKEN, algorithm: str = "", **fields: str
    ) -> TestResponse:
        """POST signed fields to an address; a field that is empty text is sent, `None` is not."""
        sent = {**self.basics, **fields}
        headers = {"X-Twilio-Signature": signature(address, sent, token=token, algorithm=algorithm)}
        if algorithm:
            settings = f"key=webhooks_sharedkey_1,algorithm={algorithm}"
            headers["X-Twilio-Webhooks-Signature-Settings"] = settings
        return self.client.post(path_of(address), data=sent, headers=headers)

    def words(self, address: str, **fields: str) -> ElementTree.Element:
        """Ask for a document, and read it."""
        answer = self.ask(address, **fields)
        assert answer.status_code == 200, answer.text
        assert answer.mimetype == "text/xml"
        return ElementTree.fromstring(answer.data)

    def told(self) -> list[Report]:
        """Return what is committed of the call."""
        return list(operations.told(self.engine, self.call_id))

    def is_suppressed(self, number: str = CALLEE) -> bool:
        return operations.is_opted_out(self.engine, "lumiere", number)


def parse_prompts(scenario: str) -> list[str]:
    return list(tomllib.loads(scenario)["prompt"])


def path_of(address: str) -> str:
    parts = urlsplit(address)
    return parts.path + (f"?{parts.query}" if parts.query else "")


def onward(document: ElementTree.Element) -> str:
    """Return the address of the next turn that a document names."""
    for element in document.iter():
        if address := element.get("action"):
            return address
        if element.tag == "Redirect":
            return element.text or ""
    raise AssertionError(ElementTree.tostring(document))


def prompts(document: ElementTree.Element, addresses: Addresses) -> list[object]:
    """Return the sounds that a document plays."""
    tokens = [
        re.sub(r"\.wav$", "", urlsplit(play.text or "").path.rsplit("/", 1)[1])
        for play in document.iter("Play")
    ]
    sounds = [addresses.sound_of(token) for token in tokens]
    return [sound[0] for sound in sounds if sound]


@contextmanager
def asked_by_twilio(
    store: SqlStore, store_url: str, folder: Path, *, scenario: str = "", **settings: Json
) -> Iterator[Twilio]:
    """Yield what asks an application on *store* about one call that was dialled.

    *scenario* is the source of the campaign's, in TOML.
    """
    (folder / "token").write_text(TOKEN + "\n")
    (folder / "shared").write_text(SHARED)
    made = Settings(data_dir=folder, database_url=store_url, public_url=PUBLIC, language="fr")
    app: APIFlask = create_app(made)
    engine = app.config["LICITE"]
    assert isinstance(engine, Engine)
    house = a_house(store, keys=engine.keys)
    known: dict[str, Json] = {
        "account_sid": ACCOUNT,
        "secret": str(folder / "token"),
        "webhook_secret": str(folder / "shared"),
        "api_url": "http://127.0.0.1:9",
        **settings,
    }
    with store.write() as unit:
        unit.setup.add_route(Route("tw", "twilio", known))
    if scenario:
        prompts = {name: a_recording(name) for name in parse_prompts(scenario)}
        with store.write() as unit:
            unit.scenarios.add("boutique", definition=scenario, prompts=prompts, at=OPEN)
    launch(house, routes=("tw",), scenario="boutique" if scenario else None)
    (claimed,) = claim(house)
    dialled = operations.dial(house, claimed, at=OPEN, route="tw")
    assert isinstance(dialled, operations.Dial), dialled
    with app.test_client() as client:
        yield Twilio(client, engine, house, folder, dialled.call_id)
    engine.close()
