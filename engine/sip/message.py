"""SIP messages as datagrams carry them: reading, with `sipmessage` for the grammar of URIs.

What `sipmessage` alone would not do (RFC 3261, 7.3 and 18.3): folded headers are unfolded, bytes
beyond Content-Length are dropped, schemes are read in either case, and every header of which there
must be one is looked at once, here.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeVar

import sipmessage
from sipmessage.message import COMPACT_FORMS

from engine.sip.fields import CSeq, Via, elements, name_addr, parse_cseq, parse_via

MAX_HEADER_LINES = 256
MAX_URI = 1024  # Characters: the URI grammar is matched in time quadratic in its length

COMPACT = {short: name.lower() for short, name in COMPACT_FORMS.items()}
SINGLE = (
    "call-id",
    "content-length",
    "content-type",
    "cseq",
    "from",
    "max-forwards",
    "to",
)
"Headers of which a message has one at most (RFC 3261, table 2), out of those that we read."
TOKEN = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-.!%*_+`'~")
VERSION = "SIP/2.0"

NO_COLON = ""  # The name under which lines that are no headers are kept, to be refused

Fields = dict[str, list[str]]
T = TypeVar("T")


class MessageError(ValueError):
    """A datagram that is no proper SIP message.

    When it is a request that can be answered, `request` holds what an answer must echo and
    `code` what to say (RFC 3261, 8.2; RFC 4475).
    """

    def __init__(self, reason: str, *, code: int = 400, request: Request | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.code = code
        self.request = request


@dataclass(slots=True, kw_only=True)
class Message:
    """What requests and responses share; header names are in lower case and long form."""

    fields: Fields
    body: bytes = b""
    vias: list[str] = field(default_factory=list)
    "The Via entries, topmost first, as they came."
    via: Via
    call_id: str
    cseq: CSeq
    from_tag: str
    to_tag: str

    def first(self, name: str) -> str:
        """The first value of header *name*, or an empty string."""
        values = self.fields.get(name)
        return values[0] if values else ""

    def listed(self, name: str) -> list[str]:
        """Every entry of header *name*, comma-separated ones apart (RFC 3261, 7.3.1)."""
        return [entry for value in self.fields.get(name, ()) for entry in elements(value)]

    def listed_or_nothing(self, name: str) -> list[str]:
        """Like `listed`, with nothing for a header that cannot be split."""
        try:
            return self.listed(name)
        except ValueError:
            return []


@dataclass(slots=True, kw_only=True)
class Request(Message):
    """A SIP request; `uri` is the Request-URI as it came."""

    method: str
    uri: str


@dataclass(slots=True, kw_only=True)
class Response(Message):
    """A SIP response."""

    code: int
    reason: str


def parse(datagram: bytes) -> Request | Response:
    """Read one datagram; raises `MessageError`, and nothing else."""
    start, fields, body = _frame(datagram)
    if start[:4].upper() == "SIP/":
        return _response(start, fields, body)
    return _request(start, fields, body)


def parse_uri(text: str) -> sipmessage.URI:
    """Read a SIP, SIPS or TEL URI; raises ValueError (RFC 3261, 19.1)."""
    if len(text) > MAX_URI:
        raise ValueError(f"a URI of {len(text)} characters; {MAX_URI} are read")
    scheme, _, rest = text.partition(":")
    try:
        return sipmessage.URI.parse(f"{scheme.lower()}:{rest}")
    except TypeError as error:  # a parameter named like an argument of sipmessage's own
        raise ValueError("URI parameters are not valid") from error


def _frame(datagram: bytes) -> tuple[str, Fields, bytes | None]:
    """Split a datagram into start line, header fields and the rest, if headers end at all."""
    head, blank, body = datagram.lstrip(b"\r\n").partition(b"\r\n\r\n")
    lines = head.rstrip(b"\r\n").decode("utf-8", "surrogateescape").split("\r\n")
    if len(lines) > MAX_HEADER_LINES:
        raise MessageError(f"{len(lines)} header lines; {MAX_HEADER_LINES} are read")
    fields: Fields = {}
    for line in _unfolded(lines[1:]):
        name, colon, value = line.partition(":")
        name = name.rstrip().lower() if colon else NO_COLON
        fields.setdefault(COMPACT.get(name, name), []).append(value.strip())
    return lines[0], fields, body if blank else None


def _unfolded(lines: list[str]) -> list[str]:
    """Join continuation lines to the header they continue (RFC 3261, 7.3.1)."""
    if not any(line[:1] in (" ", "\t") for line in lines):
        return lines
    whole: list[str] = []
    for line in lines:
        if line[:1] in (" ", "\t") and whole:
            whole[-1] += " " + line.strip()
        else:
            whole.append(line)
    return whole


def _response(start: str, fields: Fields, body: bytes | None) -> Response:
    version, _, status = start.partition(" ")
    code, _, reason = status.partition(" ")
    if (
        version.upper() != VERSION
        or len(code) != 3
        or not code.isdigit()
        or code[0] not in "123456"
    ):
        raise MessageError("not a SIP/2.0 status line")
    _check_single(fields)
    vias = _vias(fields)
    return Response(
        code=int(code),
        reason=reason,
        fields=fields,
        body=_body(fields, body),
        vias=vias,
        via=_read("Via", parse_via, vias[0]),
        call_id=_required(fields, "call-id"),
        cseq=_read("CSeq", parse_cseq, _required(fields, "cseq")),
        from_tag=_tag(fields, "from"),
        to_tag=_tag(fields, "to"),
    )


def _request(start: str, fields: Fields, body: bytes | None) -> Request:
    parts = start.split(" ")
    method = parts[0]
    if len(parts) < 3 or "SIP/" not in start.upper():
        raise MessageError("neither a request nor a response")
    request = _answerable(method, fields)
    try:
        _check_request(parts, fields, request)
        request.uri = parts[1]
        request.body = _body(fields, body)
    except MessageError as error:
        raise MessageError(error.reason, code=error.code, request=request) from None
    return request


def _answerable(method: str, fields: Fields) -> Request:
    """The least that an answer needs; without it there is none (RFC 3261, 8.2.6.2)."""
    vias = _vias(fields)
    for name in ("from", "to", "call-id", "cseq"):
        _required(fields, name)
    return Request(
        method=method,
        uri="",
        fields=fields,
        vias=vias,
        via=_lenient_via(vias[0]),
        call_id=fields["call-id"][0],
        cseq=CSeq(0, method),
        from_tag="",
        to_tag="",
    )


def _check_request(parts: list[str], fields: Fields, request: Request) -> None:
    """Everything that must hold before a request is looked at (RFC 3261, 8.2; RFC 4475)."""
    if parts[-1].upper().startswith("SIP/") and parts[-1].upper() != VERSION:
        raise MessageError("Version Not Supported", code=505)
    if len(parts) != 3 or parts[2].upper() != VERSION or not TOKEN.issuperset(parts[0]):
        raise MessageError("Bad Request Line")
    _check_single(fields)
    if not request.via.host:
        raise MessageError("Bad Via")
    request.cseq = _read("CSeq", parse_cseq, fields["cseq"][0])
    if request.cseq.method != request.method:
        raise MessageError("CSeq Method Mismatch")
    request.from_tag, request.to_tag = _tag(fields, "from"), _tag(fields, "to")
    hops = fields.get("max-forwards", ["70"])[0]
    if not (hops.isascii() and hops.isdigit() and len(hops) <= 9 and int(hops) <= 255):
        raise MessageError("Bad Max-Forwards")
    _check_uri(parts[1])


def _check_uri(text: str) -> None:
    scheme = text.partition(":")[0].lower()
    if scheme not in ("sip", "sips", "tel"):
        if text[:1] == "<" or not TOKEN.issuperset(scheme):
            raise MessageError("Bad Request-URI")
        raise MessageError("Unsupported URI Scheme", code=416)
    try:
        parse_uri(text)
    except ValueError:
        raise MessageError("Bad Request-URI") from None


def _check_single(fields: Fields) -> None:
    if NO_COLON in fields:
        raise MessageError("Header Without Colon")
    for name in SINGLE:
        if name in fields and len(fields[name]) > 1:
            raise MessageError(f"Multiple {name.title()}")


def _vias(fields: Fields) -> list[str]:
    try:
        vias = [entry for value in fields.get("via", ()) for entry in elements(value)]
    except ValueError:
        vias = []
    if not vias:
        raise MessageError("no Via")
    return vias


def _lenient_via(value: str) -> Via:
    """The top Via, or as much of it as sends an answer back where the request came from."""
    try:
        return parse_via(value)
    except ValueError:
        return Via("UDP", "", None, {"rport": ""})


def _required(fields: Fields, name: str) -> str:
    values = fields.get(name)
    if not values or not values[0]:
        raise MessageError(f"no {name.title()}")
    return values[0]


def _read(name: str, parser: Callable[[str], T], value: str) -> T:
    try:
        return parser(value)
    except ValueError:
        raise MessageError(f"Bad {name}") from None


def _tag(fields: Fields, name: str) -> str:
    return _read(name.title(), name_addr, _required(fields, name)).parameters.get("tag", "")


def _body(fields: Fields, rest: bytes | None) -> bytes:
    """What Content-Length says; over UDP more is dropped, less is an error (RFC 3261, 18.3)."""
    if rest is None:
        raise MessageError("Headers Without End")
    length = fields.get("content-length")
    if not length:
        return rest
    if not (length[0].isascii() and length[0].isdigit() and len(length[0]) <= 9):
        raise MessageError("Bad Content-Length")
    if int(length[0]) > len(rest):
        raise MessageError("Content-Length Beyond The Datagram")
    return rest[: int(length[0])]
