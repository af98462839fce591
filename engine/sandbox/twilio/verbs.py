"""The voice verbs of TwiML, performed on the clock (Twilio: TwiML for Programmable Voice)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final
from urllib.parse import urljoin

from engine.sandbox.twilio.asking import HTTP_FAILURE, Address, Failed
from engine.sandbox.twilio.courses import Steps
from engine.sandbox.twilio.happenings import DocumentFailed, EndedCall, Key
from engine.sandbox.twilio.sounds import Playable, SoundRefused, playable
from engine.sandbox.twilio.twiml import Verb

if TYPE_CHECKING:
    from engine.sandbox.twilio.callees import Callee
    from engine.sandbox.twilio.calls import Call
    from engine.sandbox.twilio.conversation import Conversation

_SPEECH_S_A_CHARACTER: Final = 0.07
_LOOPS_FOREVER: Final = 1000
_UNPLAYABLE: Final = 12300
_DIAL_FAILURE: Final = 13224
#: How long two people talk whom nobody told how long.
TALK_S: Final = 20.0
_STATUS_BY_CODE: Final[Mapping[int, str]] = {
    **dict.fromkeys((486, 600, 603), "busy"),
    **dict.fromkeys((0, 408, 480), "no-answer"),
}


def status_of(sip_code: int) -> str:
    """Return the state of a call that was refused by *sip_code* (603 is assumed), 0: by nobody."""
    return _STATUS_BY_CODE.get(sip_code, "failed")


def perform(talk: Conversation, verb: Verb, here: Address) -> Steps[Address | None]:
    """Perform one verb of the document at *here*; returns the address that it leads to, if any."""
    match verb.name:
        case "Gather":
            return (yield from _gather(talk, verb, here))
        case "Redirect":
            return here.at(verb.text, _method(verb))
        case "Dial":
            return (yield from _dial(talk, verb, here))
        case "Hangup" | "Reject":
            raise EndedCall("twiml")
        case _:
            yield from _utter(talk, verb, here)
            return None


def _utter(talk: Conversation, verb: Verb, here: Address) -> Steps[Key | None]:
    """Play, say or pause; returns the key that interrupted it."""
    match verb.name:
        case "Pause":
            return (yield from talk.wait(_number(verb, "length", 1)))
        case "Say":
            sound = Playable("", "", _SPEECH_S_A_CHARACTER * len(verb.text))
            return (yield from _loop(talk, verb, verb.text, sound))
        case "Play" if verb.get("digits"):
            seconds = sum(0.5 if each in "wW" else 0.1 for each in verb.get("digits"))
            return (yield from talk.wait(seconds))
        case "Play":
            url = urljoin(here.url, verb.text)
            sound = yield from _fetched(talk, url)
            return (yield from _loop(talk, verb, url, sound))
    return None


def _loop(talk: Conversation, verb: Verb, what: str, sound: Playable) -> Steps[Key | None]:
    for _ in range(int(_number(verb, "loop", 1)) or _LOOPS_FOREVER):
        key = yield from talk.hear(verb.name, what, sound)
        if key is not None:
            return key
    return None


def _fetched(talk: Conversation, url: str) -> Steps[Playable]:
    """Fetch a sound, or take the one that its ETag still names."""
    etag, kept = talk.around.cached.get(url, ("", None))
    conditions = {"If-None-Match": etag} if etag else {}
    fetched = yield from talk.around.asking.fetch(
        Address(url, "GET"), {}, talk.call, headers=conditions
    )
    if isinstance(fetched, Failed):
        raise DocumentFailed(fetched.code, url)
    if fetched.answer.status == 304 and kept is not None:
        return kept
    headers = fetched.answer.headers
    if fetched.answer.status != 200:
        raise DocumentFailed(HTTP_FAILURE, url)
    try:
        sound = playable(headers.get("content-type", ""), fetched.answer.body)
    except SoundRefused as refused:
        raise DocumentFailed(_UNPLAYABLE, url) from refused
    if "etag" in headers:
        talk.around.cached[url] = (headers["etag"], sound)
    return sound


def _gather(talk: Conversation, verb: Verb, here: Address) -> Steps[Address | None]:
    """Collect keys; a key interrupts what is said (Twilio: Gather)."""
    talk.is_gathering = True
    try:
        key = yield from _prompted(talk, verb, here)
        digits, finished_by = yield from _collected(talk, verb, key)
    finally:
        talk.is_gathering = False
    if not digits and verb.get("actionOnEmptyResult") != "true":
        return None
    talk.call.gathered.append(digits)
    more = {"FinishedOnKey": finished_by} if finished_by else {}
    return here.at(verb.get("action"), _method(verb), Digits=digits, msg="Gather End", **more)


def _prompted(talk: Conversation, verb: Verb, here: Address) -> Steps[Key | None]:
    for child in verb.children:
        key = yield from _utter(talk, child, here)
        if key is not None:
            return key
    talk.falls_quiet()
    return (yield from talk.wait(_number(verb, "timeout", 5)))


def _collected(talk: Conversation, verb: Verb, key: Key | None) -> Steps[tuple[str, str]]:
    """Return the digits that follow *key* too, and the key that finished them, if one did."""
    digits, ends_on = "", verb.get("finishOnKey", "#")
    most = int(_number(verb, "numDigits", 0))
    while key is not None:
        if key.digit == ends_on:
            return digits, key.digit
        digits += key.digit
        if most and len(digits) >= most:
            break
        key = yield from talk.wait(_number(verb, "timeout", 5))
    return digits, ""


def _dial(talk: Conversation, verb: Verb, here: Address) -> Steps[Address | None]:
    """Ring somebody else and bridge (Twilio: Dial)."""
    numbers = [child.text for child in verb.children if child.name == "Number"] or [verb.text]
    dialled = talk.around.dials(talk.call, numbers[0], verb.get("callerId", talk.call.from_))
    if isinstance(dialled, int):
        talk.alarm(dialled, here.url)
        status, more = "failed", {}
    else:
        child, callee = dialled
        status = yield from _bridged(talk, verb, child, callee)
        more = {"DialCallSid": child.sid}
        if status == "completed":
            more["DialCallDuration"] = str(round(child.duration_s or 0))
    if "action" not in verb.attributes:
        return None
    return here.at(verb.get("action"), _method(verb), DialCallStatus=status, **more)


def _bridged(talk: Conversation, verb: Verb, child: Call, callee: Callee) -> Steps[str]:
    rings_s = _number(verb, "timeout", 30)
    status = "canceled"
    try:
        if not callee.answers or callee.ring_s > rings_s:
            code = callee.sip_code if callee.ring_s <= rings_s else 0
            yield from talk.wait(min(callee.ring_s, rings_s) if code else rings_s)
            child.sip_code, status = code, status_of(code)
        else:
            yield from talk.wait(callee.ring_s)
            child.answered_s, status = talk.around.clock.now_s, "completed"
            seconds = min(TALK_S, callee.hangs_up_s, _number(verb, "timeLimit", 14_400))
            yield from talk.wait(seconds)
    finally:
        talk.around.ends(child, status, "callee")
    if status == "failed":
        talk.alarm(_DIAL_FAILURE, "")
    return status


def _method(verb: Verb) -> str:
    return "GET" if verb.get("method").upper() == "GET" else "POST"


def _number(verb: Verb, attribute: str, default: float) -> float:
    text = verb.get(attribute)
    try:
        return max(0.0, float(text)) if text else default
    except ValueError:
        return default
