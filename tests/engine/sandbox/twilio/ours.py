"""A web process that answers what a test tells it, and keeps what it was asked."""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import numpy as np
import soundfile

from engine.sandbox.twilio import Call, Order, TwilioDouble, WebAnswer

BASE = "https://calls.example.org"
SHOWN = "+33162000001"
EVENTS = ["initiated", "ringing", "answered", "completed"]


@dataclass(frozen=True, slots=True)
class Request:
    """One request that the double made."""

    method: str
    url: str
    headers: Mapping[str, str]
    form: Mapping[str, str]

    @property
    def path(self) -> str:
        return urlsplit(self.url).path


Answer = Callable[[Request], WebAnswer]


@cache
def a_sound(seconds: float = 10.0, subtype: str = "ALAW") -> bytes:
    """Return a WAV file of noise."""
    file = io.BytesIO()
    noise = np.random.default_rng(1).normal(0, 0.1, int(8000 * seconds))
    soundfile.write(file, noise, 8000, format="WAV", subtype=subtype)
    return file.getvalue()


def xml(verbs: str) -> WebAnswer:
    """Answer TwiML."""
    body = f"<Response>{verbs}</Response>".encode()
    return WebAnswer(200, {"Content-Type": "text/xml; charset=utf-8"}, body)


def sound(seconds: float = 10.0, subtype: str = "ALAW") -> WebAnswer:
    return WebAnswer(200, {"Content-Type": "audio/wav"}, a_sound(seconds, subtype))


@dataclass
class Ours:
    """By path: an answer, or what makes one of a request; else 204."""

    at: dict[str, WebAnswer | Answer] = field(default_factory=dict)
    asked: list[Request] = field(default_factory=list)

    def __call__(self, method: str, url: str, headers: Mapping[str, str], body: bytes) -> WebAnswer:
        form = dict(parse_qsl(body.decode(), keep_blank_values=True))
        request = Request(method, url, headers, form)
        self.asked.append(request)
        answer = self.at.get(request.path, WebAnswer(204))
        return answer if isinstance(answer, WebAnswer) else answer(request)

    def asked_at(self, path: str) -> list[Request]:
        return [each for each in self.asked if each.path == path]

    @property
    def statuses(self) -> list[str]:
        """The states that were told, in the order of their arrival."""
        return [each.form["CallStatus"] for each in self.asked_at("/status")]


GATHERING = (
    '<Gather numDigits="1" finishOnKey="" timeout="4" action="/pressed" '
    'actionOnEmptyResult="true"><Play>/person.wav</Play></Gather>'
)


def a_drop(ours: Ours) -> None:
    """Let *ours* answer as a drop does: a prompt with keys; a machine gets an announcement."""
    ours.at |= {
        "/answer": xml(GATHERING),
        "/pressed": lambda request: (
            xml("<Play>/bye.wav</Play>" if request.form["Digits"] == "9" else GATHERING)
            if request.form["Digits"]
            else xml("<Hangup/>")
        ),
        "/machine": xml("<Play>/machine.wav</Play>"),
        "/person.wav": sound(12.0),
        "/machine.wav": sound(10.0),
        "/bye.wav": sound(1.0),
    }


def a_double(ours: Ours, order: Order = Order.IN_ORDER, **chosen: Any) -> TwilioDouble:
    """Return a double with one number, whose webhooks reach *ours*."""
    double = TwilioDouble(deliver=ours, order=order, **chosen)
    double.account.owns(SHOWN, voice_url=f"{BASE}/inbound", sms_url=f"{BASE}/message")

    def redirect(request: Request) -> WebAnswer:
        if request.form["AnsweredBy"].startswith("machine"):
            call = double.client().calls(request.form["CallSid"])
            call.update(url=f"{BASE}/machine")
        return WebAnswer(204)

    ours.at.setdefault("/verdict", redirect)
    return double


def place(double: TwilioDouble, ending: str = "00", **more: Any) -> Call:
    """Create a call to the line of that ending, with every callback."""
    asked: dict[str, Any] = {
        "to": f"+3363998{ending:0>4}",
        "from_": SHOWN,
        "url": f"{BASE}/answer",
        "status_callback": f"{BASE}/status",
        "status_callback_event": EVENTS,
        "timeout": 20,
        **more,
    }
    created = double.client().calls.create(**asked)
    return double.calls[str(created.sid)]


def with_async_amd() -> dict[str, Any]:
    return {
        "machine_detection": "DetectMessageEnd",
        "async_amd": "true",
        "async_amd_status_callback": f"{BASE}/verdict",
    }
