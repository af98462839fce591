"""What was acknowledged is kept, whatever becomes of the web process a moment later."""

from __future__ import annotations

import http.client
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest
import sqlalchemy as sa

from benchmarks.far_ends.serving import PUBLIC, Site, a_site, callback, ready
from engine.store import open_store
from engine.store import tables as t

pytestmark = pytest.mark.peer

#: Requests acknowledged before the process is killed, over all threads.
ENOUGH = 200


def web_process(site: Site) -> subprocess.Popen[bytes]:
    environment = {
        **os.environ,
        "LICITE_DATA_DIR": str(site.folder),
        "LICITE_DATABASE_URL": site.url,
        "LICITE_PUBLIC_URL": PUBLIC,
        "LICITE_WEB_PORT": str(site.port),
    }
    command = [sys.executable, "-m", "gunicorn", "--config", "python:config.gunicorn"]
    with (site.folder / "web.log").open("wb") as log:
        return subprocess.Popen(
            command, env=environment, stdout=log, stderr=log, start_new_session=True
        )


def kept(site: Site) -> set[str]:
    store = open_store(site.url)
    with store.database.connect() as connection:
        keys = set(connection.execute(sa.select(t.carrier_report.c.key)).scalars())
    store.close()
    return keys


class Teller(threading.Thread):
    """Tells callbacks, one after another, until nobody answers any more."""

    def __init__(self, site: Site, first: int, enough: threading.Event) -> None:
        super().__init__()
        self._site, self._first, self._enough = site, first, enough
        self.acknowledged: list[str] = []

    def run(self) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", self._site.port, timeout=30)
        for number in range(self._first, self._first + 100_000):
            path, proof, body = callback(self._site.addresses, number)
            headers = {
                "X-Twilio-Signature": proof,
                "Content-Type": "application/x-www-form-urlencoded",
            }
            try:
                connection.request("POST", path, body, headers)
                answer = connection.getresponse()
                answer.read()
            except (OSError, http.client.HTTPException):
                return
            assert answer.status == 204
            self.acknowledged.append(f"CA{number // 4:032x}:{number % 4}")
            if len(self.acknowledged) >= ENOUGH // 4:
                self._enough.set()


def test_a_process_killed_after_it_answered_loses_no_report(store_url: str, tmp_path: Path) -> None:
    site = a_site(tmp_path, store_url)
    process, enough = web_process(site), threading.Event()
    tellers = [Teller(site, 1_000_000 * place, enough) for place in range(4)]
    try:
        ready(site)
        for teller in tellers:
            teller.start()
        assert enough.wait(60)
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
    for teller in tellers:
        teller.join(60)
    acknowledged = {key for teller in tellers for key in teller.acknowledged}
    assert len(acknowledged) >= ENOUGH // 4
    assert acknowledged <= kept(site)
