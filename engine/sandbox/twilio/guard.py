"""Who may ask the double's API, and how it refuses."""

from __future__ import annotations

import hmac
from typing import TYPE_CHECKING

from flask import Response, jsonify, request
from werkzeug.exceptions import HTTPException

from engine.sandbox.twilio.errors import Refused

if TYPE_CHECKING:
    from engine.sandbox.twilio.double import TwilioDouble


def authenticate(double: TwilioDouble) -> None:
    """Refuse wrong credentials, and an account that is not active (20003, 20005, 10001)."""
    given, account = request.authorization, double.account
    expected = f"{account.sid}:{account.auth_token}"
    shown = f"{given.username}:{given.password}" if given else ""
    if not hmac.compare_digest(expected.encode(), shown.encode()):
        raise Refused(20003)
    if account.status != "active":
        raise Refused(20005 if account.status == "suspended" else 10001)
    sid = (request.view_args or {}).get("account_sid", account.sid)
    if sid != account.sid:
        raise Refused(20404, request.path)


def refusal(refused: Refused) -> Response:
    """Answer an error as Twilio does."""
    response = jsonify(refused.as_json())
    response.status_code = refused.status
    if refused.status == 401:
        response.headers["WWW-Authenticate"] = 'Basic realm="Twilio API"'
    if refused.status == 405:
        response.headers["Allow"] = "GET, POST"
    return response


def strange(error: HTTPException) -> Response:
    """Answer what Flask itself refuses."""
    if error.code == 405:
        response = refusal(Refused(20004))
        response.headers["Allow"] = error.get_response().headers.get("Allow", "GET, POST")
        return response
    return refusal(Refused(20404, request.path) if error.code == 404 else Refused(20001, "body"))
