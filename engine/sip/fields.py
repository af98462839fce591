"""The header fields that every message is read for: Via, CSeq, and addresses with a tag."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

MAX_CSEQ = 1 << 31
DISPLAY_TOKEN = frozenset(
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-.!%*_+`'~ \t"
)

Parameters = dict[str, str]
"Parameters by lower-case name; a parameter without a value has an empty one."


class CSeq(NamedTuple):
    """A CSeq (RFC 3261, 20.16)."""

    number: int
    method: str


@dataclass(frozen=True, slots=True)
class Via:
    """A Via entry (RFC 3261, 20.42)."""

    transport: str
    host: str
    port: int | None
    parameters: Parameters

    @property
    def branch(self) -> str:
        """The transaction's name, or an empty string from an RFC 2543 element."""
        return self.parameters.get("branch", "")

    @property
    def sent_by(self) -> str:
        """Host and port, as matching compares them (RFC 3261, 17.2.3)."""
        return f"{self.host.lower()}:{self.port or 5060}"


@dataclass(frozen=True, slots=True)
class NameAddr:
    """An address with what stands around it (RFC 3261, 20.10)."""

    uri: str
    display: str
    parameters: Parameters


def elements(value: str) -> list[str]:
    """Split a header value at its commas, those in quotes or angle brackets apart."""
    if "," not in value:
        return [value] if value else []
    return [part.strip() for part in split_outside(value, ",", brackets=True)]


def split_outside(text: str, separator: str, *, brackets: bool = False) -> list[str]:
    """Split *text* at *separator* where it stands outside quotes (and `<>`)."""
    if '"' not in text and not (brackets and "<" in text):
        return text.split(separator)
    parts, start, quoted, depth, escaped = [], 0, False, 0, False
    for position, character in enumerate(text):
        if escaped:
            escaped = False
        elif quoted and character == "\\":
            escaped = True
        elif character == '"':
            quoted = not quoted
        elif quoted:
            continue
        elif brackets and character in "<>":
            depth = 1 if character == "<" else 0
        elif character == separator and not depth:
            parts.append(text[start:position])
            start = position + 1
    if quoted:
        raise ValueError("a quoted string does not end")
    parts.append(text[start:])
    return parts


def parse_parameters(parts: list[str]) -> Parameters:
    """Read the parts between semicolons; raises ValueError for an empty one."""
    parameters: Parameters = {}
    for part in parts:
        name, _, value = part.partition("=")
        name = name.strip().lower()
        if not name:
            raise ValueError("a parameter has no name")
        parameters[name] = value.strip()
    return parameters


def parse_via(value: str) -> Via:
    """Read one Via entry; raises ValueError."""
    sent, *parts = split_outside(value, ";")
    protocol, _, rest = sent.partition("/")
    version, slash, rest = rest.partition("/")
    transport_and_host = rest.split(None, 1)
    if not slash or protocol.strip().upper() != "SIP" or len(transport_and_host) != 2:
        raise ValueError("not a Via")
    if version.strip() != "2.0":
        raise ValueError("not a Via of SIP/2.0")
    host, port = split_host_port(transport_and_host[1].strip())
    return Via(transport_and_host[0].upper(), host, port, parse_parameters(parts))


def split_host_port(text: str) -> tuple[str, int | None]:
    """Split `host`, `host:port`, `[v6]:port`; raises ValueError."""
    host, colon, port = text.rpartition(":")
    if not colon or text.endswith("]"):
        host, port = text, ""
    host, port = host.strip(), port.strip()
    if not host or any(character in host for character in " ,/@<>"):
        raise ValueError("not a host")
    if not port:
        return host, None
    if not (port.isascii() and port.isdigit() and len(port) <= 5 and int(port) < 65536):
        raise ValueError("not a port")
    return host, int(port)


def parse_cseq(value: str) -> CSeq:
    """Read a CSeq, below 2**31 (RFC 3261, 8.1.1.5); raises ValueError."""
    number, method = value.split()
    if not (number.isascii() and number.isdigit() and len(number) <= 20):
        raise ValueError("not a CSeq")
    if int(number) >= MAX_CSEQ:
        raise ValueError("a CSeq beyond 2**31")
    return CSeq(int(number), method)


def name_addr(value: str) -> NameAddr:
    """Read an address in angle brackets, or bare; raises ValueError.

    Bare, every parameter is the header's (RFC 3261, 20.10).
    """
    if value.startswith('"'):
        display, rest = _quoted(value)
        bracket, _, rest = rest.partition("<")
        if bracket.strip() or not _:
            raise ValueError("a display name is followed by <")
    elif "<" in value:
        display, _, rest = value.partition("<")
        if not DISPLAY_TOKEN.issuperset(display):
            raise ValueError("a display name needs quotes")
    else:
        uri, *parts = value.split(";")
        return NameAddr(_checked(uri.strip()), "", parse_parameters(parts))
    uri, closing, tail = rest.partition(">")
    if not closing:
        raise ValueError("< without >")
    before, *parts = split_outside(tail, ";")
    if before.strip():
        raise ValueError("something stands between > and ;")
    return NameAddr(_checked(uri), display.strip(), parse_parameters(parts))


def _quoted(value: str) -> tuple[str, str]:
    """The quoted string that *value* begins with, without its quotes, and the rest."""
    position = 1
    text: list[str] = []
    while position < len(value):
        character = value[position]
        if character == '"':
            return "".join(text), value[position + 1 :]
        if character == "\\":
            position += 1
            character = value[position : position + 1]
        text.append(character)
        position += 1
    raise ValueError("a quoted string does not end")


def _checked(uri: str) -> str:
    scheme, colon, rest = uri.partition(":")
    if not colon or not scheme or not rest or " " in uri or "\t" in uri or '"' in uri:
        raise ValueError("not a URI")
    return uri
