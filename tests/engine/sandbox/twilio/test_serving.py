"""The double on a real port, by the real clock, and as a process of its own."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Event, Thread
from typing import Any

import pytest
import requests

from engine.sandbox.twilio import Mishap, TwilioDouble, served
from engine.sandbox.twilio.account import Account
from tests.engine.sandbox.twilio.ours import SHOWN, Ours, a_double, a_drop

pytestmark = pytest.mark.peer

ACCOUNT = Account()
CREDENTIALS = (ACCOUNT.sid, ACCOUNT.auth_token)
CALLS = f"/2010-04-01/Accounts/{ACCOUNT.sid}/Calls.json"


def create(url: str, to: str, ours: str = "http://127.0.0.1:9") -> requests.Response:
    asked = {"To": to, "From": SHOWN, "Url": f"{ours}/answer", "StatusCallback": f"{ours}/status"}
    return requests.post(url + CALLS, data=asked, auth=CREDENTIALS, timeout=5)


@pytest.fixture
def double() -> TwilioDouble:
    ours = Ours()
    a_drop(ours)
    return a_double(ours)


def test_a_port_answers_and_the_virtual_clock_stands(double: TwilioDouble) -> None:
    with served(double) as url:
        assert create(url, "+33639980000").json()["status"] == "queued"
        assert double.last.status == "queued"
        double.settle()
        assert double.last.status == "completed"


@pytest.mark.parametrize("mishap", [Mishap.DONE_THEN_DROPPED, Mishap.DROPPED])
def test_a_connection_is_really_cut(double: TwilioDouble, mishap: Mishap) -> None:
    double.next_creates(mishap)
    with served(double) as url, pytest.raises(requests.ConnectionError):
        create(url, "+33639980000")
    assert len(double.calls) == (mishap is Mishap.DONE_THEN_DROPPED)


def test_what_hangs_hangs_until_the_caller_gives_up(double: TwilioDouble) -> None:
    double.next_creates(Mishap.DONE_THEN_HANGS)
    asked = {"To": "+33639980000", "From": SHOWN, "Url": "http://127.0.0.1:9/"}
    with served(double) as url:
        with pytest.raises(requests.ReadTimeout):
            requests.post(url + CALLS, data=asked, auth=CREDENTIALS, timeout=0.3)
        assert len(double.calls) == 1
        assert create(url, "+33639980000").status_code == 201


def test_calls_live_by_the_real_clock(double: TwilioDouble) -> None:
    over = Event()
    double.network.is_over = lambda _: over.set()
    with served(double, real_clock=True) as url:
        create(url, "+33639980024")
        assert over.wait(20)
    assert double.last.status == "busy"


class _Silent(BaseHTTPRequestHandler):
    """Hangs up on everybody, and tells what it was told."""

    told: Callable[[str], None]

    def do_POST(self) -> None:
        self.told(self.rfile.read(int(self.headers["Content-Length"])).decode())
        self.send_response(200)
        self.send_header("Content-Type", "text/xml")
        self.end_headers()
        self.wfile.write(b"<Response><Hangup/></Response>")

    def log_message(self, format: str, *args: Any) -> None:
        """Log nothing."""


def test_as_a_process_it_calls_writes_and_ends_on_sigterm(tmp_path: Path) -> None:
    events, over = tmp_path / "events.jsonl", Event()
    _Silent.told = staticmethod(lambda body: over.set() if "=completed" in body else None)
    ours = ThreadingHTTPServer(("127.0.0.1", 0), _Silent)
    Thread(target=ours.serve_forever, daemon=True).start()
    command = [sys.executable, "-m", "engine.sandbox.twilio", "--port", "0"]
    process = subprocess.Popen(
        [*command, "--events", str(events)], stdout=subprocess.PIPE, text=True
    )
    try:
        assert process.stdout is not None
        ready = process.stdout.readline()
        assert ready.startswith("twilio double ready on http://127.0.0.1:")
        url = ready.split()[-1]
        web = f"http://127.0.0.1:{ours.server_port}"
        assert create(url, "+33639980000", web).status_code == 201
        assert over.wait(20)
    finally:
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=20) == 0
        ours.shutdown()
        ours.server_close()
    (line,) = events.read_text(encoding="utf-8").splitlines()
    assert (json.loads(line)["line"], json.loads(line)["status"]) == ("listener", "completed")


@pytest.mark.parametrize(
    ("option", "value"), [("--account-sid", "AC1"), ("--lines", "/nowhere"), ("--port", "70000")]
)
def test_wrong_options_are_refused_by_name(option: str, value: str) -> None:
    command = [sys.executable, "-m", "engine.sandbox.twilio", option, value]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert ended.returncode == 2
    assert value in ended.stderr or option in ended.stderr
