"""SMS: those that come in with their replies, and those sent through the API."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from engine.sandbox.twilio import twiml
from engine.sandbox.twilio.account import OwnNumber, a_sid
from engine.sandbox.twilio.asking import Address, Asking, Failed
from engine.sandbox.twilio.callbacks import API_VERSION
from engine.sandbox.twilio.calls import Alarm
from engine.sandbox.twilio.clock import Clock
from engine.sandbox.twilio.courses import Course, Steps
from engine.sandbox.twilio.web import Deliver

_SEGMENT: Final = 160


@dataclass(slots=True)
class Text:
    """One SMS."""

    sid: str
    from_: str
    to: str
    body: str
    direction: str
    created_s: float
    status: str = "sent"
    reply_to: str = ""
    "The SID of the text that it answers."


class Texts:
    """The account's messages."""

    def __init__(self, clock: Clock, asking: Asking, deliver: Deliver) -> None:
        self._clock, self._asking, self._deliver = clock, asking, deliver
        self.all: dict[str, Text] = {}
        self.alarms: list[Alarm] = []
        self._numbers = itertools.count()

    def send(self, from_: str, to: str, body: str, *, direction: str = "outbound-api") -> Text:
        """Keep a message that leaves."""
        sid = a_sid("SM", f"{self._asking.account.sid} {next(self._numbers)}")
        text = Text(sid, from_, to, body, direction, self._clock.now_s)
        self.all[sid] = text
        return text

    def come_in(
        self, from_: str, own: OwnNumber, to: str, body: str, more: Mapping[str, str]
    ) -> Text:
        """Tell our web process of a message; its replies are kept."""
        text = self.send(from_, to, body, direction="inbound")
        text.status = "received"
        parameters = {
            "MessageSid": text.sid,
            "SmsSid": text.sid,
            "SmsMessageSid": text.sid,
            "AccountSid": self._asking.account.sid,
            "ApiVersion": API_VERSION,
            "SmsStatus": "received",
            "From": from_,
            "To": to,
            "Body": body,
            "NumMedia": "0",
            "NumSegments": str(1 + max(0, len(body) - 1) // _SEGMENT),
            **dict.fromkeys(("FromCity", "FromState", "FromZip", "FromCountry"), ""),
            **more,
        }
        address = Address(own.sms_url, own.sms_method)
        Course(self._clock, self._deliver, self._answered(text, address, parameters))
        return text

    def replies(self, text: Text) -> list[str]:
        """Return what was answered to a message."""
        return [each.body for each in self.all.values() if each.reply_to == text.sid]

    def _answered(self, text: Text, address: Address, parameters: Mapping[str, str]) -> Steps[None]:
        fetched = yield from self._asking.fetch(address, parameters)
        if isinstance(fetched, Failed):
            self._alarm(fetched.code, fetched.url)
        elif fetched.answer.body:
            self._reply(text, fetched.answer.body, fetched.url)

    def _reply(self, text: Text, body: bytes, url: str) -> None:
        try:
            document = twiml.read(body)
        except twiml.TwimlRefused as refused:
            self._alarm(refused.code, url)
            return
        for warning in document.warnings:
            self._alarm(warning, url)
        for verb in document.verbs:
            if verb.name == "Message":
                said = verb.text or "".join(child.text for child in verb.children)
                to = verb.get("to", text.from_)
                self.send(text.to, to, said, direction="outbound-reply").reply_to = text.sid

    def _alarm(self, code: int, url: str) -> None:
        self.alarms.append(Alarm(code, url, self._clock.now_s))
