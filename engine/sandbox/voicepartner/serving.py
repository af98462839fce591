"""The double on a port."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from werkzeug.serving import make_server

from engine.sandbox.twilio.serving import Beat, Quiet
from engine.sandbox.voicepartner.web import make_app

if TYPE_CHECKING:
    from engine.sandbox.voicepartner.double import VoicePartnerDouble


_POLLS_S: Final = 0.01


@contextmanager
def served(
    double: VoicePartnerDouble,
    *,
    host: str = "127.0.0.1",
    port: int = 0,
    real_clock: bool = False,
) -> Iterator[str]:
    """Answer on *port* (0: any) while the block lasts; yields ``http://127.0.0.1:…``.

    With *real_clock* its campaigns are worked off by themselves; else only `advance` moves them.
    """
    server = make_server(host, port, make_app(double), threaded=True, request_handler=Quiet)
    answering = threading.Thread(
        target=server.serve_forever, args=(_POLLS_S,), name="voicepartner", daemon=True
    )
    answering.start()
    beat = Beat(double.clock) if real_clock else None
    try:
        yield f"http://{host}:{server.server_port}"
    finally:
        double.silence.set()
        server.shutdown()
        answering.join()
        server.server_close()
        if beat:
            beat.stop()
