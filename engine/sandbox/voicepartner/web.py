"""The double's API, as a WSGI application."""

from __future__ import annotations

import socket
from collections import deque
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final

from flask import Flask, Response, jsonify, request

from engine.sandbox.twilio.mishaps import Mishap

if TYPE_CHECKING:
    from engine.sandbox.voicepartner.double import VoicePartnerDouble

#: What must be in each request's body.
_NEEDED: Final[Mapping[str, tuple[str, ...]]] = {
    "campaign/send": ("tokenAudio", "emailForNotification", "phoneNumbers"),
    "tts/send": ("text", "phoneNumbers"),
    "audio-file/rename": ("tokenAudio", "filename"),
}


def make_app(double: VoicePartnerDouble) -> Flask:
    """Return the application that answers for *double*."""
    app = Flask("voicepartner")
    answers = _Answers(double)
    app.add_url_rule("/v1/campaign/send", "send", answers.send, methods=["POST"])
    app.add_url_rule("/v1/tts/send", "speak", answers.speak, methods=["POST"])
    app.add_url_rule("/v1/audio-file/rename", "rename", answers.rename, methods=["POST"])
    app.add_url_rule("/v1/audios/<key>", "audios", answers.audios)
    app.add_url_rule("/v1/me/<key>", "me", answers.me)
    app.add_url_rule(
        "/v1/campaign/cancel/<key>/<campaign>", "cancel", answers.cancel, methods=["DELETE"]
    )
    return app


class _Answers:
    """What is answered; a refusal is 200 with ``"success": false`` (assumed: the worst case)."""

    def __init__(self, double: VoicePartnerDouble) -> None:
        self._double = double

    def send(self) -> Response:
        return self._asked("campaign/send", lambda given: self._take(given, is_spoken=False))

    def speak(self) -> Response:
        return self._asked("tts/send", lambda given: self._take(given, is_spoken=True))

    def rename(self) -> Response:
        return self._asked("audio-file/rename", self._rename)

    def audios(self, key: str) -> Response:
        files = [
            {"tokenAudio": token, "filename": name} for token, name in self._double.audios.items()
        ]
        return self._told("audios", key, {"audios": files})

    def me(self, key: str) -> Response:
        credit = {"credit": self._double.credit, "currency": "EUR"}
        return self._told("me", key, {"user": {"firstname": "Double"}, "credits": credit})

    def cancel(self, key: str, campaign: str) -> Response:
        if key != self._double.api_key:
            return _refused(10, "Clé API incorrecte")
        return _refused(11, "Cette campagne n'est pas programmée")

    def _told(self, what: str, key: str, document: Mapping[str, object]) -> Response:
        if self._double.is_throttled(what):
            return _throttled()
        if key != self._double.api_key:
            return _refused(10, "Clé API incorrecte")
        return self._mishap(self._double.mishaps_asked) or _done(document)

    def _asked(self, what: str, do: Callable[[Mapping[str, Any]], Response]) -> Response:
        given = request.get_json(silent=True)
        if self._double.is_throttled(what):
            return _throttled()
        if not isinstance(given, dict) or given.get("apiKey") != self._double.api_key:
            return _refused(10, "Clé API incorrecte")
        missing = [name for name in _NEEDED[what] if not given.get(name)]
        if missing:
            return _refused(3, f"{missing[0]} est requis")
        double = self._double
        mishaps = double.mishaps if what.endswith("/send") else double.mishaps_asked
        if mishaps and mishaps[0] not in _DONE:
            return self._mishap(mishaps) or do(given)
        answer = do(given)
        return self._mishap(mishaps) or answer

    def _take(self, given: Mapping[str, Any], *, is_spoken: bool) -> Response:
        double = self._double
        numbers = str(given["phoneNumbers"]).split(",")
        if len(numbers) > 500:
            return _refused(5, "500 numéros au maximum")
        if not is_spoken and not double.is_known([str(given["tokenAudio"])]):
            return _refused(6, "Fichier audio inconnu")
        if double.credit < double.price * len(numbers):
            return _refused(8, "Crédits insuffisants")
        return _done({"campaignId": double.take(given, is_spoken=is_spoken).id})

    def _rename(self, given: Mapping[str, Any]) -> Response:
        token, name = str(given["tokenAudio"]), str(given["filename"])
        if not self._double.is_known([token]):
            return _refused(6, "Fichier audio inconnu")
        self._double.audios[token] = name
        return _done({"filename": name, "tokenAudio": token})

    def _mishap(self, mishaps: deque[Mishap]) -> Response | None:
        """Return what is answered instead; a connection that is cut or silent never answers."""
        match mishaps.popleft() if mishaps else None:
            case Mishap.ERROR_500 | Mishap.DONE_THEN_500:
                return Response('{"success": false, "code": 500}', 500, mimetype="application/json")
            case Mishap.HTML_200:
                return Response("<!doctype html><p>Maintenance", 200, mimetype="text/html")
            case Mishap.TOO_MANY:
                return _throttled(after_s=1)
            case Mishap.CONCURRENCY:
                return _throttled()
            case Mishap.DROPPED | Mishap.DONE_THEN_DROPPED:
                return _cut()
            case Mishap.HANGS | Mishap.DONE_THEN_HANGS | Mishap.SLOW:
                self._double.silence.wait()
                return _cut()
        return None


_DONE: Final = frozenset(
    {
        Mishap.DONE_THEN_500,
        Mishap.HTML_200,
        Mishap.DONE_THEN_HANGS,
        Mishap.DONE_THEN_DROPPED,
        Mishap.SLOW,
    }
)


def _cut() -> Response:
    """Cut the connection under the answer (werkzeug: environ ``werkzeug.socket``)."""
    connection = request.environ.get("werkzeug.socket")
    if isinstance(connection, socket.socket):
        with suppress(OSError):
            connection.shutdown(socket.SHUT_RDWR)
    return Response(status=500)


def _done(document: Mapping[str, object]) -> Response:
    return jsonify({"success": True, "code": 200, **document})


def _refused(code: int, message: str) -> Response:
    return jsonify({"success": False, "code": code, "message": message})


def _throttled(after_s: int | None = None) -> Response:
    response = Response("Too Many Requests", 429, mimetype="text/plain")
    if after_s is not None:
        response.headers["Retry-After"] = str(after_s)
    return response
