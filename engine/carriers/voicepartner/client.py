"""Requests to Voice Partner's API, each made once, and what their answers are worth.

The key travels in the body or in the path: no address, no body and no exception of the library,
which quotes the address, leaves this module.
"""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

import requests
from urllib3.exceptions import MaxRetryError, NewConnectionError

from engine.journal import without_numbers

#: Bytes of an answer beyond which it is none of the API's.
MOST_BYTES = 1_000_000
#: Characters of the provider's own message that are told.
_TOLD = 120


@dataclass(frozen=True, slots=True)
class Answered:
    """The provider answered in its own form, and did what it was asked."""

    document: Any = field(repr=False)


@dataclass(frozen=True, slots=True)
class Refused:
    """Certainly nothing was done."""

    cause: str
    code: int | None = None
    "The provider's own code: 10 is a wrong key."
    status: int | None = None
    retry_after_s: float | None = None


@dataclass(frozen=True, slots=True)
class Unclear:
    """Nobody can tell whether it was done."""

    cause: str


Reply = Answered | Refused | Unclear


class Client:
    """One account at one API, over a pool of connections; blocking."""

    def __init__(self, api_url: str, api_key: str, *, timeout_s: float) -> None:
        self._root = f"{api_url}/v1"
        self._key = api_key
        self._timeout_s = timeout_s
        self._session = requests.Session()
        self._session.trust_env = False  # no proxy and no .netrc sees the key unasked
        self._session.headers["Accept"] = "application/json"

    def post(self, path: str, fields: Mapping[str, object]) -> Reply:
        """Make a request whose key travels in the body."""
        body = {"apiKey": self._key, **fields}
        return self._ask("POST", f"{self._root}/{path}", json=body)

    def get(self, path: str) -> Reply:
        """Make a request whose key travels at the end of the path."""
        return self._ask("GET", f"{self._root}/{path}/{quote(self._key, safe='')}")

    def delete(self, path: str, what: str) -> Reply:
        """Make a request whose key travels in the path, before *what*."""
        address = f"{self._root}/{path}/{quote(self._key, safe='')}/{quote(what, safe='')}"
        return self._ask("DELETE", address)

    def close(self) -> None:
        """Give the connections back."""
        self._session.close()

    def _ask(self, method: str, address: str, **content: Any) -> Reply:
        until = time.monotonic() + self._timeout_s
        try:
            with self._session.request(
                method,
                address,
                timeout=self._timeout_s,
                allow_redirects=False,  # another address would be told the key
                stream=True,
                **content,
            ) as response:
                return self._judge(response, _body(response, until))
        except requests.RequestException as error:
            if _never_left(error):
                return Refused("the provider cannot be reached")
            return Unclear(_why(error))

    def _judge(self, response: requests.Response, body: bytes | None) -> Reply:
        status = response.status_code
        if status == 429:
            after = response.headers.get("Retry-After", "")
            retry_after_s = float(after) if after.isdecimal() and len(after) < 6 else None
            return Refused("429 too many requests", None, status, retry_after_s)
        document = _document(body)
        if 400 <= status < 500 and status != 408:
            return self._refused(document, status)
        if status != 200:
            return Unclear(f"{status}, which says nothing of what was done")
        if isinstance(document, Mapping) and document.get("success") is False:
            return self._refused(document, status)
        if not isinstance(document, Mapping | list):
            return Unclear("200 with something else than the API's JSON")
        return Answered(document)

    def _refused(self, document: object, status: int) -> Refused:
        told = document if isinstance(document, Mapping) else {}
        code, message = told.get("code"), told.get("message")
        code = code if isinstance(code, int) and not isinstance(code, bool) else None
        words = message if isinstance(message, str) else f"HTTP {status}"
        told_words = without_numbers(words.replace(self._key, "…"))[:_TOLD]
        return Refused(f"{code or status} {told_words}", code, status)


def _body(response: requests.Response, until: float) -> bytes | None:
    """Return an answer's bytes; `None` when they are too many or come too slowly."""
    read = bytearray()
    for chunk in response.iter_content(65_536):
        read += chunk
        if len(read) > MOST_BYTES or time.monotonic() > until:
            return None
    return bytes(read)


def _document(body: bytes | None) -> object:
    try:
        return None if body is None else json.loads(body)
    except (ValueError, RecursionError):
        return None


def _never_left(error: requests.RequestException) -> bool:
    """Tell whether no byte of the request can have reached the provider."""
    if isinstance(error, requests.ConnectTimeout):
        return True
    reason = error.args[0] if error.args else None
    return isinstance(reason, MaxRetryError) and isinstance(reason.reason, NewConnectionError)


def _why(error: requests.RequestException) -> str:
    """Return what happened, without the library's own words: they quote the address."""
    if isinstance(error, requests.Timeout):
        return "no answer in time"
    return "the connection broke off"
