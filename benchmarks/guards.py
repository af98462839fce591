"""What the health guards cost over 1,000,000 calls of 30 days, of which 100,000 are today's.

Run as ``python -m benchmarks.guards [DATABASE_URL]``; by default an SQLite file of its own. *Ours*
is one look of the guards once the day is in memory; *theirs* asks the store for the thirty days and
the last hour at each look, as a dashboard would.
"""

from __future__ import annotations

import json
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from statistics import median

from sqlalchemy import insert

from benchmarks.import_rows import House, campaign, set_up
from engine import operations
from engine.callee import Basis, BasisKind, Callee, CalleeKind
from engine.campaign import CalleeRow
from engine.interfaces import Route
from engine.keys import open_keys
from engine.numbers import parse
from engine.store import open_store
from engine.store import tables as t

CALLS, TODAY, DAYS = 1_000_000, 100_000, 30
#: Two and a half hours after the day's first call.
AT = datetime(2026, 11, 24, 11, 30, tzinfo=UTC)
BEGAN = AT - timedelta(hours=2, minutes=30)
LOOKS, BATCH = 20, 20_000


def dialled() -> Iterator[datetime]:
    """Yield when each call was dialled: thirty even days, then today."""
    for place in range(CALLS - TODAY):
        day, second = place % DAYS + 1, place // DAYS % 36_000
        yield AT.replace(hour=8) - timedelta(days=day) + timedelta(seconds=second)
    for place in range(TODAY):
        yield BEGAN + timedelta(seconds=place * 9000 / TODAY)


def rows(drop_ids: list[int]) -> Iterator[dict[str, object]]:
    for place, at in enumerate(dialled()):
        is_answered = place % 5 < 3
        yield {
            "drop_id": drop_ids[place % len(drop_ids)],
            "sender_id": "lumiere",
            "number": f"+336{place % 90_000_000:08d}",
            "worker": "bench",
            "caller_id": "+33162000001",
            "route": "tw",
            "dialled_at": at,
            "answered_at": at if is_answered else None,
            "concluded_at": at + timedelta(seconds=40),
            "outcome": "deposited" if is_answered else ("no_answer", "rejected")[place % 2],
            "duration_s": 8.0 if place % 100 == 0 else 35.0,
            "evidence": {"sip_code": 486 if place % 500 else 608},
        }


def fill(house: House) -> None:
    with house.store.write() as unit:
        unit.setup.add_route(Route("tw", "twilio"))
    drop = Callee(parse("0612345678"), CalleeKind.CONSUMER, "FR", Basis(BasisKind.CONTRACT))
    callees = [CalleeRow(2, drop)]
    launched = operations.submit(house, campaign(), callees, at=AT)
    if not isinstance(launched, operations.Submitted):
        raise SystemExit(f"the benchmark's campaign was refused: {launched}")
    with house.store.read() as unit:
        drop_ids = [each.id for each in unit.drops.page(launched.id)]
    batch: list[dict[str, object]] = []
    for row in rows(drop_ids):
        batch.append(row)
        if len(batch) == BATCH:
            with house.store.database.begin() as connection:
                connection.execute(insert(t.voice_call), batch)
            batch.clear()


def timed(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def measure(url: str, folder: Path) -> dict[str, object]:
    store = open_store(url)
    store.upgrade()
    house = House(store, open_keys(folder / "keys"))
    set_up(store)
    fill(house)
    watch = operations.Watch()
    settling = [timed(lambda: operations.settle_next_day(house, at=AT)) for _ in range(DAYS)]
    first = timed(lambda: operations.look(house, watch, at=AT))
    looks = []
    for place in range(LOOKS):
        at = AT + timedelta(seconds=5 * (place + 1))
        looks.append(timed(partial(operations.look, house, watch, at=at)))

    def ask_all() -> None:
        with store.read() as unit:
            unit.health.minutes(AT - timedelta(days=DAYS), AT)

    theirs = timed(ask_all)
    health = timed(lambda: operations.caller_id_health(house, at=AT))
    store.close()
    ours = median(looks)
    return {
        "name": "guards",
        "ours": round(ours, 4),
        "theirs": round(theirs, 3),
        "ratio": round(theirs / ours, 1),
        "unit": "seconds a look",
        "first_look_s": round(first, 3),
        "settle_a_day_s": round(median(settling), 3),
        "caller_id_health_s": round(health, 3),
        "conditions": f"{CALLS} calls, {TODAY} today; {url.split(':')[0]}; one process",
    }


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        url = sys.argv[1] if len(sys.argv) > 1 else f"sqlite:///{folder}/licite.db"
        print(json.dumps(measure(url, Path(folder))))


if __name__ == "__main__":
    main()
