"""The callbacks of a call: its states, and who answered (Twilio: Call resource, callbacks)."""

from __future__ import annotations

import math
from collections.abc import Mapping
from email.utils import format_datetime
from typing import Final

from engine.sandbox.twilio.asking import Address, Asking, Failed
from engine.sandbox.twilio.calls import OVER, Alarm, Call
from engine.sandbox.twilio.clock import Clock
from engine.sandbox.twilio.courses import Course, Steps
from engine.sandbox.twilio.delivery import Letter, Post
from engine.sandbox.twilio.web import Deliver

API_VERSION: Final = "2010-04-01"
CALLBACK_FAILURE: Final = 15003
#: The state that each event shows.
_EVENTS: Final[Mapping[str, str]] = {
    "initiated": "initiated",
    "ringing": "ringing",
    "in-progress": "answered",
    **dict.fromkeys(OVER, "completed"),
}
#: Blank, and sent all the same: a signature counts them.
_GEOGRAPHY: Final = tuple(
    f"{who}{what}"
    for who in ("Caller", "Called", "From", "To")
    for what in ("City", "State", "Zip", "Country")
)


class Callbacks:
    """Tells our web process what becomes of the calls."""

    def __init__(self, clock: Clock, asking: Asking, post: Post, deliver: Deliver) -> None:
        self._clock, self._asking, self._post, self._deliver = clock, asking, post, deliver
        self._sequences: dict[str, int] = {}

    def tell_status(self, call: Call, status: str) -> None:
        """Send the callback of a state, if it was asked for, and leave a call that is over."""
        url = call.options.get("StatusCallback", "")
        wanted = (call.options.get("StatusCallbackEvent") or "completed").split()
        if url and _EVENTS.get(status) in wanted:
            parameters = self._status(call, status)
            address = Address(url, call.options.get("StatusCallbackMethod") or "POST")
            self._send(call, address, parameters)
        if call.is_over:
            self._post.call_is_over(call.sid)

    def tell_verdict(self, call: Call) -> None:
        """Send the callback of an asynchronous verdict."""
        url = call.options.get("AsyncAmdStatusCallback", "")
        if not url:
            return
        parameters = {
            "CallSid": call.sid,
            "AccountSid": self._asking.account.sid,
            "AnsweredBy": call.answered_by,
            "MachineDetectionDuration": str(round((call.verdict_s or 0) * 1000)),
        }
        method = call.options.get("AsyncAmdStatusCallbackMethod") or "POST"
        self._send(call, Address(url, method), parameters, is_verdict=True)

    def basic(self, call: Call, status: str | None = None) -> dict[str, str]:
        """Return what every request for a call carries."""
        return {
            "CallSid": call.sid,
            "AccountSid": self._asking.account.sid,
            "ApiVersion": API_VERSION,
            "Direction": call.direction,
            "CallStatus": status or call.status,
            "From": call.from_,
            "Caller": call.from_,
            "To": call.to,
            "Called": call.to,
            **dict.fromkeys(_GEOGRAPHY, ""),
            **({"ParentCallSid": call.parent_sid} if call.parent_sid else {}),
        }

    def _status(self, call: Call, status: str) -> dict[str, str]:
        number = self._sequences.get(call.sid, 0)
        self._sequences[call.sid] = number + 1
        return {
            **self.basic(call, status),
            "CallbackSource": "call-progress-events",
            "SequenceNumber": str(number),
            "Timestamp": format_datetime(self._clock.at),
            **(_at_the_end(call) if call.is_over else {}),
        }

    def _send(
        self, call: Call, address: Address, parameters: dict[str, str], *, is_verdict: bool = False
    ) -> None:
        def send() -> None:
            Course(self._clock, self._deliver, self._delivered(call, address, parameters))

        self._post.take(Letter(call.sid, send, is_verdict))

    def _delivered(self, call: Call, address: Address, parameters: dict[str, str]) -> Steps[None]:
        fetched = yield from self._asking.fetch(address, parameters, call)
        if isinstance(fetched, Failed):
            call.alarms.append(Alarm(CALLBACK_FAILURE, fetched.url, self._clock.now_s))


def _at_the_end(call: Call) -> dict[str, str]:
    seconds = call.duration_s or 0.0
    told = {"CallDuration": str(round(seconds)), "Duration": str(math.ceil(seconds / 60))}
    if call.sip_code:
        told["SipResponseCode"] = str(call.sip_code)
    if call.answered_by:
        told["AnsweredBy"] = call.answered_by
    return told
