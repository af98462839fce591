"""What a rehearsal needs beside the engine: routes that reach nobody, and what is at their end."""

from __future__ import annotations

import secrets
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from urllib.parse import urlsplit

from config.settings import Settings
from engine.addresses import Addresses
from engine.bootstrap import SANDBOX
from engine.cli.ports import TCP, UDP, free_port
from engine.interfaces import Store
from engine.interfaces.records import Route
from engine.journal import Json

SANDBOX_PORT = 5090
"The SIP port of a new route to the sandbox, unless it is taken."

TWILIO_DOUBLE = "twilio-double"
"The route to the double of Twilio, and what it is called on the command line."

DOUBLE_PORT = 5092
"The port of the API of a new route to the double, unless it is taken."

VOICEPARTNER_DOUBLE = "voicepartner-double"
"The route to the double of Voice Partner, and what it is called on the command line."

DEPOSIT_PORT = 5093
"The port of that double's API on a new route, unless it is taken."

EXAMPLE_CALLER_ID = "+33162000001"
"The number that the examples show."


def ensure_sandbox_route(store: Store) -> Mapping[str, Json]:
    """Give the store the route ``sandbox``, unless it has it; returns its settings."""
    with store.write() as unit:
        known = unit.setup.route(SANDBOX)
        if known is not None:
            return known.settings
        where: dict[str, Json] = {"host": "127.0.0.1", "port": free_port(SANDBOX_PORT, UDP)}
        unit.setup.add_route(Route(SANDBOX, SANDBOX, where))
        return where


def sandbox_port(route: Mapping[str, Json]) -> int:
    """Return the SIP port that the sandbox's route names."""
    return int(str(route.get("port", SANDBOX_PORT)))


def api_port(route: Mapping[str, Json]) -> int:
    """Return the port that a double's route names."""
    return urlsplit(str(route["api_url"])).port or 80


def sandbox_command(settings: Settings, route: Mapping[str, Json]) -> Sequence[str]:
    """Return the command that runs the sandbox, its recordings in the data directory."""
    return (
        *(sys.executable, "-m", "engine.sandbox"),
        *("--sip-port", str(sandbox_port(route))),
        *("--mailboxes", str(settings.data_dir / "mailboxes")),
        *("--events", str(settings.data_dir / "sandbox.jsonl")),
        *("--inbound", f"{settings.sip_host}:{settings.sip_port}"),
    )


def local_address(settings: Settings) -> str:
    """Return where the web process is reached from this machine."""
    anywhere = {"", "0.0.0.0", "::"}  # noqa: S104  # compared with, not bound
    host = "127.0.0.1" if settings.web_host in anywhere else settings.web_host
    return f"http://{host}:{settings.web_port}"


def _made_up(secret: Path) -> Path:
    """Make up a secret where there is none yet, for its owner alone to read; return its path.

    A file that a killed process left empty counts as none.
    """
    secret.touch(mode=0o600)
    if not secret.stat().st_size:
        secret.write_text(f"{secrets.token_hex(16)}\n", encoding="utf-8")
    return secret


def ensure_double_route(store: Store, settings: Settings) -> Mapping[str, Json]:
    """Give the store the route ``twilio-double``, unless it has it; returns its settings.

    Its Auth Token is made up here and lies in the data directory, for the double and for us.
    """
    token = _made_up(settings.data_dir.resolve() / "twilio-double.token")
    with store.write() as unit:
        known = unit.setup.route(TWILIO_DOUBLE)
        if known is not None:
            return known.settings
        made: dict[str, Json] = {
            "account_sid": f"AC{secrets.token_hex(16)}",
            "secret": str(token),
            "api_url": f"http://127.0.0.1:{free_port(DOUBLE_PORT, TCP)}",
            "calls_per_second": 10,
            "calls_at_once": 50,
        }
        unit.setup.add_route(Route(TWILIO_DOUBLE, "twilio", made))
        return made


def double_command(
    settings: Settings, route: Mapping[str, Json], addresses: Addresses
) -> Sequence[str]:
    """Return the command that runs the double, its record of calls in the data directory."""
    return (
        *(sys.executable, "-m", "engine.sandbox.twilio"),
        *("--port", str(api_port(route))),
        *("--account-sid", str(route["account_sid"])),
        *("--auth-token-file", str(Path(str(route["secret"])))),
        *("--voice-url", addresses.inbound(TWILIO_DOUBLE)),
        *("--sms-url", addresses.message(TWILIO_DOUBLE)),
        *("--events", str(settings.data_dir / "twilio-double.jsonl")),
    )


def ensure_deposit_route(store: Store, settings: Settings) -> Mapping[str, Json]:
    """Give the store the route ``voicepartner-double``, unless it has it; returns its settings.

    It shows the first caller id that is registered, since a batch shows one number only.
    """
    key = _made_up(settings.data_dir.resolve() / "voicepartner-double.key")
    with store.write() as unit:
        known = unit.setup.route(VOICEPARTNER_DOUBLE)
        if known is not None:
            return known.settings
        shown = [each.number.e164 for each in unit.setup.caller_ids()]
        made: dict[str, Json] = {
            "secret": str(key),
            "api_url": f"http://127.0.0.1:{free_port(DEPOSIT_PORT, TCP)}",
            "email": "depots@example.org",
            "sender": shown[0] if shown else EXAMPLE_CALLER_ID,
        }
        unit.setup.add_route(Route(VOICEPARTNER_DOUBLE, "voicepartner", made))
        return made


def deposit_command(settings: Settings, route: Mapping[str, Json]) -> Sequence[str]:
    """Return the command that runs the double, its record of batches in the data directory."""
    return (
        *(sys.executable, "-m", "engine.sandbox.voicepartner"),
        *("--port", str(api_port(route))),
        *("--api-key-file", str(Path(str(route["secret"])))),
        *("--events", str(settings.data_dir / "voicepartner-double.jsonl")),
    )
