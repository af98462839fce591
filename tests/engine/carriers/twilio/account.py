"""An account that answers as it is told, on loopback; and a carrier of it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Event, Thread
from typing import Any
from urllib.parse import parse_qs, urlsplit

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from engine.addresses import Addresses
from engine.carriers.twilio import TwilioCarrier, TwilioSettings
from engine.carriers.twilio.client import open_client
from engine.clearance import Clearance
from engine.clearance.paper import AnnouncementHashes
from engine.interfaces import Route
from engine.journal import Json, Signer
from engine.keys import Keys

SID = "AC" + "0" * 32
CALL = "CA" + "1" * 32
PUBLIC_URL = "https://calls.example.org"
AT = datetime(2026, 11, 24, 9, 30, tzinfo=UTC)
KEYS = Keys(Signer(Ed25519PrivateKey.generate()), bytes(32))
ADDRESSES = Addresses(PUBLIC_URL, KEYS)
SETTINGS = TwilioSettings(route="twilio", account_sid=SID, auth_token="token", timeout_s=0.3)
PAPER = Clearance(True, AT, "+33612345678", "+33162000001", "twilio", AnnouncementHashes())


@dataclass(frozen=True, slots=True)
class Asked:
    """One request that the account got."""

    method: str
    url: str
    form: dict[str, list[str]]


@dataclass(frozen=True, slots=True)
class Says:
    """One answer: JSON of a document, or a text as it is."""

    status: int
    document: Any = None
    text: str = ""


class Silence:
    """No answer; the connection stays open."""


class Drop:
    """The connection is cut once the request has come."""


@dataclass(slots=True)
class Account:
    """Answers by path, else one by one, the last answer for good. Keeps what it was asked."""

    answers: list[Says | Silence | Drop]
    by_path: Mapping[str, Says]
    "By what stands in the address."
    asked: list[Asked] = field(default_factory=list)
    url: str = ""

    def next(self, url: str) -> Says | Silence | Drop:
        for path, says in self.by_path.items():
            if path in url:
                return says
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]


def a_call(**changes: object) -> dict[str, object]:
    return {"sid": CALL, "status": "queued", "duration": None, "queue_time": "0", **changes}


def refusal(status: int, code: int) -> Says:
    return Says(status, {"code": code, "message": "no +33612345678", "status": status})


@contextmanager
def an_account(
    *answers: Says | Silence | Drop, by_path: Mapping[str, Says] | None = None
) -> Iterator[Account]:
    account = Account(list(answers), by_path or {})
    closing = Event()

    class Handler(BaseHTTPRequestHandler):
        def _answer(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            form = parse_qs(self.rfile.read(length).decode(), keep_blank_values=True)
            account.asked.append(Asked(self.command, self.path, form))
            says = account.next(self.path)
            if isinstance(says, Silence):
                closing.wait(30)
            if not isinstance(says, Says):
                self.close_connection = True
                return
            body = (says.text or json.dumps(says.document)).encode()
            self.send_response(says.status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_GET = do_POST = _answer  # noqa: N815

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    account.url = f"http://127.0.0.1:{server.server_address[1]}"
    try:
        yield account
    finally:
        closing.set()
        server.shutdown()
        server.server_close()
        thread.join()


def a_carrier(url: str, paused: list[float] | None = None, **changes: object) -> TwilioCarrier:
    """Return a carrier of the account at *url* that pauses in no time."""
    chosen: Any = changes
    settings = replace(SETTINGS, api_url=url, **chosen)
    pauses = paused if paused is not None else []
    api = open_client(settings, pause=pauses.append)
    return TwilioCarrier(settings, api, ADDRESSES, lambda: AT)


def a_route(folder: Path, **settings: Json) -> Route:
    """Return a Twilio route whose token lies in *folder*."""
    (folder / "token").write_text("token\n", "utf-8")
    secret = str(folder / "token")
    return Route("twilio", "twilio", {"account_sid": SID, "secret": secret, **settings})


def query(url: str) -> dict[str, list[str]]:
    return parse_qs(urlsplit(url).query)
