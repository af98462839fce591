"""Whether a request is Twilio's own: its signature, by the official validator.

Twilio signs the address that it was given and the fields that it sends, with the account's Auth
Token (HMAC-SHA1) or with a shared key (HMAC-SHA256, and a header that says so). The address is
rebuilt from our public one: what a proxy says of the scheme and the host is not believed.
"""

from __future__ import annotations

import hmac
import os
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import Any
from urllib.parse import quote

import structlog
from flask import Request
from twilio.request_validator import (
    HMAC_SHA1,
    HMAC_SHA256,
    SIGNATURE_HEADER,
    SIGNATURE_SETTINGS_HEADER,
    RequestValidator,
    get_signature_algorithm,
)

from engine.interfaces import Route

log = structlog.get_logger(__name__)

#: The settings that name the files of the Auth Token, and of a shared key's secret.
AUTH_TOKEN, SHARED_KEY = "secret", "webhook_secret"  # names of settings
_algorithm: Callable[[str | None], str] = get_signature_algorithm
_validator: Callable[[str], Any] = RequestValidator  # neither has types

#: The path characters that `engine.addresses` leaves as they are (RFC 3986, 3.3).
_PATH_SAFE = "/-._~%"


def address_of(request: Request, public_url: str) -> str:
    """Return the address that Twilio asked, by our public address and its path and query."""
    query = request.query_string.decode("latin-1")
    path = quote(request.path, safe=_PATH_SAFE)
    return public_url.rstrip("/") + path + (f"?{query}" if query else "")


def is_signed(request: Request, public_url: str, route: Route) -> bool:
    """Tell whether *request* was signed for *route*'s account, as a whole.

    Fields in the body are signed one by one; any other body by its hash, in the address.
    """
    algorithm = _algorithm(request.headers.get(SIGNATURE_SETTINGS_HEADER))
    secret = _secret(route, AUTH_TOKEN if algorithm == HMAC_SHA1 else SHARED_KEY)
    if secret is None:
        return False
    body = request.get_data(cache=True)
    is_form = request.mimetype == "application/x-www-form-urlencoded"
    if body and not is_form:
        if "bodySHA256" not in request.args:
            return False  # the validator knows of nothing that would cover it
        parameters: object = body.decode("utf-8", "replace")
    else:
        parameters = request.form
    signature = request.headers.get(SIGNATURE_HEADER, "")
    address, validator = address_of(request, public_url), _validator(secret)
    if is_form and _is_as_given(validator, address, request.form, signature, algorithm):
        return True
    return bool(validator.validate(address, parameters, signature, algorithm))


def _is_as_given(
    validator: Any, address: str, fields: object, signature: str, algorithm: str
) -> bool:
    """Tell whether the address was signed as we gave it; `validate` tries two spellings of it."""
    return algorithm in (HMAC_SHA1, HMAC_SHA256) and hmac.compare_digest(
        validator.compute_signature(address, fields, algorithm).encode(), signature.encode()
    )


def _secret(route: Route, setting: str) -> str | None:
    """Return what a setting's file holds now; `None`, and a line in the log, if it cannot."""
    path = route.settings.get(setting)
    if not isinstance(path, str) or not path:
        return None
    try:
        return _read(path, os.stat(path).st_mtime_ns) or None
    except (OSError, UnicodeDecodeError) as error:
        log.error("a route's secret cannot be read", route=route.name, reason=str(error))
        return None


@lru_cache(maxsize=64)
def _read(path: str, _changed_ns: int) -> str:
    return Path(path).read_text("utf-8").strip()
