"""How long Twilio waits for the words of a call while 200 callbacks a second arrive.

Run as ``python -m benchmarks.twiml [sqlite|postgresql] [SECONDS]``. Both are offered at a constant
rate: new calls ask for their first document (which reads the store), then for the turns that the
documents name, one in five with the key 9 (which commits an opt-out).
"""

from __future__ import annotations

import asyncio
import json
import os
import re
import sys
import tempfile
from collections.abc import Awaitable, Callable, Iterator
from html import unescape
from itertools import count
from pathlib import Path
from typing import Any

from benchmarks.callbacks import a_database
from benchmarks.far_ends.open_loop import Client, Offered, offer
from benchmarks.far_ends.serving import ACCOUNT, Site, a_site, callback, dialled, served, signed

CALLBACKS_PER_S, DOCUMENTS_PER_S = 200.0, 20.0
MOST_P99_MS = 60.0
#: Calls of which each asks this often: the first document, and two turns.
TURNS = 3
_ONWARD = re.compile(r'(?:action="|<Redirect[^>]*>)(https?://[^"<]+)')


class Callers:
    """Calls that ask for their words, turn after turn."""

    def __init__(self, site: Site, client: Client, calls: list[int]) -> None:
        self._client = client
        self._calls = calls
        self._waiting = [
            (site.addresses.answer("tw", call), place, 0) for place, call in enumerate(calls)
        ]
        self.unlike = 0
        "Answers that were no document."

    def posts(self) -> Iterator[Callable[[], Awaitable[int]]]:
        while True:
            yield self._ask

    async def _ask(self) -> int:
        address, place, turn = self._waiting.pop(0)
        keys = {} if turn == 0 else {"Digits": "9" if place % 5 == 0 else ""}
        fields = {
            "AccountSid": ACCOUNT,
            "CallSid": f"CA{place:032x}",
            "From": "+33162000001",
            "To": f"+336{place + 10_000_000:08d}",
            **keys,
        }
        path, signature, body = signed(address, fields)
        status, answer = await self._client.post((path, {"X-Twilio-Signature": signature}, body))
        onward = _ONWARD.search(answer.decode())
        if status != 200 or b"<Response>" not in answer:
            self.unlike += 1
        elif onward and turn + 1 < TURNS:
            self._waiting.append((unescape(onward[1]), place, turn + 1))
        return status


async def run(site: Site, calls: list[int], seconds: int) -> tuple[Offered, Offered, Callers]:
    told, asked = Offered(), Offered()
    client, callers = Client(site.port), Callers(site, Client(site.port), calls)

    def callbacks() -> Iterator[Callable[[], Awaitable[int]]]:
        for number in count(1_000_000_000):
            path, signature, body = callback(site.addresses, number)
            post = (path, {"X-Twilio-Signature": signature}, body)
            yield lambda post=post: _status(client, post)  # type: ignore[misc]  # bound now

    await asyncio.gather(
        offer(callbacks(), CALLBACKS_PER_S, seconds, told),
        offer(callers.posts(), DOCUMENTS_PER_S, seconds, asked),
    )
    return told, asked, callers


async def _status(client: Client, post: tuple[str, dict[str, str], bytes]) -> int:
    status, _ = await client.post(post)
    return status


def measure(kind: str, url: str, folder: Path, seconds: int) -> dict[str, Any]:
    site = a_site(folder, url)
    calls = dialled(site, int(DOCUMENTS_PER_S * (seconds + 3)))
    with served(site):
        asyncio.run(run(site, calls[: int(DOCUMENTS_PER_S * 3)], 3))  # what loads at first use
        told, asked, callers = asyncio.run(run(site, calls[int(DOCUMENTS_PER_S * 3) :], seconds))
    ours = {
        "documents_p50_ms": round(asked.share_ms(0.5), 1),
        "documents_p99_ms": round(asked.share_ms(0.99), 1),
        "documents": len(asked.latencies_ms),
        "unlike": callers.unlike,
        "callbacks_p99_ms": round(told.share_ms(0.99), 1),
        "callbacks_not_204": sum(n for status, n in told.statuses.items() if status != 204),
    }
    return {
        "name": f"twiml_{kind}",
        "ours": ours,
        "theirs": None,
        "ratio": None,
        "why": "no other engine is installed with the project; this is a floor to hold",
        "target": {"documents_p99_ms": MOST_P99_MS},
        "holds": ours["documents_p99_ms"] <= MOST_P99_MS and not callers.unlike,
        "conditions": f"gunicorn, {kind}, {CALLBACKS_PER_S:.0f} callbacks and"
        f" {DOCUMENTS_PER_S:.0f} documents a second offered for {seconds} s by an open loop on the"
        f" same {os.cpu_count()} cores; load average {os.getloadavg()[0]:.1f} at the end",
    }


def main() -> None:
    """Print one JSON line for each database asked for."""
    kinds = [sys.argv[1]] if len(sys.argv) > 1 else ["sqlite", "postgresql"]
    seconds = int(sys.argv[2]) if len(sys.argv) > 2 else 15
    for kind in kinds:
        with (
            tempfile.TemporaryDirectory(prefix="licite-twiml-") as name,
            a_database(kind, Path(name)) as url,
        ):
            print(json.dumps(measure(kind, url, Path(name), seconds)), flush=True)


if __name__ == "__main__":
    main()
