"""Requests checked against Twilio's OpenAPI document; needs openapi-core, which only tests have."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from flask import Request

_HOST: Final = "https://api.twilio.com"
#: Not in the trimmed document, and known all the same.
_BESIDE: Final = ("/Events.json", "/v1/", "/v2/")


def against(document: Path) -> Callable[[Request], str]:
    """Return what tells how a request breaks *document*; empty: it does not.

    Unknown form keys count (openapi-core drops them silently), and a path that the document does
    not have.
    """
    from openapi_core import OpenAPI
    from openapi_core.contrib.werkzeug import WerkzeugOpenAPIRequest
    from openapi_core.exceptions import OpenAPIError

    described: Mapping[str, Any] = json.loads(document.read_text(encoding="utf-8"))
    api = OpenAPI.from_dict(dict(described))

    class AsTwilio(WerkzeugOpenAPIRequest):
        """The request as if it had come to Twilio's host, wherever the double listens."""

        host_url = _HOST

    def breach(request: Request) -> str:
        if any(part in request.path for part in _BESIDE):
            return ""
        request.get_data(cache=True)  # else the form is read, and the body is gone
        unknown = _unknown_keys(described, request)
        if unknown:
            return f"unknown form keys: {', '.join(sorted(unknown))}"
        try:
            api.validate_request(AsTwilio(request))
        except OpenAPIError as error:
            return f"{request.method} {request.path}: {error.__cause__ or error}"
        return ""

    return breach


def _unknown_keys(described: Mapping[str, Any], request: Request) -> set[str]:
    for pattern, methods in described["paths"].items():
        operation = methods.get(request.method.lower())
        if operation and _matches(pattern, request.path) and "requestBody" in operation:
            content = operation["requestBody"]["content"]
            schema = content["application/x-www-form-urlencoded"]["schema"]
            return set(request.form) - set(schema.get("properties", {}))
    return set()


def _matches(pattern: str, path: str) -> bool:
    """Tell whether *path* is one of *pattern*; SIDs hold neither a slash nor a point."""
    wanted, given = pattern.split("/"), path.split("/")
    return len(wanted) == len(given) and all(map(_part, wanted, given))


def _part(wanted: str, given: str) -> bool:
    if not wanted.startswith("{"):
        return wanted == given
    return given.endswith(".json") == wanted.endswith(".json")
