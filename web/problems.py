"""Every error as problem+json, naming the field, the reason and the way out (RFC 9457)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from http import HTTPStatus

import structlog
from apiflask import APIFlask, HTTPError
from flask import Response, current_app, g
from werkzeug.exceptions import HTTPException

MEDIA_TYPE = "application/problem+json"
"RFC 9457, 3."

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class FieldError:
    """What is wrong with one place of the request, and what to do about it."""

    pointer: str
    "JSON Pointer into the body (RFC 6901), or ``header: <Name>`` where it is not in the body."
    reason: str
    remedy: str = ""

    def as_json(self) -> dict[str, str]:
        """Return the member of ``errors``."""
        return {"pointer": self.pointer, "reason": self.reason, "remedy": self.remedy}


class ProblemError(Exception):
    """Ends the request with a problem+json answer."""

    def __init__(
        self,
        status: int,
        detail: str,
        *,
        errors: Iterable[FieldError] = (),
        headers: Mapping[str, str] | None = None,
        **members: object,
    ) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail
        self.errors = tuple(errors)
        self.headers = dict(headers or {})
        self.members = members
        "Extension members (RFC 9457, 3.2)."


def answer(problem: ProblemError) -> Response:
    """Return *problem* as an answer."""
    body: dict[str, object] = {
        "type": "about:blank",
        "title": HTTPStatus(problem.status).phrase,
        "status": problem.status,
        "detail": problem.detail,
    }
    if request_id := g.get("request_id"):
        body["instance"] = f"urn:uuid:{request_id}"
    if problem.errors:
        body["errors"] = [error.as_json() for error in problem.errors]
    body.update(problem.members)
    return current_app.response_class(
        current_app.json.dumps(body) + "\n",
        status=problem.status,
        mimetype=MEDIA_TYPE,
        headers=problem.headers,
    )


def register(app: APIFlask) -> None:
    """Make every error of *app* answer as a problem."""
    app.error_processor(_validation)  # first: it registers a handler of HTTPException too
    app.register_error_handler(ProblemError, answer)
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(Exception, _unforeseen)


_DETAILS = {
    404: "Nothing is here. The API's document is at /api/v1/openapi.json.",
    413: "The request is too large. Send fewer callees at once, or launch from the command line.",
}


def _http(error: HTTPException) -> Response:
    """Answer what Flask or Werkzeug raised (405 keeps its Allow header)."""
    status = error.code or 500
    detail = _DETAILS.get(status, error.description or HTTPStatus(status).phrase)
    kept = {k: v for k, v in error.get_headers() if k not in ("Content-Type", "Content-Length")}
    return answer(ProblemError(status, detail, headers=kept))


def _unforeseen(error: Exception) -> Response:
    """Answer our own fault: the log gets the cause, the caller its number.

    The message of the exception stays out of both: it can hold what must not be shown.
    """
    _log.error("unforeseen", error=type(error).__name__, where=_where(error))
    return answer(
        ProblemError(
            500,
            "This is our fault, and nothing can be said of what was done. Send the same request"
            " again with the same Idempotency-Key; if it fails again, report the instance.",
        )
    )


def _where(error: Exception) -> list[str]:
    """Return the places that *error* went through, without any value."""
    places = []
    trace = error.__traceback__
    while trace is not None:
        code = trace.tb_frame.f_code
        places.append(f"{code.co_filename}:{trace.tb_lineno} {code.co_name}")
        trace = trace.tb_next
    return places[-8:]


def _validation(error: HTTPError) -> Response:
    """Answer what the schemas refused, each error at its place in the body."""
    detail = error.detail if isinstance(error.detail, Mapping) else {}
    errors = [
        FieldError(_pointer(place), "; ".join(reasons), "See /api/v1/openapi.json.")
        for places in detail.values()
        for place, reasons in places.items()
    ]
    message = "Some fields are wrong." if errors else (error.message or "")
    return answer(ProblemError(error.status_code, message, errors=errors))


def _pointer(place: str) -> str:
    """Return the JSON Pointer of a dotted *place*."""
    return "" if place == "_schema" else "/" + place.replace("~", "~0").replace(".", "/")
