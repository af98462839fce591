"""A call that is answered: documents are fetched and performed until it ends."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from engine.sandbox.twilio import twiml, verbs
from engine.sandbox.twilio.asking import Address, Asking, Failed, Fetched
from engine.sandbox.twilio.callees import Callee, quiet_presses
from engine.sandbox.twilio.calls import Alarm, Call, Heard
from engine.sandbox.twilio.clock import Clock
from engine.sandbox.twilio.courses import Course, Steps, Wait
from engine.sandbox.twilio.happenings import (
    DocumentFailed,
    EndedCall,
    HangUp,
    Key,
    Redirect,
    RedirectedCall,
)
from engine.sandbox.twilio.sounds import Playable
from engine.sandbox.twilio.twiml import Document, TwimlRefused, Verb

#: From the end of a document's last verb to the request for the next document.
TURN_S: Final = 0.02
CONTENT_TYPE_INVALID: Final = 12300
_DOCUMENT_TYPES: Final = frozenset({"text/xml", "application/xml", "text/html"})
_ERROR_TEXT: Final = "We're sorry, an application error has occurred. Goodbye."
_ERROR_S: Final = 5.0


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a conversation needs of the double."""

    clock: Clock
    asking: Asking
    parameters: Callable[[Call], Mapping[str, str]]
    "What every request for a call carries."
    dials: Callable[[Call, str, str], tuple[Call, Callee] | int]
    "``(parent, number, caller id)``: a child call and who takes it, or an error's code."
    ends: Callable[[Call, str, str], None]
    "``(call, status, by whom)``: a child call is over."
    cached: dict[str, tuple[str, Playable]]
    "Sounds by URL, with their ETag."


class Conversation:
    """Performs the TwiML of one call."""

    def __init__(self, call: Call, callee: Callee, surroundings: Surroundings) -> None:
        self.call, self.callee = call, callee
        self.around = surroundings
        self.course: Course | None = None
        self.is_gathering = False
        self.fallback: Address | None = None
        self.answers: Callable[[], None] | None = None
        "Answers an inbound call, before its first verb but `<Reject>`."
        self._quiet = list(callee.presses_when_quiet)

    @property
    def now_s(self) -> float:
        """Seconds since the answer."""
        return self.around.clock.now_s - (self.call.answered_s or 0.0)

    def begin(self) -> None:
        """Let the callee do what it does, from the answer on."""
        for digit, at_s in self.callee.presses:
            self._later(at_s, self._pressing(digit))
        self._later(self.callee.hangs_up_s, lambda: self._tell(HangUp("callee")))

    def redirect(self, address: Address, fallback: Address | None) -> None:
        """Go on with another document, at once."""
        self.fallback = fallback or self.fallback
        self._tell(Redirect(address))

    def hang_up(self, by: str) -> None:
        """End the call."""
        self._tell(HangUp(by))

    def talk(self, address: Address) -> Steps[str]:
        """Perform documents until the call is over; returns by whom it ended."""
        following: Address | None = address
        while following is not None:
            try:
                following = yield from self._turn(following)
            except RedirectedCall as redirected:
                following = redirected.address
            except EndedCall as ended:
                return ended.by
        return "twiml"

    def wait(self, seconds: float) -> Steps[Key | None]:
        """Wait; returns a key at once if one is pressed while something gathers."""
        ends_s = self.around.clock.now_s + seconds
        while True:
            what = yield Wait(max(0.0, ends_s - self.around.clock.now_s))
            match what:
                case HangUp(by):
                    raise EndedCall(by)
                case Redirect(address):
                    raise RedirectedCall(address)
                case Key() if self.is_gathering:
                    return what
                case None:
                    return None

    def hear(self, verb: str, what: str, sound: Playable) -> Steps[Key | None]:
        """Let the callee hear something, to its end or until a key."""
        began_s = self.now_s
        try:
            return (yield from self.wait(sound.duration_s))
        finally:
            self.call.heard.append(
                Heard(
                    verb,
                    what,
                    began_s,
                    self.now_s,
                    sound.duration_s,
                    sound.sha256,
                    sound.alaw_sha256,
                )
            )

    def falls_quiet(self) -> None:
        """Note that nothing is said and keys are waited for: some callees press then."""
        if self._quiet:
            for digit, after_s in quiet_presses(self._quiet.pop(0), self.callee.key_gap_s):
                self.around.clock.after(after_s, self._pressing(digit))

    def alarm(self, code: int, url: str) -> None:
        """Note one of Twilio's errors or warnings."""
        self.call.alarms.append(Alarm(code, url, self.around.clock.now_s))

    def _turn(self, address: Address) -> Steps[Address | None]:
        """Perform one document; where it fails, the fallback; where that fails, Twilio's words."""
        try:
            return (yield from self._performed(address))
        except DocumentFailed as failed:
            self.alarm(failed.code, failed.url)
            why = {"ErrorCode": str(failed.code), "ErrorUrl": failed.url}
        if self.fallback is not None:
            elsewhere = self.fallback.at(self.fallback.url, self.fallback.method, **why)
            try:
                return (yield from self._performed(elsewhere))
            except DocumentFailed as failed:
                self.alarm(failed.code, failed.url)
        self._take_up()
        yield from self.hear("error", _ERROR_TEXT, Playable("", "", _ERROR_S))
        return None

    def _performed(self, address: Address) -> Steps[Address | None]:
        yield from self.wait(TURN_S)
        document = yield from self._document(address)
        for warning in document.warnings:
            self.alarm(warning, address.url)
        for verb in document.verbs:
            if verb.name != "Reject":
                self._take_up()
            following = yield from verbs.perform(self, verb, address)
            if following is not None:
                return following
        return None

    def _document(self, address: Address) -> Steps[Document]:
        if address.url.startswith("twiml:"):
            return self._read(address.url.removeprefix("twiml:").encode(), "text/xml", "")
        parameters = {**self.around.parameters(self.call), **(address.parameters or {})}
        fetched = yield from self.around.asking.fetch(address, parameters, self.call)
        if isinstance(fetched, Failed):
            raise DocumentFailed(fetched.code, fetched.url)
        return self._read_answer(fetched)

    def _read_answer(self, fetched: Fetched) -> Document:
        content_type = fetched.answer.headers.get("content-type", "")
        return self._read(fetched.answer.body, content_type, fetched.url)

    def _read(self, body: bytes, content_type: str, url: str) -> Document:
        kind = content_type.partition(";")[0].strip().lower()
        if kind == "text/plain":  # Twilio reads it aloud
            return Document([Verb("Say", {}, body.decode("utf-8", "replace"))], [])
        if kind not in _DOCUMENT_TYPES:
            raise DocumentFailed(CONTENT_TYPE_INVALID, url)
        try:
            return twiml.read(body)
        except TwimlRefused as refused:
            raise DocumentFailed(refused.code, url) from refused

    def _take_up(self) -> None:
        """Answer an inbound call, once."""
        answers, self.answers = self.answers, None
        if answers is not None:
            answers()

    def _pressing(self, digit: str) -> Callable[[], None]:
        return lambda: self._press(digit)

    def _press(self, digit: str) -> None:
        if self.call.is_over:
            return
        self.call.pressed.append((digit, self.now_s))
        if self.is_gathering:
            self._tell(Key(digit))
        else:
            self.call.lost_keys.append(digit)

    def _tell(self, what: object) -> None:
        if self.course is not None and not self.call.is_over:
            self.course.tell(what)

    def _later(self, at_s: float, do: Callable[[], None]) -> None:
        self.around.clock.after(at_s - self.now_s, do)
