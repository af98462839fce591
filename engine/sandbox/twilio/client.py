"""The official client on the double, without a socket."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

import requests
from twilio.http import HttpClient
from twilio.http.response import Response
from werkzeug.test import Client as TestClient

from engine.sandbox.twilio.mishaps import CUT, SILENT, SLOW_S, Mishap

if TYPE_CHECKING:
    from flask import Flask

#: How the app tells what it cannot do in a WSGI answer.
MISHAP_HEADER: Final = "X-Double-Mishap"


class InProcessClient(HttpClient):
    """Hands the official client's requests to the double's app; raises what `requests` would.

    ``Client(sid, token, http_client=InProcessClient(double.app))``; no answer within
    *timeout* seconds is a `requests.ReadTimeout` at once: nobody waits.
    """

    def __init__(self, app: Flask, *, timeout: float | None = 10.0) -> None:
        super().__init__(logging.getLogger("twilio.http_client"), False, timeout)
        self._client = TestClient(app)

    def request(
        self,
        method: str,
        uri: str,
        params: Mapping[str, object] | None = None,
        data: Mapping[str, object] | None = None,
        headers: Mapping[str, str] | None = None,
        auth: tuple[str, str] | None = None,
        timeout: float | None = None,
        allow_redirects: bool = False,
    ) -> Response:
        """Make the request as `TwilioHttpClient` would, in this process."""
        prepared = requests.Request(
            method.upper(), uri, params=params, data=data, headers=headers, auth=auth
        ).prepare()
        parts = urlsplit(prepared.url or "")
        answer = self._client.open(
            parts.path,
            base_url=f"{parts.scheme}://{parts.netloc}/",
            query_string=parts.query,
            method=prepared.method,
            headers=dict(prepared.headers),
            data=prepared.body,
        )
        self._raise_mishap(answer.headers.get(MISHAP_HEADER), timeout or self.timeout)
        return Response(answer.status_code, answer.get_data(as_text=True), answer.headers)

    def _raise_mishap(self, name: str | None, timeout: float | None) -> None:
        mishap = Mishap(name) if name else None
        too_slow = mishap is Mishap.SLOW and timeout is not None and timeout < SLOW_S
        if mishap in SILENT or too_slow:
            raise requests.ReadTimeout("the double does not answer")
        if mishap in CUT:
            raise requests.ConnectionError("the double cut the connection")
        if mishap is Mishap.REFUSED_CONNECTION:
            raise requests.ConnectionError("the double refused the connection")
