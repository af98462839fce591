"""What the OpenAPI document says beyond the schemas: the idempotency key, problems."""

from __future__ import annotations

from typing import Any

from web.idempotency import HEADER
from web.problems import MEDIA_TYPE

_KEY = {
    "name": HEADER,
    "in": "header",
    "required": True,
    "description": "A UUID for each new request; the same one to try again",
    "schema": {"type": "string", "minLength": 1, "maxLength": 255},
}
_FIELD_ERROR = {
    "type": "object",
    "required": ["pointer", "reason", "remedy"],
    "properties": {name: {"type": "string"} for name in ("pointer", "reason", "remedy")},
}
_PROBLEM = {
    "type": "object",
    "description": "RFC 9457",
    "required": ["type", "title", "status", "detail"],
    "properties": {
        "type": {"type": "string", "format": "uri-reference"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "instance": {"type": "string", "format": "uri"},
        "errors": {"type": "array", "items": _FIELD_ERROR},
    },
}
_REFERENCE = {"$ref": "#/components/schemas/Problem"}


def complete(document: dict[str, Any]) -> dict[str, Any]:
    """Return *document* with every error a problem, and the header that a launch needs."""
    document["components"]["schemas"]["Problem"] = _PROBLEM
    document["paths"]["/api/v1/campaigns"]["post"].setdefault("parameters", []).append(_KEY)
    for path, operations in document["paths"].items():
        for operation in operations.values():
            if not isinstance(operation, dict):
                continue
            for status, response in operation["responses"].items():
                if status >= "400" and path != "/healthz":
                    response["content"] = {MEDIA_TYPE: {"schema": _REFERENCE}}
    return document
