"""TwiML as Twilio reads it: verbs, attributes, and warnings about what it does not know."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Final
from xml.parsers import expat

from twilio.twiml.messaging_response import MessagingResponse
from twilio.twiml.voice_response import Dial, VoiceResponse

#: Twilio: 11750, "TwiML response body too large".
MOST_BYTES: Final = 64 * 1024
TOO_LARGE: Final = 11750
PARSE_FAILURE: Final = 12100
SCHEMA_WARNING: Final = 12200
NESTING_INVALID: Final = 13320


class TwimlRefused(ValueError):
    """A document that Twilio cannot use; `code` is its error."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(reason)
        self.code = code


@dataclass(slots=True)
class Verb:
    """One element."""

    name: str
    attributes: dict[str, str]
    text: str = ""
    children: list[Verb] = field(default_factory=list)

    def get(self, attribute: str, default: str = "") -> str:
        """Return an attribute's value."""
        return self.attributes.get(attribute, default)


@dataclass(frozen=True, slots=True)
class Document:
    """A `<Response>`: its verbs, and the codes of what was wrong but not fatal."""

    verbs: Sequence[Verb]
    warnings: Sequence[int]


def read(body: bytes) -> Document:
    """Read a document; raises TwimlRefused. No document type, hence no entity, is taken."""
    if len(body) > MOST_BYTES:
        raise TwimlRefused(TOO_LARGE, "more than 64 kB")
    root = _parse(body)
    if root.name != "Response":
        raise TwimlRefused(PARSE_FAILURE, f"the root is <{root.name[:20]}>, not <Response>")
    warnings: list[int] = []
    return Document(_known(root.children, "Response", warnings), warnings)


def _parse(body: bytes) -> Verb:
    top = Verb("", {})
    stack = [top]
    parser = expat.ParserCreate()

    def starts(name: str, attributes: dict[str, str]) -> None:
        verb = Verb(name, attributes)
        stack[-1].children.append(verb)
        stack.append(verb)

    def says(text: str) -> None:
        stack[-1].text += text

    def refuses(*_: object) -> None:
        raise TwimlRefused(PARSE_FAILURE, "a document type is not taken")

    parser.StartElementHandler = starts
    parser.EndElementHandler = lambda _: stack.pop()
    parser.CharacterDataHandler = says
    parser.StartDoctypeDeclHandler = refuses
    try:
        parser.Parse(body, True)
    except TwimlRefused:
        raise
    except (expat.ExpatError, LookupError, ValueError) as error:  # a strange encoding, too
        raise TwimlRefused(PARSE_FAILURE, str(error)) from None
    return top.children[0]


def _known(verbs: Sequence[Verb], parent: str, warnings: list[int]) -> list[Verb]:
    """Return the verbs that *parent* may hold, noting what Twilio would only warn of."""
    kept = []
    for verb in verbs:
        allowed = _allowed(parent).get(verb.name)
        if allowed is None:
            warnings.append(NESTING_INVALID if parent == "Gather" else SCHEMA_WARNING)
            continue
        warnings += [SCHEMA_WARNING for name in verb.attributes if name not in allowed]
        verb.text = verb.text.strip()
        verb.children = _known(verb.children, verb.name, warnings)
        kept.append(verb)
    return kept


@cache
def _allowed(parent: str) -> Mapping[str, frozenset[str]]:
    """Return what may stand in *parent*, with its attributes, by the official builder."""
    nouns: dict[str, dict[str, Callable[..., object]]] = {
        "Response": {
            "Play": VoiceResponse.play,
            "Say": VoiceResponse.say,
            "Gather": VoiceResponse.gather,
            "Pause": VoiceResponse.pause,
            "Redirect": VoiceResponse.redirect,
            "Hangup": VoiceResponse.hangup,
            "Dial": VoiceResponse.dial,
            "Reject": VoiceResponse.reject,
            "Message": MessagingResponse.message,
        },
        "Gather": {
            "Play": VoiceResponse.play,
            "Say": VoiceResponse.say,
            "Pause": VoiceResponse.pause,
        },
        "Dial": {"Number": Dial.number},
    }
    if parent == "Message":
        return {"Body": frozenset()}
    return {name: _attributes(of) for name, of in nouns.get(parent, {}).items()}


def _attributes(builder: Callable[..., object]) -> frozenset[str]:
    names = [name.rstrip("_") for name in inspect.signature(builder).parameters]
    return frozenset(_camel(name) for name in names if name not in {"self", "kwargs"})


def _camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(part.title() for part in rest)
