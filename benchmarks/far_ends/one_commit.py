"""The same webhooks with a commit for each request: what group commit is compared with.

Served as ``gunicorn benchmarks.far_ends.one_commit:create_app()``.
"""

from __future__ import annotations

from concurrent.futures import Future
from typing import Any

from apiflask import APIFlask

import web
from engine import operations
from engine.bootstrap import Engine
from engine.interfaces import StoreUnavailable
from engine.reports import Report


class OneCommitEach:
    """Commits each report by itself, in the thread of its request."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def put(self, *reports: Report, keep: bool = False) -> Future[bool]:
        taken: Future[bool] = Future()
        try:
            operations.receive(self._engine, reports)
            taken.set_result(True)
        except StoreUnavailable:
            taken.set_result(False)
        return taken


def create_app() -> APIFlask:
    app = web.create_app()
    asked: Any = app.extensions["licite"]
    asked.effects.inbox = OneCommitEach(app.config["LICITE"])
    return app
