"""The same request twice: worked on once, answered twice.

IETF draft-ietf-httpapi-idempotency-key-header.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from flask import Response, current_app, request

from engine.interfaces.records import InProgress, KeyReused, Replay
from engine.journal import Json
from web.auth import current_key
from web.problems import FieldError, ProblemError
from web.wired import engine

HEADER = "Idempotency-Key"
GIVEN_UP_AFTER = timedelta(minutes=2)
"A request that is in progress for longer was left by a process that died: workers end sooner."

_KEY = re.compile(r"[\x21-\x7e]{1,255}")
_POINTER = f"header: {HEADER}"

Body = dict[str, Json]


@dataclass(frozen=True, slots=True)
class Attempt:
    """One go at a request."""

    id: str
    "Names what the attempt makes, so that the next one can find out whether it was made."
    before: str | None = None
    "The attempt that died before this one."


def once(work: Callable[[Attempt], Body], *, status: int) -> Response:
    """Answer with *work*, or with what it answered to the same request before.

    Only a done work is remembered: a refused request may be put right under the same key.
    """
    key, scope = _key(), f"api:{current_key().id}"
    attempt = _begin(scope, key)
    if isinstance(attempt, Replay):
        return _respond(attempt.response, attempt.status, replayed=True)
    try:
        body = work(attempt)
    except ProblemError:
        with engine().store.write() as unit:
            unit.access.abandon(scope, key)
        raise
    with engine().store.write() as unit:
        unit.access.finish(scope, key, status=status, response=body)
    return _respond(body, status)


def _begin(scope: str, key: str) -> Attempt | Replay:
    """Take the key for a first attempt, or from an attempt that died; else refuse."""
    here = engine()
    at = here.clock()
    with here.store.write() as unit:
        before = unit.access.begin(scope, key, request_hash=_fingerprint(), at=at)
        if isinstance(before, Replay):
            return before
        if isinstance(before, KeyReused):
            raise _conflict(422, "This Idempotency-Key came with another request before.")
        died = None
        if isinstance(before, InProgress):
            since = before.since or at
            is_dead = at - since > GIVEN_UP_AFTER
            if not (is_dead and unit.access.take_over(scope, key, since=since, at=at)):
                raise _conflict(409, "The same request is being worked on.", retry_after_s=1)
            died = name_of_attempt(scope, key, since)
    return Attempt(name_of_attempt(scope, key, at), before=died)


def name_of_attempt(scope: str, key: str, at: datetime) -> str:
    """Return the name of the attempt that began at *at*."""
    return hashlib.sha256(f"{scope}\n{key}\n{at.timestamp():.6f}".encode()).hexdigest()[:16]


def _key() -> str:
    key = request.headers.get(HEADER, "").strip()
    if not _KEY.fullmatch(key):
        reason = "is missing" if not key else "must be 1 to 255 visible ASCII characters"
        remedy = f"Send {HEADER}: a new UUID for a new request, the same one to try again."
        raise ProblemError(
            400, f"{HEADER} {reason}.", errors=[FieldError(_POINTER, reason, remedy)]
        )
    return key


def _fingerprint() -> str:
    """Return what tells this request from another: method, route and body."""
    digest = hashlib.sha256(f"{request.method} {request.path}\n".encode())
    digest.update(request.get_data(cache=True))
    return digest.hexdigest()


def _conflict(status: int, detail: str, *, retry_after_s: int | None = None) -> ProblemError:
    remedy = "Wait for its answer." if retry_after_s else "Send a new key with a new request."
    headers = {"Retry-After": str(retry_after_s)} if retry_after_s else {}
    return ProblemError(
        status, detail, errors=[FieldError(_POINTER, detail, remedy)], headers=headers
    )


def _respond(body: Json, status: int, *, replayed: bool = False) -> Response:
    response = current_app.response_class(
        current_app.json.dumps(body) + "\n", status=status, mimetype="application/json"
    )
    if replayed:
        response.headers["Idempotency-Replayed"] = "true"
    return response
