"""What a view of the double's API has of the double, and of its request."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Response, current_app, jsonify, request

from engine.sandbox.twilio import resources
from engine.sandbox.twilio.parameters import check_values
from engine.sandbox.twilio.resources import Json

if TYPE_CHECKING:
    from engine.sandbox.twilio.double import TwilioDouble

PREFIX = "/2010-04-01/Accounts/<account_sid>"
EXTENSION = "twilio_double"


def double() -> TwilioDouble:
    """Return the double that this application is the API of."""
    found: TwilioDouble = current_app.extensions[EXTENSION]
    return found


def form() -> dict[str, str]:
    """Return the parameters of a request, repeated ones joined by spaces, all checked."""
    given = {name: " ".join(values) for name, values in request.form.lists()}
    check_values(given)
    return given


def page(key: str, items: list[Json]) -> Response:
    """Answer one page of a list."""
    return jsonify(resources.page_json(key, items, request.path, request.args))
