"""The life of each call: queued, ringing, answered, over."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Mapping
from typing import Final

from engine.sandbox.lines import Line, Lines
from engine.sandbox.twilio.account import Account, OwnNumber, a_sid
from engine.sandbox.twilio.asking import Address, Asking
from engine.sandbox.twilio.callbacks import Callbacks
from engine.sandbox.twilio.callees import Callee, called, calling
from engine.sandbox.twilio.calls import NOT_ANSWERED_YET, Call
from engine.sandbox.twilio.clock import Clock
from engine.sandbox.twilio.conversation import Conversation, Surroundings
from engine.sandbox.twilio.countries import country_of
from engine.sandbox.twilio.courses import Course, Steps, Wait
from engine.sandbox.twilio.delivery import Post
from engine.sandbox.twilio.detection import Detection, told
from engine.sandbox.twilio.happenings import EndedCall, HangUp
from engine.sandbox.twilio.verbs import status_of
from engine.sandbox.twilio.web import Deliver

#: Added to Timeout by Twilio.
TIMEOUT_BUFFER_S: Final = 5.0
#: From the create to the far network's first sign of life.
SETUP_S: Final = 0.3
#: A price is known some time after the call (Twilio: Call, price).
PRICED_AFTER_S: Final = 60.0
_TIMEOUT_S: Final = 60.0
_TIME_LIMIT_S: Final = 14_400.0
_BLOCKED_BY_CARRIER: Final = {607, 608}
_ALARM_BLOCKED: Final = 32017
_ALARM_UNSUPPORTED: Final = 13224


class Network:
    """Every call of the account, moved by the clock."""

    def __init__(
        self, *, clock: Clock, account: Account, lines: Lines, deliver: Deliver, post: Post
    ) -> None:
        self.clock, self.account, self.calls = clock, account, dict[str, Call]()
        self.is_over: Callable[[Call], None] = lambda _: None
        "Is told of each call that ended."
        self._lines, self._deliver = lines, deliver
        self.asking = Asking(account, clock)
        self.callbacks = Callbacks(clock, self.asking, post, deliver)
        self.detection = Detection(clock, self.callbacks)
        self._talks: dict[str, Conversation] = {}
        self._last_start_s = -math.inf
        self._began = clock.at.isoformat()
        self._numbers = itertools.count()
        self._around = Surroundings(
            clock=clock,
            asking=self.asking,
            parameters=self.callbacks.basic,
            dials=self._dial,
            ends=self._end_child,
            cached={},
        )

    @property
    def open_calls(self) -> int:
        """How many calls are not over."""
        return sum(not call.is_over for call in self.calls.values())

    def create(self, options: Mapping[str, str]) -> Call:
        """Take a create: the call is queued, and leaves when the pace lets it."""
        call = self._new(options["To"], options["From"], "outbound-api", options)
        line = self._lines.at(call.to)
        call.kind = line.kind
        talk = Conversation(call, called(line), self._around)
        talk.fallback = _address(options, "FallbackUrl", "FallbackMethod")
        self._start(talk, self._outbound(talk, line))
        return call

    def ring(self, from_: str, own: OwnNumber, to: str, callee: Callee) -> Call:
        """Let somebody ring one of the account's numbers."""
        options = {
            "StatusCallback": own.status_callback,
            "StatusCallbackMethod": own.status_callback_method,
        }
        call = self._new(to, from_, "inbound", options)
        self._set(call, "ringing")
        talk = Conversation(call, callee, self._around)
        if own.voice_fallback_url:
            talk.fallback = Address(own.voice_fallback_url, own.voice_fallback_method)
        self._start(talk, self._inbound(talk, Address(own.voice_url, own.voice_method)))
        return call

    def redirect(self, call: Call, address: Address, fallback: Address | None) -> None:
        """Let a call in progress go on with another document."""
        self._talks[call.sid].redirect(address, fallback)

    def hang_up(self, call: Call) -> None:
        """End a call, in whatever state."""
        if call.status in NOT_ANSWERED_YET:
            self._end(call, "canceled", "api")
        talk = self._talks[call.sid]
        if talk.course is not None:
            talk.course.tell(HangUp("api"))

    def limit(self, call: Call, seconds: float) -> None:
        """End a call so many seconds after its answer."""
        talk = self._talks[call.sid]
        self.clock.after(seconds - talk.now_s, lambda: talk.hang_up("limit"))

    def _new(self, to: str, from_: str, direction: str, options: Mapping[str, str]) -> Call:
        sid = a_sid("CA", f"{self.account.sid} {self._began} {next(self._numbers)}")
        call = Call(sid, to, from_, direction, self.clock.now_s, dict(options))
        call.statuses.append(call.status)
        self.calls[sid] = call
        return call

    def _start(self, talk: Conversation, steps: Steps[None]) -> None:
        self._talks[talk.call.sid] = talk
        talk.course = Course(self.clock, self._deliver, steps)

    def _outbound(self, talk: Conversation, line: Line) -> Steps[None]:
        call, options = talk.call, talk.call.options
        if not (yield from self._leave(call)):
            return
        callee, rings_s = talk.callee, _seconds(options, "Timeout", _TIMEOUT_S) + TIMEOUT_BUFFER_S
        if callee.rings:
            self._set(call, "ringing")
        refused = not callee.answers and callee.sip_code
        waits_s = min(rings_s, callee.ring_s if callee.answers or refused else rings_s)
        if (yield from self._cancelled(call, waits_s)):
            return
        if callee.answers and callee.ring_s <= rings_s:
            yield from self._answered(talk)
        else:
            self._refuse(call, callee.sip_code if callee.ring_s <= rings_s else 0)
        if line.calls_back:
            self._call_back(call, line)

    def _leave(self, call: Call) -> Steps[bool]:
        """Wait in the queue, then for the far network; False when cancelled meanwhile."""
        pace_s = 1 / self.account.calls_per_second
        starts_s = max(self.clock.now_s, self._last_start_s + pace_s)
        self._last_start_s = starts_s
        if (yield from self._cancelled(call, starts_s - self.clock.now_s)):
            return False
        call.started_s = self.clock.now_s
        self.callbacks.tell_status(call, "initiated")
        return not (yield from self._cancelled(call, SETUP_S))

    def _cancelled(self, call: Call, seconds: float) -> Steps[bool]:
        yield Wait(seconds)
        return call.is_over

    def _answered(self, talk: Conversation) -> Steps[None]:
        call, options = talk.call, talk.call.options
        self._answer(talk)
        address = _address(options, "Url", "Method") or Address("twiml:" + options.get("Twiml", ""))
        mode = options.get("MachineDetection", "")
        if mode and options.get("AsyncAmd") != "true":
            try:
                yield from self.detection.before(talk, mode)
            except EndedCall as ended:
                self._end(call, "completed", ended.by)
                return
            address = address.at(address.url, address.method, **told(call))
        elif mode:
            self.detection.meanwhile(talk, mode)
        by = yield from talk.talk(address)
        self._end(call, "completed", by)

    def _answer(self, talk: Conversation) -> None:
        call, callee = talk.call, talk.callee
        call.answered_s, call.is_answered = self.clock.now_s, True
        call.records_from_s, call.records_for_s = callee.records_from_s, callee.records_for_s
        self._set(call, "in-progress")
        talk.begin()
        self.limit(call, _seconds(call.options, "TimeLimit", _TIME_LIMIT_S))

    def _inbound(self, talk: Conversation, address: Address) -> Steps[None]:
        talk.call.started_s = self.clock.now_s
        talk.answers = lambda: self._answer(talk)
        by = yield from talk.talk(address)
        is_rejected = talk.call.answered_s is None
        self._end(talk.call, "busy" if is_rejected else "completed", by)

    def _refuse(self, call: Call, sip_code: int) -> None:
        call.sip_code = sip_code
        status = status_of(sip_code)
        self._end(call, status, "network")
        if sip_code in _BLOCKED_BY_CARRIER:
            self._talks[call.sid].alarm(_ALARM_BLOCKED, "")
        elif status == "failed":
            self._talks[call.sid].alarm(_ALARM_UNSUPPORTED, "")

    def _call_back(self, call: Call, line: Line) -> None:
        own = self.account.own(call.from_)
        if own is None or not own.voice_url:
            return
        shown = "+266696687" if line.number_withheld else line.number

        def ring() -> None:
            self.ring(shown, own, call.from_, calling(line)).kind = line.kind

        self.clock.surely_after(line.call_back_after_s, ring)

    def _dial(self, parent: Call, number: str, caller_id: str) -> tuple[Call, Callee] | int:
        """Start the other leg of `<Dial>`, or tell why not."""
        if not self.account.may_show(caller_id):
            return 13247
        if number in self.account.blocked:
            return 13225
        if country_of(number) not in self.account.countries:
            return 13227
        child = self._new(number, caller_id, "outbound-dial", {})
        line = self._lines.at(number)
        child.parent_sid, child.kind, child.started_s = parent.sid, line.kind, self.clock.now_s
        self._talks[child.sid] = Conversation(child, called(line), self._around)
        self._set(child, "ringing")
        return child, called(line)

    def _end_child(self, call: Call, status: str, by: str) -> None:
        self._end(call, status, by)

    def _set(self, call: Call, status: str) -> None:
        call.status = status
        call.statuses.append(status)
        self.callbacks.tell_status(call, status)

    def _end(self, call: Call, status: str, by: str) -> None:
        if call.is_over:
            return
        call.ended_s, call.ended_by = self.clock.now_s, by
        self._set(call, status)
        self.is_over(call)
        if call.answered_s is not None:
            self.clock.surely_after(PRICED_AFTER_S, lambda: self._price(call))

    def _price(self, call: Call) -> None:
        minutes = max(1, math.ceil((call.duration_s or 0) / 60))
        call.price_usd = str(-minutes * self.account.price_usd(call.to))


def _address(options: Mapping[str, str], url: str, method: str) -> Address | None:
    return Address(options[url], options.get(method) or "POST") if options.get(url) else None


def _seconds(options: Mapping[str, str], name: str, default: float) -> float:
    return float(options.get(name) or default)
