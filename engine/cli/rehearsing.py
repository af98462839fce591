"""What a rehearsal needs beside the engine: a route to the sandbox, and the sandbox itself."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from config.settings import Settings
from engine.bootstrap import SANDBOX, open_engine
from engine.interfaces.records import Route
from engine.journal import Json
from engine.store import open_store

SANDBOX_PORT = 5090
"The sandbox's SIP port during a rehearsal."


def ensure_sandbox_route(settings: Settings) -> None:
    """Bring the store up to date and give it the route ``sandbox``, unless it has it."""
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    store = open_store(settings.store_url)
    store.upgrade()
    store.close()
    engine = open_engine(settings)
    try:
        with engine.store.write() as unit:
            if unit.setup.route(SANDBOX) is None:
                where: dict[str, Json] = {"host": "127.0.0.1", "port": SANDBOX_PORT}
                unit.setup.add_route(Route(SANDBOX, SANDBOX, where))
    finally:
        engine.close()


def sandbox_command(settings: Settings) -> Sequence[str]:
    """Return the command that runs the sandbox, its recordings in the data directory."""
    return (
        *(sys.executable, "-m", "engine.sandbox"),
        *("--sip-port", str(SANDBOX_PORT)),
        *("--mailboxes", str(settings.data_dir / "mailboxes")),
        *("--events", str(settings.data_dir / "sandbox.jsonl")),
        *("--inbound", f"{settings.sip_host}:{settings.sip_port}"),
    )
