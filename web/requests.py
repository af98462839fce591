"""What a request's body may be: strict JSON of text that every store can keep."""

from __future__ import annotations

import json
from typing import Any, NoReturn

from flask import Request, request
from flask.json.provider import DefaultJSONProvider

from web.problems import FieldError, ProblemError


class StrictJSON(DefaultJSONProvider):
    """JSON without duplicate names, NaN, lone surrogates or NUL (RFC 8259, 4, 6 and 8.2)."""

    ensure_ascii = False
    sort_keys = False

    def loads(self, s: str | bytes, **kwargs: Any) -> Any:
        """Parse *s*; ValueError for whatever is not strict."""
        text = s.decode("utf-8") if isinstance(s, bytes) else s
        try:
            value = json.loads(
                text, object_pairs_hook=_without_duplicates, parse_constant=_refuse_constant
            )
            _refuse_unstorable(value)
        except RecursionError:
            raise ValueError("nested too deep") from None
        return value


def _without_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise ValueError("the same name twice in one object")
    return members


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


def _refuse_unstorable(value: Any) -> None:
    """Refuse text that PostgreSQL or UTF-8 cannot hold."""
    if isinstance(value, str):
        if "\0" in value or any("\ud800" <= character <= "\udfff" for character in value):
            raise ValueError("a text holds a NUL or half of a surrogate pair")
    elif isinstance(value, dict):
        for name, member in value.items():
            _refuse_unstorable(name)
            _refuse_unstorable(member)
    elif isinstance(value, list):
        for member in value:
            _refuse_unstorable(member)


class StrictRequest(Request):
    """A request whose JSON errors say what is wrong."""

    def on_json_loading_failed(self, e: ValueError | None) -> NoReturn:
        """Answer 400, saying where the body stops being JSON."""
        reason = "not UTF-8" if isinstance(e, UnicodeDecodeError) else str(e)
        raise ProblemError(
            400,
            "The body is not valid JSON.",
            errors=[FieldError("", reason, "Send one JSON object in UTF-8, no name in it twice.")],
        )


def require_json() -> None:
    """Refuse a body that does not say that it is JSON."""
    if request.method not in ("POST", "PUT", "PATCH") or request.is_json:
        return
    claimed = "is not application/json" if request.content_type else "is missing"
    remedy = "Send Content-Type: application/json."
    raise ProblemError(
        415,
        "The body must be JSON.",
        errors=[FieldError("header: Content-Type", f"Content-Type {claimed}.", remedy)],
        headers={"Accept-Post": "application/json"},
    )
