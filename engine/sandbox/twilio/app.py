"""The double's WSGI application: the API, with what goes wrong in front of it."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING

from flask import Flask, Response, g, request
from werkzeug.exceptions import HTTPException

from engine.sandbox.twilio.api import calls
from engine.sandbox.twilio.api_numbers import numbers
from engine.sandbox.twilio.api_products import products
from engine.sandbox.twilio.api_texts import texts
from engine.sandbox.twilio.client import MISHAP_HEADER
from engine.sandbox.twilio.errors import Refused
from engine.sandbox.twilio.guard import authenticate, refusal, strange
from engine.sandbox.twilio.mishaps import CUT, DONE, SILENT, SLOW_S, Mishap
from engine.sandbox.twilio.wired import EXTENSION

if TYPE_CHECKING:
    from engine.sandbox.twilio.double import TwilioDouble

#: How long a connection hangs that nobody ends.
_HANGS_S = 600.0
_SOCKET = "werkzeug.socket"
_PAGE = "<!doctype html><title>Twilio</title><h1>Welcome</h1>"


def create_app(double: TwilioDouble) -> Flask:
    """Return the application of *double*; each request is served with its clock's lock."""
    app = Flask("twilio_double", static_folder=None)
    app.json.sort_keys = False  # type: ignore[attr-defined]  # Flask's own provider has it
    app.extensions[EXTENSION] = double
    for blueprint in (calls, numbers, texts, products):
        app.register_blueprint(blueprint)
    app.register_error_handler(Refused, refusal)
    app.register_error_handler(HTTPException, strange)
    app.before_request(lambda: _before(double))
    app.after_request(lambda response: _after(double, response))
    app.teardown_request(lambda _: _unlock(double))
    return app


def _before(double: TwilioDouble) -> Response | None:
    double.clock.lock.acquire()
    g.is_locked = True
    g.mishap = double.next_mishap(is_create=_is_create())
    if g.mishap is not None and g.mishap not in DONE:
        return Response(status=500)  # `_after` makes of it what it must be
    if double.check is not None:
        breach = double.check(request)
        if breach:
            double.breaches.append(breach)
            return refusal(Refused(20001, breach))
    authenticate(double)
    return None


def _is_create() -> bool:
    return request.method == "POST" and request.path.endswith("/Calls.json")


def _unlock(double: TwilioDouble) -> None:
    if g.pop("is_locked", False):
        double.clock.lock.release()


def _after(double: TwilioDouble, response: Response) -> Response:
    mishap: Mishap | None = g.get("mishap")
    match mishap:
        case None:
            return response
        case Mishap.ERROR_500 | Mishap.DONE_THEN_500:
            return refusal(Refused(20500))
        case Mishap.TOO_MANY:
            return refusal(Refused(20429))
        case Mishap.CONCURRENCY:
            return refusal(Refused(10004))
        case Mishap.HTML_200:
            return Response(_PAGE, mimetype="text/html")
        case _:
            return _silent(double, mishap, response)


def _silent(double: TwilioDouble, mishap: Mishap, response: Response) -> Response:
    """Give no answer: in process by a header that the client knows, else on the socket itself."""
    connection = request.environ.get(_SOCKET)
    if not isinstance(connection, socket.socket):
        response.headers[MISHAP_HEADER] = mishap.value
        return response
    _unlock(double)
    if mishap in SILENT:
        double.closing.wait(_HANGS_S)
    if mishap is Mishap.SLOW and not double.closing.wait(SLOW_S):
        return response
    if mishap in SILENT | CUT | {Mishap.SLOW, Mishap.REFUSED_CONNECTION}:
        connection.shutdown(socket.SHUT_RDWR)
    return response
