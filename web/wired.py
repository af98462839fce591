"""The engine behind the application that answers this request."""

from __future__ import annotations

from typing import cast

from flask import current_app, request

from engine.bootstrap import Engine


def engine() -> Engine:
    """Return the engine of the current application."""
    return cast("Engine", current_app.config["LICITE"])


def language() -> str:
    """Return the language that the caller asks for: French or English, else the operator's."""
    default = engine().settings.language
    return request.accept_languages.best_match(["fr", "en"], default) or default
