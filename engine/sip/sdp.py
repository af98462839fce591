"""Session descriptions, as far as telephone audio needs them (RFC 8866)."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from enum import Enum

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
