"""The voice process: ``python -m ivr``."""

from __future__ import annotations

import asyncio
import os
import secrets
import signal
import socket
import sys

import structlog

from audio.prompts import warm
from config.settings import SettingsRefused
from engine.bootstrap import ClockRefused, open_engine
from engine.logs import set_up_logs
from engine.operations import KeysRefused
from engine.store.schema import SchemaMismatch
from ivr.routes import RouteRefused, Routes
from ivr.voice import Voice

log = structlog.get_logger("ivr")

REFUSALS = (ClockRefused, KeysRefused, SchemaMismatch, SettingsRefused, RouteRefused, OSError)
"What keeps the process from starting, each with a message that says what to do."


def main() -> int:
    """Run one voice process until SIGTERM or SIGINT; return its exit status."""
    set_up_logs()
    try:
        return asyncio.run(_run())
    except REFUSALS as error:
        print(f"licite voice: {error}", file=sys.stderr)  # noqa: T201  # before any call
        return 1


async def _run() -> int:
    engine = open_engine()
    routes = Routes(engine.settings, engine.keys)
    voice = Voice(engine, routes, worker=_name())
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, voice.stop)
    warming = asyncio.create_task(asyncio.to_thread(warm))
    try:
        await voice.run()
    finally:
        warming.cancel()
        await routes.close()
        engine.close()
    return 0


def _name() -> str:
    """Return a name that no other voice process has, or ever had."""
    return f"{socket.gethostname()}:{os.getpid()}:{secrets.token_hex(4)}"


if __name__ == "__main__":
    sys.exit(main())
