"""The double on a port, and its calls by the real clock."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler, make_server

if TYPE_CHECKING:
    from engine.sandbox.twilio.clock import Clock
    from engine.sandbox.twilio.double import TwilioDouble

_THREADS: Final = 16
_LOOKS_EVERY_S: Final = 0.2


class Quiet(WSGIRequestHandler):
    """No log of requests: their addresses carry telephone numbers, or keys."""

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Log nothing."""


@contextmanager
def served(
    double: TwilioDouble, *, host: str = "127.0.0.1", port: int = 0, real_clock: bool = False
) -> Iterator[str]:
    """Answer on *port* (0: any) while the block lasts; yields ``http://127.0.0.1:…``.

    With *real_clock* the calls live by themselves; else only `TwilioDouble.advance` moves them.
    """
    server = make_server(host, port, double.app, threaded=True, request_handler=Quiet)
    answering = threading.Thread(target=server.serve_forever, name="twilio double", daemon=True)
    answering.start()
    beat = Beat(double.clock) if real_clock else None
    try:
        yield f"http://{host}:{server.server_port}"
    finally:
        double.closing.set()
        _stop(server, answering)
        if beat:
            beat.stop()


def _stop(server: BaseWSGIServer, answering: threading.Thread) -> None:
    server.shutdown()
    answering.join()
    server.server_close()


class Beat:
    """Moves a clock as fast as the real one; requests to the outside leave from threads."""

    def __init__(self, clock: Clock) -> None:
        self._clock, self._stopped = clock, threading.Event()
        self._executor = ThreadPoolExecutor(_THREADS, thread_name_prefix="twilio webhook")
        clock.executor = self._executor
        self._thread = threading.Thread(target=self._run, name="twilio clock", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Let no further event happen."""
        self._stopped.set()
        self._thread.join()
        self._executor.shutdown(cancel_futures=True)
        self._clock.executor = None

    def _run(self) -> None:
        began = time.monotonic() - self._clock.now_s
        while not self._stopped.is_set():
            self._clock.advance(max(0.0, time.monotonic() - began - self._clock.now_s))
            self._clock.wait_for_change(_LOOKS_EVERY_S)
