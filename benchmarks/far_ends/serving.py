"""A web process as it is deployed: gunicorn, on a store of its own, with a Twilio route."""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode

from benchmarks.far_ends.cores import await_rest
from benchmarks.import_rows import AT, House, campaign, set_up
from engine import operations
from engine.addresses import Addresses
from engine.callee import Basis, BasisKind, Callee, CalleeKind
from engine.campaign import CalleeRow
from engine.interfaces import Route
from engine.keys import open_keys
from engine.numbers import parse
from engine.store import open_store

PUBLIC = "https://calls.example"
ACCOUNT = "AC" + "0123456789abcdef" * 2
TOKEN = b"0123456789abcdef0123456789abcdef"
OURS = "web:create_app()"
ONE_COMMIT_EACH = "benchmarks.far_ends.one_commit:create_app()"


@dataclass(frozen=True, slots=True)
class Site:
    """An installation that Twilio can ask."""

    folder: Path
    url: str
    port: int

    @property
    def addresses(self) -> Addresses:
        return Addresses(PUBLIC, open_keys(self.folder / "keys"))


def a_site(folder: Path, url: str) -> Site:
    """Migrate the store at *url*, add a sender, an announcement and a Twilio route."""
    store = open_store(url)
    store.upgrade()
    operations.bind_keys(store, open_keys(folder / "keys"))
    set_up(store)
    (folder / "token").write_bytes(TOKEN)
    settings = {"account_sid": ACCOUNT, "secret": str(folder / "token")}
    with store.write() as unit:
        unit.setup.add_route(Route("tw", "twilio", settings))
    store.close()
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return Site(folder, url, port)


def dialled(site: Site, count: int) -> list[int]:
    """Dial *count* drops over the Twilio route; return their calls."""
    store = open_store(site.url)
    house = House(store, open_keys(site.folder / "keys"))
    basis = Basis(BasisKind.CONSENT, AT, "web-2026", "ticked_box", "site")
    rows = (
        CalleeRow(n, Callee(parse(f"+336{n + 10_000_000:08d}"), CalleeKind.CONSUMER, "FR", basis))
        for n in range(count)
    )
    submitted = operations.submit(house, campaign("tw"), rows, at=AT)
    assert isinstance(submitted, operations.Submitted), submitted
    with store.write() as unit:
        ids = unit.drops.claim(submitted.id, "bench", at=AT, lease_until=AT, limit=count)
        calls = []
        for drop_id in ids:
            drop = unit.drops.get(drop_id)
            assert drop is not None
            unit.drops.start(drop_id)
            calls.append(
                unit.calls.add(
                    drop, "lumiere", caller_id="+33162000001", route="tw", worker="bench", at=AT
                )
            )
    store.close()
    return calls


@contextmanager
def served(site: Site, application: str = OURS) -> Iterator[int]:
    """Serve *application* on the site's port until the block is left; yield the process's id."""
    environment = {
        **os.environ,
        "LICITE_DATA_DIR": str(site.folder),
        "LICITE_DATABASE_URL": site.url,
        "LICITE_PUBLIC_URL": PUBLIC,
        "LICITE_WEB_PORT": str(site.port),
    }
    command = [sys.executable, "-m", "gunicorn", "--config", "python:config.gunicorn", application]
    with (site.folder / "web.log").open("ab") as log:
        process = subprocess.Popen(command, env=environment, stdout=log, stderr=log)
        try:
            ready(site)
            await_rest(process.pid)  # the other workers, and what they load behind
            yield process.pid
        finally:
            process.terminate()
            process.wait()


def ready(site: Site) -> None:
    """Wait until the site answers."""
    deadline = time.monotonic() + 60
    while True:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{site.port}/healthz", timeout=5):
                return
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.2)


def signed(address: str, fields: Mapping[str, str]) -> tuple[str, str, bytes]:
    """Return the path, the signature and the body of a request of Twilio's."""
    text = address + "".join(name + fields[name] for name in sorted(fields))
    digest = hmac.digest(TOKEN, text.encode(), hashlib.sha1)
    return (
        address.removeprefix(PUBLIC),
        base64.b64encode(digest).decode(),
        urlencode(fields).encode(),
    )


def callback(addresses: Addresses, number: int) -> tuple[str, str, bytes]:
    """Return the *number*-th status callback: four of each call, every one new."""
    call, sequence = divmod(number, 4)
    status = ("initiated", "ringing", "in-progress", "completed")[sequence]
    return signed(
        addresses.status("tw", call + 1),
        {
            "AccountSid": ACCOUNT,
            "ApiVersion": "2010-04-01",
            "CallSid": f"CA{call:032x}",
            "CallStatus": status,
            "CallbackSource": "call-progress-events",
            "Direction": "outbound-api",
            "From": "+33162000001",
            "To": f"+336{call + 10_000_000:08d}",
            "SequenceNumber": str(sequence),
            "Timestamp": "Tue, 24 Nov 2026 09:30:00 +0000",
            **({"CallDuration": "21", "Duration": "1"} if sequence == 3 else {}),
        },
    )
