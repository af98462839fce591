"""Who calls the API: a bearer key, which acts for one sender only (RFC 6750)."""

from __future__ import annotations

from flask import g, request

from engine.interfaces.records import ApiKey
from web.problems import FieldError, ProblemError
from web.wired import engine

_REMEDY = "Send Authorization: Bearer <key>; `licite api-key add` makes one."


def require_api_key() -> None:
    """Refuse the request unless it bears a key in force; keep the key for `current_key`."""
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        raise _unauthorized("No API key.", 'Bearer realm="licite"')
    with engine().store.read() as unit:
        key = unit.access.key(token.strip())
    if key is None:
        raise _unauthorized(
            "This API key is unknown or revoked.", 'Bearer realm="licite", error="invalid_token"'
        )
    g.api_key = key


def current_key() -> ApiKey:
    """Return the key that the request bears."""
    key: ApiKey = g.api_key
    return key


def _unauthorized(detail: str, challenge: str) -> ProblemError:
    return ProblemError(
        401,
        detail,
        errors=[FieldError("header: Authorization", detail, _REMEDY)],
        headers={"WWW-Authenticate": challenge},
    )
