"""What a rehearsal needs beside the engine: a route to the sandbox, and the sandbox itself."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from config.settings import Settings
from engine.bootstrap import SANDBOX
from engine.interfaces import Store
from engine.interfaces.records import Route
from engine.journal import Json

SANDBOX_PORT = 5090
"The sandbox's SIP port during a rehearsal."


def ensure_sandbox_route(store: Store) -> None:
    """Give the store the route ``sandbox``, unless it has it."""
    with store.write() as unit:
        if unit.setup.route(SANDBOX) is None:
            where: dict[str, Json] = {"host": "127.0.0.1", "port": SANDBOX_PORT}
            unit.setup.add_route(Route(SANDBOX, SANDBOX, where))


def sandbox_command(settings: Settings) -> Sequence[str]:
    """Return the command that runs the sandbox, its recordings in the data directory."""
    return (
        *(sys.executable, "-m", "engine.sandbox"),
        *("--sip-port", str(SANDBOX_PORT)),
        *("--mailboxes", str(settings.data_dir / "mailboxes")),
        *("--events", str(settings.data_dir / "sandbox.jsonl")),
        *("--inbound", f"{settings.sip_host}:{settings.sip_port}"),
    )
