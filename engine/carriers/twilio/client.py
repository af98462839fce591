"""The official client, made safe: every request ends, and a call is asked for at most once.

The client waits for ever and never tries again; it takes a page of HTML for a fault of ours. Here
each request has a time-out, what may be repeated is, and an answer is one of three: what was asked
for, `Refused` for certain, or `Unclear`.
"""

from __future__ import annotations

import json
import logging
import random
import time
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import urlsplit, urlunsplit

import requests
from requests.adapters import HTTPAdapter
from twilio.base.exceptions import TwilioException
from twilio.http import HttpClient
from twilio.http.http_client import TwilioHttpClient
from twilio.http.response import Response
from urllib3.exceptions import MaxRetryError, NewConnectionError

from engine.carriers.reachable import is_loopback
from engine.carriers.twilio.settings import API_URL, TwilioSettings

if TYPE_CHECKING:
    from twilio.rest import Client

T = TypeVar("T")

#: Seconds before each further attempt; halved or not at random, so that many do not meet again.
PAUSES_S = (0.4, 1.2)

#: Connections kept open: as many as there are threads that ask.
POOL = 72

#: The library writes whole requests, numbers included, to its log: to this one, that is off.
_SILENT = logging.getLogger("engine.carriers.twilio.silent")
_SILENT.disabled = True


class Refused(Exception):
    """Whoever answered said no for certain, and why; nothing was done."""

    def __init__(self, status: int, code: int) -> None:
        super().__init__(f"HTTP {status}, Twilio code {code}")
        self.status = status
        self.code = code


class Unclear(ConnectionError):
    """Nobody can tell whether Twilio did what it was asked for."""

    def __init__(self, en: str, fr: str = "") -> None:
        super().__init__(en)
        self.said = {"en": en, "fr": fr or en}


class Unsent(Unclear):
    """Twilio could not be reached: nothing of the request left."""


def open_client(
    settings: TwilioSettings,
    inner: HttpClient | None = None,
    *,
    pause: Callable[[float], None] = time.sleep,
) -> Client:
    """Return the official client of an account; *inner* carries its requests.

    Whoever asks waits in its own thread: *pause* may block.
    """
    from twilio.rest import Client  # a quarter of a second

    carrying = inner or over_http(settings)
    return Client(  # type: ignore[no-untyped-call]  # the library types all but its constructor
        settings.account_sid,
        settings.auth_token,
        http_client=SteadyClient(carrying, settings.api_url, pause),
        environment={"of": "nobody"},  # else TWILIO_REGION and TWILIO_EDGE would change addresses
    )


def over_http(settings: TwilioSettings) -> HttpClient:
    """Return what carries requests over the network, with a time-out and a pool."""
    carrying = TwilioHttpClient(timeout=settings.timeout_s, logger=_SILENT)
    session = carrying.session
    assert session is not None, "asked for by default"
    for scheme in ("https://", "http://"):
        session.mount(scheme, HTTPAdapter(pool_maxsize=POOL))
    session.trust_env = not is_loopback(settings.api_url)  # no proxy stands on the way to a double
    return carrying


def asked(request: Callable[[], T]) -> T:
    """Return what *request* returns; Unclear where the answer has not the shape of one."""
    try:
        return request()
    except (TwilioException, ValueError, KeyError, TypeError, AttributeError) as error:
        name = type(error).__name__
        raise Unclear(
            f"Twilio's answer cannot be read ({name})",
            f"la réponse de Twilio ne peut pas être lue ({name})",
        ) from error


class SteadyClient(HttpClient):
    """Carries the library's requests by another client: again where that is safe, else once."""

    def __init__(self, inner: HttpClient, api_url: str, pause: Callable[[float], None]) -> None:
        super().__init__(_SILENT, is_async=False)
        self._inner = inner
        self._api_url = api_url
        self._pause = pause

    def request(
        self,
        method: str,
        uri: str,
        params: dict[str, object] | None = None,
        data: dict[str, object] | None = None,
        headers: dict[str, str] | None = None,
        auth: tuple[str, str] | None = None,
        timeout: float | None = None,
        allow_redirects: bool = False,
    ) -> Response:
        """Carry one request; raises Refused, Unclear or Unsent."""

        def once() -> Response:
            return self._once(method, _placed(uri, self._api_url), params, data, headers, auth)

        is_safe = method.upper() == "GET" or _only_ends_a_call(data)
        for pause_s in PAUSES_S:
            try:
                return once()
            except Refused as refusal:
                if refusal.status != 429:
                    raise
            except Unsent:
                pass
            except Unclear:
                if not is_safe:
                    raise
            self._pause(pause_s * random.uniform(0.5, 1.0))  # noqa: S311
        return once()

    def _once(
        self,
        method: str,
        url: str,
        params: dict[str, object] | None,
        data: dict[str, object] | None,
        headers: dict[str, str] | None,
        auth: tuple[str, str] | None,
    ) -> Response:
        try:
            response = self._inner.request(method, url, params, data, headers, auth)
        except requests.RequestException as error:
            raise _network_error(error) from error
        return _checked(response)


def _checked(response: Response) -> Response:
    """Return an answer that says what was asked for."""
    status = int(response.status_code)
    document = _document(response.text)
    if 200 <= status < 300 and (document is not None or status == 204):
        return response
    if 400 <= status < 500 and status != 408:
        code = document.get("code") if document else None
        raise Refused(status, code if isinstance(code, int) else status)
    no = ("no ", "pas de ") if document is None else ("", "")
    raise Unclear(
        f"Twilio answered HTTP {status}, {no[0]}JSON",
        f"Twilio a répondu HTTP {status}, {no[1]}JSON",
    )


def _document(text: str) -> Mapping[str, Any] | None:
    try:
        document = json.loads(text)
    except ValueError:
        return None
    return document if isinstance(document, dict) else None


def _network_error(error: requests.RequestException) -> Unclear:
    """Return whether anything can have left; the library's words hold addresses, and numbers."""
    reason = error.args[0] if error.args else None
    if isinstance(reason, MaxRetryError):
        reason = reason.reason
    if isinstance(error, requests.ConnectTimeout) or isinstance(reason, NewConnectionError):
        return Unsent("Twilio cannot be reached", "Twilio est injoignable")
    name = type(error).__name__
    return Unclear(
        f"the connection to Twilio failed ({name})", f"la connexion à Twilio a échoué ({name})"
    )


def _only_ends_a_call(data: Mapping[str, object] | None) -> bool:
    """Tell whether an update may be made twice: it does but end a call."""
    return data is not None and set(data) == {"Status"}


def _placed(url: str, api_url: str) -> str:
    """Return *url* at the route's own address: all of Twilio's products, where it is a double."""
    if api_url == API_URL:
        return url
    here, there = urlsplit(url), urlsplit(api_url)
    if (there.hostname or "").endswith(".twilio.com") and here.hostname != "api.twilio.com":
        return url
    return urlunsplit((there.scheme, there.netloc, here.path, here.query, here.fragment))
