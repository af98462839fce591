"""Logs: whatever fails, no telephone number reaches a line of them."""

from __future__ import annotations

import json
import subprocess
import sys

PROGRAM = """
import logging
import structlog
from engine.logs import set_up_logs

def fail(number):
    raise OSError(f"no answer from sip:{number}@192.0.2.1")

set_up_logs()
for say in (structlog.get_logger("ours").exception, logging.getLogger("theirs").exception):
    try:
        fail("+33612345678")
    except OSError:
        say("a call to 06 12 34 56 78 failed")
structlog.get_logger("ours").warning("called", call=7, to="0612345678", facts={"n": "+33612345678"})
"""


def test_no_number_reaches_a_log_not_even_by_a_traceback() -> None:
    ran = subprocess.run(
        [sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=True
    )
    lines = [json.loads(line) for line in ran.stderr.splitlines()]
    assert [line["level"] for line in lines] == ["error", "error", "warning"]
    assert all("OSError: no answer from sip:" in line["exception"] for line in lines[:2])
    assert lines[2]["call"] == 7
    for digits in ("612345678", "12 34 56"):
        assert digits not in ran.stderr
