"""A route to the double, and papers for its batches."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from engine.clearance import Clearance
from engine.clearance.paper import AnnouncementHashes
from engine.interfaces import Route
from engine.interfaces.deposits import Message
from engine.journal import Json
from tests.engine.operating import OPEN

KEY = "key-of-the-double"
SENDER = "+33162000001"
MESSAGE = Message("token-1", "Bonjour, ici Lumière du Midi.", "fr")
NOTIFY = "https://calls.example.org/carriers/voicepartner/vp/notify/abc"


def a_route(folder: Path, url: str, **changes: Json) -> Route:
    """Return the route ``vp``, its key in *folder*."""
    secret = folder / "voicepartner.key"
    secret.write_text(KEY, "utf-8")
    settings: Mapping[str, Json] = {
        "secret": str(secret),
        "api_url": url,
        "email": "depots@example.org",
        "sender": "01 62 00 00 01",
        "timeout_s": 5,
        **changes,
    }
    return Route("vp", "voicepartner", settings)


def a_paper(index: int = 40, *, granted: bool = True, caller_id: str = SENDER) -> Clearance:
    number = f"+336{index:08d}"
    hashes = AnnouncementHashes("a" * 64, "b" * 64)
    return Clearance(granted, OPEN, number, caller_id, "vp", hashes)
