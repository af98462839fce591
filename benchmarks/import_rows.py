"""How long a list of 100,000 callees takes from its CSV file into the store, and how much memory.

Run as ``python -m benchmarks.import_rows [DATABASE_URL]``; by default an SQLite file of its own.
"""

from __future__ import annotations

import io
import json
import resource
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

from engine import operations
from engine.basis import ConsentText
from engine.callee import MessageKind
from engine.campaign import Campaign, read_callees
from engine.clearance import CallerId, Sender
from engine.interfaces import Recording, Route
from engine.keys import Keys, open_keys
from engine.law import Law
from engine.numbers import parse
from engine.store import SqlStore, open_store

ROWS = 100_000
MOST_SECONDS = 20.0
MOST_MEGABYTES = 300.0
AT = datetime(2026, 11, 24, 9, 30, tzinfo=UTC)
HEADER = (
    "number,callee_kind,territory,basis,consent_at,consent_text,consent_channel,consent_source\n"
)


class House:
    """The means of the operations."""

    def __init__(self, store: SqlStore, keys: Keys) -> None:
        self.store = store
        self.keys = keys
        self.law = Law.load()


def callees() -> bytes:
    text = io.StringIO()
    text.write(HEADER)
    for row in range(ROWS):
        text.write(
            f"06{row + 10_000_000:08d},consumer,FR,consent,2026-09-01T10:00:00+02:00,"
            "web-2026,ticked_box,site\n"
        )
    return text.getvalue().encode()


def set_up(store: SqlStore) -> None:
    words = "J'accepte."
    with store.write() as unit:
        unit.setup.add_sender(Sender("lumiere", "Lumière du Midi", "732829320", "post@example.org"))
        unit.setup.add_caller_id(CallerId(parse("0162000001"), "lumiere", AT, AT))
        unit.setup.add_route(Route("sandbox", "sandbox"))
        unit.setup.add_consent_text(
            ConsentText("web-2026", "lumiere", words, frozenset({"choice"}), "0" * 64, AT)
        )
        variants = {name: Recording(bytes(80_000), "0" * 64, "") for name in ("person", "machine")}
        unit.setup.add_announcement("soldes", language="fr", script="", variants=variants, at=AT)


def campaign(route: str = "sandbox") -> Campaign:
    return Campaign(
        sender="lumiere",
        kind=MessageKind.MARKETING,
        sector="retail",
        purpose="soldes",
        caller_id=parse("0162000001"),
        opt_out_number="0 800 123 456",
        announcement="soldes",
        routes=(route,),
        consent_texts=("web-2026",),
    )


def measure(url: str, folder: Path) -> dict[str, object]:
    store = open_store(url)
    store.upgrade()
    set_up(store)
    house = House(store, open_keys(folder / "keys"))
    file = folder / "callees.csv"
    file.write_bytes(callees())
    began = time.perf_counter()
    with file.open("rb") as stream:
        rows = read_callees(stream, consent_texts={"web-2026"})
        submitted = operations.submit(house, campaign(), rows, at=AT)
    seconds = time.perf_counter() - began
    store.close()
    if not isinstance(submitted, operations.Submitted) or submitted.accepted != ROWS:
        raise SystemExit(f"the import failed: {submitted}")
    megabytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {
        "name": "import",
        "ours": round(seconds, 2),
        "theirs": None,
        "ratio": None,
        "why": "no peer checks and keeps a basis for every row",
        "unit": f"s for {ROWS} rows",
        "megabytes": round(megabytes),
        "conditions": {
            "database": url.split(":", 1)[0],
            "rows_per_second": round(ROWS / seconds),
            "must": f"<= {MOST_SECONDS:.0f} s and <= {MOST_MEGABYTES:.0f} MB",
            "reached": seconds <= MOST_SECONDS and megabytes <= MOST_MEGABYTES,
        },
    }


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="licite-import-") as name:
        folder = Path(name)
        url = sys.argv[1] if len(sys.argv) > 1 else f"sqlite:///{folder / 'licite.db'}"
        print(json.dumps(measure(url, folder)))


if __name__ == "__main__":
    main()
