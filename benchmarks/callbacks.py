"""Status callbacks accepted durably a second, each committed before its 204.

Run as ``python -m benchmarks.callbacks [sqlite|postgresql] [SECONDS]``. wrk loads gunicorn as fast
as it answers; beside it, in the same run and on the same store, the same webhooks with a commit for
each request. On SQLite the 99th percentile is measured at 400 a second offered, by an open loop:
at saturation a closed loop only measures its own queue.
"""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from benchmarks.far_ends.cores import cpu_s
from benchmarks.far_ends.open_loop import Client, Offered, offer
from benchmarks.far_ends.serving import ONE_COMMIT_EACH, OURS, Site, a_site, callback, served
from engine.store import open_store
from engine.store import tables as t
from tests import postgres

MUST = {"postgresql": 700, "sqlite": 400}
MOST_P99_MS = 100.0
OFFERED_PER_S = 400.0
THREADS, CONNECTIONS = 2, 32
#: Callbacks signed ahead for each second of load: more than can be taken.
AHEAD_PER_S = 2_000
SCRIPT = Path(__file__).parent / "far_ends" / "callbacks.lua"
DURABLE = {"fsync": "on", "synchronous_commit": "on", "full_page_writes": "on"}


def write_callbacks(site: Site, first: int, count: int) -> Path:
    file, addresses = site.folder / f"callbacks-{first}", site.addresses
    with file.open("w") as lines:
        for number in range(first, first + count):
            path, signature, body = callback(addresses, number)
            lines.write(f"{path}\t{signature}\t{body.decode()}\n")
    return file


def load(site: Site, file: Path, seconds: int) -> dict[str, Any]:
    """Load the site with wrk; return what it counted."""
    command = ["wrk", f"-t{THREADS}", f"-c{CONNECTIONS}", f"-d{seconds}s", "-s", str(SCRIPT)]
    environment = {**os.environ, "CALLBACKS": str(file), "WRK_THREADS": str(THREADS)}
    done = subprocess.run(
        [*command, f"http://127.0.0.1:{site.port}"],
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    counted: dict[str, Any] = json.loads(done.stdout.strip().splitlines()[-1])
    assert not counted["wrapped"], "more callbacks must be signed ahead"
    return counted


def kept(site: Site) -> int:
    store = open_store(site.url)
    with store.database.connect() as connection:
        rows = connection.execute(sa.select(sa.func.count()).select_from(t.carrier_report))
        count: int = rows.scalar_one()
    store.close()
    return count


def offered(site: Site, first: int, seconds: int) -> Offered:
    """Offer callbacks at a constant rate."""
    client, into, addresses = Client(site.port), Offered(), site.addresses
    ready = [callback(addresses, first + n) for n in range(int(OFFERED_PER_S * seconds))]

    def posts() -> Iterator[Any]:
        for path, signature, body in ready:
            headers = {"X-Twilio-Signature": signature}
            yield lambda p=path, h=headers, b=body: _status(client, p, h, b)

    asyncio.run(offer(posts(), OFFERED_PER_S, seconds, into))
    return into


async def _status(client: Client, path: str, headers: dict[str, str], body: bytes) -> int:
    status, _ = await client.post((path, headers, body))
    return status


def side(site: Site, application: str, *, first: int, seconds: int) -> dict[str, Any]:
    """Measure one side; every 204 must have its row."""
    file = write_callbacks(site, first, AHEAD_PER_S * seconds)
    before = kept(site)
    with served(site, application) as web:
        counted = load(site, file, seconds)
        before_s = cpu_s(web)
        at_rate = offered(site, first + 10_000_000, seconds)
        took_s = cpu_s(web) - before_s
    answered = counted["requests"] - counted["refused"] + at_rate.statuses.get(204, 0)
    rows = kept(site) - before
    assert rows >= answered, f"{answered} were acknowledged, {rows} are kept"
    return {
        "accepted_per_s": round((counted["requests"] - counted["refused"]) / counted["seconds"]),
        "refused": counted["refused"] + counted["broken"],
        "p99_ms_saturated": counted["p99_ms"],
        f"p99_ms_at_{OFFERED_PER_S:.0f}_per_s": round(at_rate.share_ms(0.99), 1),
        "p50_ms_at_rate": round(at_rate.share_ms(0.5), 1),
        "cpu_ms_each_at_rate": round(1000 * took_s / len(at_rate.latencies_ms), 2),
        "not_204_at_rate": sum(n for status, n in at_rate.statuses.items() if status != 204),
    }


def measure(kind: str, url: str, folder: Path, seconds: int) -> dict[str, Any]:
    site = a_site(folder, url)
    theirs = side(site, ONE_COMMIT_EACH, first=0, seconds=seconds)
    ours = side(site, OURS, first=100_000_000, seconds=seconds)
    at_rate = f"p99_ms_at_{OFFERED_PER_S:.0f}_per_s"
    return {
        "name": f"callbacks_{kind}",
        "ours": ours,
        "theirs": theirs,
        "ratio": round(ours["accepted_per_s"] / theirs["accepted_per_s"], 2),
        "why": "theirs: the same webhooks, a commit for each request",
        "target": {"accepted_per_s": MUST[kind], at_rate: MOST_P99_MS},
        "holds": ours["accepted_per_s"] >= MUST[kind] and ours[at_rate] <= MOST_P99_MS,
        "conditions": f"gunicorn, {kind}, wrk and an open loop on the same {os.cpu_count()} cores;"
        f" {seconds} s each, durable commits, every acknowledged report counted in the store;"
        f" load average {os.getloadavg()[0]:.1f} at the end",
    }


@contextmanager
def a_database(kind: str, folder: Path) -> Iterator[str]:
    if kind == "sqlite":
        yield f"sqlite:///{folder / 'licite.db'}"
        return
    with postgres.server(**DURABLE) as address:
        database = sa.create_engine(f"{address}/postgres", isolation_level="AUTOCOMMIT")
        with database.connect() as connection:
            connection.exec_driver_sql("CREATE DATABASE licite")
        database.dispose()
        yield f"{address}/licite"


def main() -> None:
    """Print one JSON line for each database asked for."""
    kinds = [sys.argv[1]] if len(sys.argv) > 1 else ["sqlite", "postgresql"]
    seconds = int(sys.argv[2]) if len(sys.argv) > 2 else 8
    for kind in kinds:
        with (
            tempfile.TemporaryDirectory(prefix="licite-callbacks-") as name,
            a_database(kind, Path(name)) as url,
        ):
            print(json.dumps(measure(kind, url, Path(name), seconds)), flush=True)


if __name__ == "__main__":
    main()
