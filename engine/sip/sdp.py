"""Session descriptions, as far as telephone audio needs them (RFC 8866)."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from enum import Enum

MAX_SDP_BYTES = 8192
MAX_MEDIA = 16
MAX_FORMATS = 64

UNSPECIFIED = frozenset({"0.0.0.0", "::"})  # noqa: S104  (hold as RFC 2543 wrote it)


class SdpError(ValueError):
    """A session description that cannot be read."""


class Codec(Enum):
    """The codecs we speak, by their static payload types (RFC 3551, table 4)."""

    PCMU = 0  #: G.711 mu-law
    PCMA = 8  #: G.711 A-law


class Direction(Enum):
    """Which way media flows, from the describer's point of view (RFC 8866, 6.7)."""

    SENDRECV = "sendrecv"
    SENDONLY = "sendonly"
    RECVONLY = "recvonly"
    INACTIVE = "inactive"

    @property
    def sends(self) -> bool:
        """Whether the describer sends."""
        return self in (Direction.SENDRECV, Direction.SENDONLY)

    @property
    def receives(self) -> bool:
        """Whether the describer receives."""
        return self in (Direction.SENDRECV, Direction.RECVONLY)


STATIC_FORMATS = {
    "0": ("PCMU", 8000),
    "3": ("GSM", 8000),
    "8": ("PCMA", 8000),
    "9": ("G722", 8000),
    "13": ("CN", 8000),
    "18": ("G729", 8000),
}
"Payload types that need no `a=rtpmap` (RFC 3551, table 4); clock in Hz."


@dataclass(frozen=True, slots=True)
class Format:
    """One entry of a media line's format list, with its `a=rtpmap` and `a=fmtp`."""

    name: str
    "As on the media line: a payload type for RTP."
    encoding: str = ""
    clock_hz: int = 0
    parameters: str = ""

    @property
    def codec(self) -> Codec | None:
        """The codec of ours that this is, if it is one."""
        if self.clock_hz != 8000 or not self.name.isdigit():
            return None
        return Codec.__members__.get(self.encoding.upper())

    @property
    def is_telephone_event(self) -> bool:
        """Whether key presses travel under this payload type (RFC 4733)."""
        return self.encoding.lower() == "telephone-event" and self.clock_hz == 8000


@dataclass(frozen=True, slots=True)
class Media:
    """One media line with everything that applies to it, session level included."""

    kind: str
    port: int
    protocol: str
    formats: tuple[Format, ...]
    host: str = ""
    direction: Direction = Direction.SENDRECV
    ptime_ms: int | None = None
    rtcp: tuple[str, int] | None = None
    "Where RTCP is wanted when `a=rtcp` says so (RFC 3605)."
    ssrc: int | None = None
    "The source of the describer's packets when `a=ssrc` says so (RFC 5576)."

    @property
    def is_usable(self) -> bool:
        """Whether we can exchange this audio: RTP/AVP to an address, in a codec of ours."""
        return (
            self.kind == "audio"
            and self.port != 0
            and self.protocol.upper() == "RTP/AVP"
            and _is_address(self.host)
            and any(entry.codec for entry in self.formats)
        )

    @property
    def is_held(self) -> bool:
        """Whether the describer will not listen for now (RFC 3264, 8.4)."""
        return self.host in UNSPECIFIED or not self.direction.receives


@dataclass(frozen=True, slots=True)
class SessionDescription:
    """A session description; `bytes()` of it goes on the wire."""

    host: str
    media: tuple[Media, ...]
    session_id: int = 1
    version: int = 1
    origin_user: str = "-"

    @property
    def audio(self) -> Media | None:
        """The first audio stream that we can use."""
        return next((media for media in self.media if media.is_usable), None)

    def __bytes__(self) -> bytes:
        origin_host = self.host or "0.0.0.0"  # noqa: S104  (an origin needs some address)
        lines = [
            "v=0",
            f"o={self.origin_user} {self.session_id} {self.version} {_net(origin_host)}",
            "s=-",
            *([f"c={_net(self.host)}"] if self.host else []),
            "t=0 0",
        ]
        for media in self.media:
            lines += _media_lines(media, self.host)
        return "".join(line + "\r\n" for line in lines).encode()


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


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def _net(host: str) -> str:
    return f"IN IP{6 if ':' in host else 4} {host}"


def _media_lines(media: Media, session_host: str) -> list[str]:
    names = " ".join(entry.name for entry in media.formats) or "0"
    lines = [f"m={media.kind} {media.port} {media.protocol} {names}"]
    if media.host != session_host:
        lines.append(f"c={_net(media.host)}")
    if media.port == 0:
        return lines
    for entry in media.formats:
        if entry.encoding:
            lines.append(f"a=rtpmap:{entry.name} {entry.encoding}/{entry.clock_hz}")
        if entry.parameters:
            lines.append(f"a=fmtp:{entry.name} {entry.parameters}")
    if media.ptime_ms is not None:
        lines.append(f"a=ptime:{media.ptime_ms}")
    if media.rtcp is not None:
        lines.append(f"a=rtcp:{media.rtcp[1]} {_net(media.rtcp[0])}")
    if media.ssrc is not None:
        lines.append(f"a=ssrc:{media.ssrc} cname:{media.ssrc:08x}")
    lines.append(f"a={media.direction.value}")
    return lines


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
    return Media(
        kind=kind,
        port=_number(port.split("/")[0], below=65536),
        protocol=protocol,
        formats=_formats(names, lines),
        host=_connection(lines) or host,
        direction=_direction(lines) or direction,
        ptime_ms=_ptime(lines),
        rtcp=_rtcp(lines),
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


def _rtcp(lines: list[tuple[str, str]]) -> tuple[str, int] | None:
    """`a=rtcp:53020 IN IP4 126.16.64.4`; without an address it is the media's (RFC 3605)."""
    for value in _attributes(lines, "rtcp"):
        port, *address = value.split()
        host = _host(address) if address else (_connection(lines) or "")
        return host, _number(port, below=65536)
    return None


def _ssrc(lines: list[tuple[str, str]]) -> int | None:
    """`a=ssrc:314159 cname:user@example.com`; several mean nothing to us (RFC 5576, 4.1)."""
    values = {value.split(" ")[0] for value in _attributes(lines, "ssrc")}
    return _number(values.pop(), below=1 << 32) if len(values) == 1 else None
