"""The surface for operators' programs: ``create_app()`` makes the Flask application."""

from __future__ import annotations

from importlib.metadata import version

from apiflask import APIFlask

from config.settings import Settings
from engine.bootstrap import open_engine
from ivr import deposit_webhooks, webhooks
from web import access, api, document, health, problems
from web.requests import StrictJSON, StrictRequest

__all__ = ["create_app"]

MAX_BODY_BYTES = 8_000_000


def create_app(settings: Settings | None = None) -> APIFlask:
    """Return the application on the store of *settings* (by default, the environment's)."""
    app = APIFlask(
        "web",
        title="Licite",
        version=version("licite"),
        spec_path="/api/v1/openapi.json",
        docs_path=None,
        json_errors=False,
    )
    app.request_class = StrictRequest
    app.json = StrictJSON(app)
    app.config.update(
        OPENAPI_VERSION="3.1.0",
        MAX_CONTENT_LENGTH=MAX_BODY_BYTES,
        LICITE=open_engine(settings or Settings()),
    )
    app.security_schemes = {"ApiKey": {"type": "http", "scheme": "bearer"}}
    app.spec_processor(document.complete)  # type: ignore[arg-type]  # never YAML here
    access.register(app)
    problems.register(app)
    app.register_blueprint(health.blueprint)
    app.register_blueprint(api.blueprint)
    asked = webhooks.Webhooks(app.config["LICITE"])
    app.extensions["licite"] = asked
    app.register_blueprint(webhooks.blueprint_of(asked))
    app.register_blueprint(deposit_webhooks.blueprint(app.config["LICITE"]))
    return app
