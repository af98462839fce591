"""Reading session descriptions (RFC 8866)."""

from __future__ import annotations

from engine.sip.sdp import Direction, Format, Media, SdpError, SessionDescription

MAX_SDP_BYTES = 8192
MAX_MEDIA = 16
MAX_FORMATS = 64

STATIC_FORMATS = {
    "0": ("PCMU", 8000),
    "3": ("GSM", 8000),
    "8": ("PCMA", 8000),
    "9": ("G722", 8000),
    "13": ("CN", 8000),
    "18": ("G729", 8000),
}
"Payload types that need no `a=rtpmap` (RFC 3551, table 4); clock in Hz."


def parse(body: bytes) -> SessionDescription:
    """Read a session description.

    Unknown lines are skipped, as RFC 8866 wants; raises `SdpError` for anything unreadable.
    """
    if len(body) > MAX_SDP_BYTES:
        raise SdpError(f"a session description of {len(body)} bytes; {MAX_SDP_BYTES} are read")
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError as error:
        raise SdpError("a session description must be UTF-8") from error
    session, *sections = _sections(text)
    if not session or session[0] != ("v", "0"):
        raise SdpError("a session description begins with v=0")
    if len(sections) > MAX_MEDIA:
        raise SdpError(f"{len(sections)} media lines; {MAX_MEDIA} are read")
    user, session_id, version = _origin(session)
    host = _connection(session) or ""
    direction = _direction(session) or Direction.SENDRECV
    media = tuple(_media(lines, host, direction) for lines in sections)
    return SessionDescription(host, media, session_id, version, user)


def _sections(text: str) -> list[list[tuple[str, str]]]:
    """Split into (type, value) lines: the session's, then each media line's."""
    sections: list[list[tuple[str, str]]] = [[]]
    for line in text.replace("\r\n", "\n").split("\n"):
        if not line:
            continue
        kind, equals, value = line.partition("=")
        if not equals or len(kind) != 1:
            continue
        if kind == "m":
            sections.append([])
        sections[-1].append((kind, value))
    return sections


def _number(text: str, *, below: int) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= 20 and int(text) < below):
        raise SdpError(f"{text[:20]!r} is not a number below {below}")
    return int(text)


def _origin(session: list[tuple[str, str]]) -> tuple[str, int, int]:
    for kind, value in session:
        if kind == "o":
            fields = value.split()
            if len(fields) != 6:
                raise SdpError("an origin line (o=) has six fields")
            user, session_id, version = fields[:3]
            return user, _number(session_id, below=1 << 64), _number(version, below=1 << 64)
    raise SdpError("the origin line (o=) is missing")


def _connection(lines: list[tuple[str, str]]) -> str | None:
    for kind, value in lines:
        if kind == "c":
            return _host(value.split())
    return None


def _host(fields: list[str]) -> str:
    """The address of `IN IP4 192.0.2.1/127` (RFC 8866, 5.7)."""
    if len(fields) != 3 or fields[0] != "IN" or fields[1] not in ("IP4", "IP6"):
        raise SdpError("a connection address reads IN IP4 <address>")
    return fields[2].split("/")[0]


def _attributes(lines: list[tuple[str, str]], name: str) -> list[str]:
    return [
        value[len(name) + 1 :]
        for kind, value in lines
        if kind == "a" and value[: len(name) + 1] == f"{name}:"
    ]


def _direction(lines: list[tuple[str, str]]) -> Direction | None:
    for kind, value in lines:
        if kind == "a" and value in Direction._value2member_map_:
            return Direction(value)
    return None


def _media(lines: list[tuple[str, str]], host: str, direction: Direction) -> Media:
    fields = lines[0][1].split()
    if len(fields) < 4 or len(fields) - 3 > MAX_FORMATS:
        raise SdpError(f"a media line has a kind, port, protocol and 1 to {MAX_FORMATS} formats")
    kind, port, protocol, *names = fields
    host = _connection(lines) or host
    return Media(
        kind=kind,
        port=_number(port.split("/")[0], below=65536),
        protocol=protocol,
        formats=_formats(names, lines),
        host=host,
        direction=_direction(lines) or direction,
        ptime_ms=_ptime(lines),
        rtcp=_rtcp(lines, host),
        ssrc=_ssrc(lines),
    )


def _by_format(lines: list[tuple[str, str]], name: str) -> dict[str, str]:
    """The values of `a=<name>:<format> <value>`, by format."""
    pairs = (value.strip().partition(" ") for value in _attributes(lines, name))
    return {entry: value.strip() for entry, _, value in pairs if value}


def _formats(names: list[str], lines: list[tuple[str, str]]) -> tuple[Format, ...]:
    maps = _by_format(lines, "rtpmap")
    parameters = _by_format(lines, "fmtp")
    formats = []
    for name in names:
        encoding, clock_hz = STATIC_FORMATS.get(name, ("", 0))
        if name in maps:
            encoding, _, rate = maps[name].partition("/")
            clock_hz = _clock(rate.split("/")[0])
        formats.append(Format(name, encoding, clock_hz, parameters.get(name, "")))
    return tuple(formats)


def _clock(text: str) -> int:
    """A clock rate in Hz; 0, which fits no codec, for what is none (RFC 4475 has such lines)."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 9 else 0


def _ptime(lines: list[tuple[str, str]]) -> int | None:
    values = _attributes(lines, "ptime")
    whole = values[0].strip().split(".")[0] if values else ""
    return _number(whole, below=10_000) if whole else None


def _rtcp(lines: list[tuple[str, str]], host: str) -> tuple[str, int] | None:
    """`a=rtcp:53020 IN IP4 126.16.64.4`; without an address it is the media's (RFC 3605)."""
    for value in _attributes(lines, "rtcp"):
        port, _, address = value.strip().partition(" ")
        return _host(address.split()) if address else host, _number(port, below=65536)
    return None


def _ssrc(lines: list[tuple[str, str]]) -> int | None:
    """`a=ssrc:314159 cname:user@example.com`; several mean nothing to us (RFC 5576, 4.1)."""
    values = {value.split(" ")[0] for value in _attributes(lines, "ssrc")}
    return _number(values.pop(), below=1 << 32) if len(values) == 1 else None
