"""Requests from the double to our web process, and the ways that they take."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final
from urllib.parse import urlencode, urlsplit

import requests
from werkzeug.test import Client

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

FORM: Final = "application/x-www-form-urlencoded"
#: "Default connect 5 s, read 15 s" (Twilio: Webhooks, connection overrides).
CONNECT_S: Final = 5.0
READ_S: Final = 15.0


class NoConnection(Exception):
    """Nobody took the connection."""


class TookTooLong(Exception):
    """The connection stood, and no answer came in time."""


@dataclass(frozen=True, slots=True)
class WebAnswer:
    """What our web process answered."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    "By names in lower case."
    body: bytes = b""
    took_s: float = 0.0
    "How long the answer took, on the virtual clock."


#: ``(method, url, headers, body)``; raises NoConnection, TookTooLong.
Deliver = Callable[[str, str, Mapping[str, str], bytes], WebAnswer]


@dataclass(frozen=True, slots=True)
class WebRequest:
    """One request, as it leaves."""

    method: str
    url: str
    "Without its fragment."
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    timeout_s: float = READ_S


@dataclass(frozen=True, slots=True)
class Answered:
    """What came of a request: an answer, or how it failed (``ct``, ``rt``)."""

    answer: WebAnswer | None
    failure: str = ""
    took_s: float = 0.0


def ask_once(deliver: Deliver, request: WebRequest) -> Answered:
    """Make one request; an answer that took longer than it may counts as none."""
    try:
        answer = deliver(request.method, request.url, request.headers, request.body)
    except NoConnection:
        return Answered(None, "ct")
    except TookTooLong:
        return Answered(None, "rt", request.timeout_s)
    if answer.took_s > request.timeout_s:
        return Answered(None, "rt", request.timeout_s)
    lower = {name.lower(): value for name, value in answer.headers.items()}
    return Answered(replace(answer, headers=lower), took_s=answer.took_s)


def through(app: WSGIApplication) -> Deliver:
    """Return the way to a WSGI application in this process."""
    client = Client(app)

    def deliver(method: str, url: str, headers: Mapping[str, str], body: bytes) -> WebAnswer:
        parts = urlsplit(url)
        response = client.open(
            parts.path or "/",
            base_url=f"{parts.scheme}://{parts.netloc}/",
            query_string=parts.query,
            method=method,
            headers=dict(headers),
            data=body,
        )
        return WebAnswer(response.status_code, dict(response.headers), response.get_data())

    return deliver


def over_http(*, connect_s: float = CONNECT_S, read_s: float = READ_S) -> Deliver:
    """Return the way over HTTP, to wherever the URL says."""
    session = requests.Session()
    session.trust_env = False  # no proxy stands between us and loopback

    def deliver(method: str, url: str, headers: Mapping[str, str], body: bytes) -> WebAnswer:
        try:
            response = session.request(
                method,
                url,
                headers=dict(headers),
                data=body,
                timeout=(connect_s, read_s),
                allow_redirects=False,
            )
        except requests.Timeout as error:
            slow = isinstance(error, requests.ReadTimeout)
            raise (TookTooLong if slow else NoConnection)(url) from error
        except requests.RequestException as error:
            raise NoConnection(url) from error
        return WebAnswer(response.status_code, dict(response.headers), response.content)

    return deliver


def with_parameters(url: str, parameters: Mapping[str, str]) -> str:
    """Return *url* with *parameters* in its query, as a GET carries them."""
    if not parameters:
        return url
    return f"{url}{'&' if urlsplit(url).query else '?'}{urlencode(parameters)}"
