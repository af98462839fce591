"""Twilio's requests: what to say, what became of a call, who answered, a call back, a text.

Every request but that for a sound and the last resort is believed only once its signature holds. A
report is committed, then answered 204; it takes effect in a voice process.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from concurrent.futures import TimeoutError as NotInTime
from datetime import UTC, datetime
from typing import NoReturn

import structlog
from apiflask import APIBlueprint
from flask import Response, abort, request
from werkzeug.exceptions import HTTPException

from engine.addresses import TWILIO, Addresses
from engine.bootstrap import Engine
from engine.carriers.twilio.statuses import whole
from engine.interfaces import Route, StoreUnavailable
from engine.reports import Report
from ivr import callbacks
from ivr.answering import Answering
from ivr.callbacks import CALL_SID
from ivr.effects import Effects
from ivr.messages import Messages
from ivr.route_book import RouteBook
from ivr.signed import is_signed
from ivr.sounds import SoundShelf
from ivr.speakers import Memory, Speaker
from ivr.talks import AnotherCall, Asked, Talks
from ivr.twiml import HANG_UP

log = structlog.get_logger(__name__)

#: The longest body that Twilio has reason to send.
MOST_BYTES = 64_000
#: Seconds that a report may wait for its commit; Twilio waits for 15 s.
COMMIT_WITHIN_S = 10.0
#: Turns beyond which no call goes.
MOST_TURNS = 100_000

Read = Callable[[str, int, Mapping[str, str], datetime], Report | None]


class Webhooks:
    """The webhooks of one web process."""

    def __init__(self, engine: Engine) -> None:
        settings = engine.settings
        self._engine = engine
        self._public_url = settings.public_url
        self._addresses = Addresses(settings.public_url, engine.keys)
        self._routes = RouteBook(engine)
        self._sounds = SoundShelf(engine)
        self.effects = Effects(engine)
        talks = Talks(engine, self._addresses, self.effects)
        self._answering = Answering(engine, talks, self.effects)
        self._messages = Messages(talks, self.effects)

    def warm(self) -> None:
        """Load what the first sound would wait for, where a network can ask for one."""
        if self._public_url:
            self._sounds.warm()

    def answer(self, route: str, token: str) -> Response:
        """Say what a drop's call plays next."""
        by = self._signed(route)
        return self._words(self._answering.drop, by, self._call(token))

    def call(self, route: str) -> Response:
        """Say what an inbound call plays next."""
        return self._words(self._answering.call_back, self._signed(route), None)

    def status(self, route: str, token: str) -> Response:
        """Take a state of a call."""
        return self._report(callbacks.status_of, self._signed(route), token)

    def verdict(self, route: str, token: str) -> Response:
        """Take who answered a call."""
        return self._report(callbacks.verdict_of, self._signed(route), token)

    def message(self, route: str) -> Response:
        """Take a text message."""
        self._signed(route)
        try:
            return _xml(self._messages.take(_told()))
        except StoreUnavailable:
            _refuse(503, "the store is away")

    def sound(self, route: str, token: str) -> Response:
        """Serve a sound to whoever has its address."""
        named = self._addresses.sound_of(token)
        if named is None:
            _refuse(404, "no such sound")
        sound, until = named
        left_s = (until - datetime.now(UTC)).total_seconds()
        if left_s <= 0:
            _refuse(410, "the address has expired")
        try:
            served = self._sounds.get(sound)
        except StoreUnavailable:
            _refuse(503, "the store is away")
        if served is None:
            _refuse(404, "no such sound")
        response = Response(served.wav, mimetype="audio/wav")
        response.set_etag(served.etag)
        response.headers["Cache-Control"] = f"public, max-age={int(left_s)}"
        response.make_conditional(request, accept_ranges=True, complete_length=len(served.wav))
        return response

    def _words(self, answered: Callable[[Asked], str], by: Route, call_id: int | None) -> Response:
        turn, sealed = whole(request.args.get("turn", "0")), request.args.get("about", "")
        about = self._addresses.about(sealed) if sealed else ""
        told = _told()
        if turn is None or turn > MOST_TURNS or bool(sealed) != bool(about):
            _refuse(404, "an address that is not ours")
        if not CALL_SID.fullmatch(told.get("CallSid", "")):
            _refuse(403, "no CallSid")
        memory = Memory.read(about) if about else None
        state = request.args.get("state", "")
        try:
            return _xml(
                answered(Asked(by, told, state, turn, memory, call_id, Speaker.read(about)))
            )
        except AnotherCall as error:
            _refuse(403, str(error))

    def _report(self, read: Read, by: Route, token: str) -> Response:
        report = read(by.name, self._call(token), _told(), self._engine.clock())
        if report is None:
            log.warning("a callback that says nothing we know", route=by.name)
            return Response(status=204)
        try:
            is_committed = self.effects.inbox.put(report).result(COMMIT_WITHIN_S)
        except NotInTime:
            is_committed = False
        if not is_committed:
            _refuse(503, "the store is away: tell it again")
        return Response(status=204)

    def _call(self, token: str) -> int:
        call_id = self._addresses.call_of(token)
        if call_id is None:
            _refuse(404, "a token that is not ours")
        return call_id

    def _signed(self, name: str) -> Route:
        """Return the route that a request is for, once it is known to be the account's own."""
        try:
            route = self._routes.get(name)
        except StoreUnavailable:
            _refuse(503, "the store is away")
        if route is None or route.carrier != "twilio":
            _refuse(404, "no such route")
        if not self._public_url:
            _refuse(403, "LICITE_PUBLIC_URL is not set: no signature can be checked")
        if not is_signed(request, self._public_url, route):
            _refuse(403, "the signature does not hold")
        if _told().get("AccountSid") != route.settings.get("account_sid"):
            _refuse(403, "another account")
        return route


def blueprint_of(here: Webhooks) -> APIBlueprint:
    """Return the blueprint of *here*."""
    prefix = f"{TWILIO}/<route>"
    webhooks = APIBlueprint("twilio", __name__, url_prefix=prefix, enable_openapi=False)
    webhooks.before_request(_limit)
    webhooks.register_error_handler(HTTPException, _answer_error)
    for rule, view in (
        ("/answer/<token>", here.answer),
        ("/status/<token>", here.status),
        ("/verdict/<token>", here.verdict),
        ("/call", here.call),
        ("/message", here.message),
    ):
        webhooks.add_url_rule(rule, view.__name__, view, methods=["POST"])
    webhooks.add_url_rule("/sound/<token>.wav", "sound", here.sound)
    webhooks.add_url_rule("/fallback", "fallback", _fallback, methods=["GET", "POST"])
    return webhooks


def _fallback(route: str) -> Response:
    """End the call, whatever is broken: neither store, keys nor signature are asked."""
    return _xml(HANG_UP)


def _limit() -> None:
    request.max_content_length = MOST_BYTES
    request.max_form_memory_size = MOST_BYTES


def _told() -> Mapping[str, str]:
    return request.form


def _xml(text: str) -> Response:
    return Response(text, mimetype="text/xml")


def _refuse(status: int, reason: str) -> NoReturn:
    log.warning("a webhook is refused", asked=request.endpoint, status=status, reason=reason)
    abort(status, description=reason)


def _answer_error(error: HTTPException) -> Response:
    """Answer an error in a line of plain text: programs alone read it."""
    kept = {name: text for name, text in error.get_headers() if name == "Allow"}
    line = f"{error.description or error.name}\n"
    return Response(line, status=error.code, mimetype="text/plain", headers=kept)
