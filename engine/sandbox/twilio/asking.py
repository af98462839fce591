"""How Twilio asks our web process: signed, tried again, redirected, given up."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import parse_qsl, urldefrag, urlencode, urljoin, urlsplit
from uuid import uuid4

from engine.sandbox.twilio.account import Account
from engine.sandbox.twilio.calls import Asked, Call
from engine.sandbox.twilio.clock import Clock
from engine.sandbox.twilio.courses import Steps, asked
from engine.sandbox.twilio.overrides import Overrides
from engine.sandbox.twilio.signing import IDEMPOTENCY_HEADER, signature
from engine.sandbox.twilio.web import FORM, Answered, WebAnswer, WebRequest, with_parameters

HTTP_FAILURE: Final = 11200
CONNECTION_FAILURE: Final = 11205
_REDIRECTS_AT_MOST: Final = 10
_USER_AGENT: Final = "TwilioProxy/1.1"


@dataclass(frozen=True, slots=True)
class Address:
    """Where to ask, with what; *url* with its fragment of overrides."""

    url: str
    method: str = "POST"
    parameters: Mapping[str, str] | None = None

    def at(self, url: str, method: str = "POST", **parameters: str) -> Address:
        """Return the address of *url* as it reads in the document from this address."""
        return Address(urljoin(self.url, url or urldefrag(self.url).url), method, parameters)


@dataclass(frozen=True, slots=True)
class Fetched:
    """An answer below 400."""

    url: str
    answer: WebAnswer


@dataclass(frozen=True, slots=True)
class Failed:
    """No usable answer, and Twilio's code for why."""

    url: str
    code: int


class Asking:
    """Asks for one account."""

    def __init__(self, account: Account, clock: Clock) -> None:
        self.account, self._clock = account, clock

    def fetch(
        self,
        address: Address,
        parameters: Mapping[str, str],
        call: Call | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Steps[Fetched | Failed]:
        """Ask *address*, trying again as its fragment says, and following redirects."""
        url, overrides = address.url, Overrides.of(address.url)
        method, sent = address.method, dict(parameters)
        for _ in range(_REDIRECTS_AT_MOST):
            answered = yield from self._tried(
                _Attempt(method, urldefrag(url).url, sent, overrides, headers or {}), call
            )
            answer = answered.answer
            if answer is None:
                code = CONNECTION_FAILURE if answered.failure == "ct" else HTTP_FAILURE
                return Failed(url, code)
            if answer.status >= 400:
                return Failed(url, HTTP_FAILURE)
            if answer.status not in {301, 302, 303, 307, 308}:
                return Fetched(urldefrag(url).url, answer)
            url = urljoin(url, answer.headers.get("location", ""))
            if answer.status < 304:  # as browsers do: a GET, without what was posted
                method, sent = "GET", {}
        return Failed(url, HTTP_FAILURE)

    def _tried(self, attempt: _Attempt, call: Call | None) -> Steps[Answered]:
        token = str(uuid4())
        answered = yield from self._once(attempt, call, {})
        for retry in range(attempt.overrides.retries):
            failure = _failure(answered)
            if not failure or not attempt.overrides.tries_again(failure):
                break
            again = {IDEMPOTENCY_HEADER: token, "X-Twilio-Retry": str(retry + 1)}
            answered = yield from self._once(attempt, call, again)
        return answered

    def _once(
        self, attempt: _Attempt, call: Call | None, headers: Mapping[str, str]
    ) -> Steps[Answered]:
        request = attempt.request(self.account, headers)
        answered = yield from asked(request)
        if call is not None:
            call.asked.append(_as_event(request, attempt, answered, self._clock.now_s))
        return answered


@dataclass(frozen=True, slots=True)
class _Attempt:
    method: str
    url: str
    parameters: Mapping[str, str]
    overrides: Overrides
    headers: Mapping[str, str]

    def request(self, account: Account, headers: Mapping[str, str]) -> WebRequest:
        """Return the request that leaves, signed."""
        is_post = self.method == "POST"
        url = self.url if is_post else with_parameters(self.url, self.parameters)
        signed = signature(account, url, self.parameters if is_post else {})
        typed = {"Content-Type": FORM} if is_post else {}
        body = urlencode(self.parameters).encode() if is_post else b""
        timeout_s = min(self.overrides.read_ms, self.overrides.total_ms) / 1000
        named = {"User-Agent": _USER_AGENT, "Accept": "*/*"}
        sent = {**named, **typed, **self.headers, **headers, **signed}
        return WebRequest(self.method, url, sent, body, timeout_s)


def _failure(answered: Answered) -> str:
    if answered.answer is None:
        return answered.failure
    status = answered.answer.status
    return f"{status // 100}xx" if status >= 400 else ""


def _as_event(request: WebRequest, attempt: _Attempt, answered: Answered, now_s: float) -> Asked:
    answer = answered.answer
    content_type = answer.headers.get("content-type", "") if answer else ""
    is_text = "xml" in content_type or "text" in content_type
    query = dict(parse_qsl(urlsplit(request.url).query, keep_blank_values=True))
    return Asked(
        method=request.method,
        url=request.url,
        parameters={**query, **attempt.parameters},
        at_s=now_s,
        status=answer.status if answer else 0,
        content_type=content_type,
        body=answer.body.decode("utf-8", "replace") if answer and is_text else "",
    )
