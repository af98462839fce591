"""Offer and answer: what two sides' session descriptions let each send (RFC 3264)."""

from __future__ import annotations

from dataclasses import dataclass, replace

from engine.sip.sdp import UNSPECIFIED, Codec, Direction, Format, Media, SessionDescription

PTIME_MS = 20
PREFERRED = (Codec.PCMA, Codec.PCMU)

ANSWERED_DIRECTION = {
    Direction.SENDRECV: Direction.SENDRECV,
    Direction.SENDONLY: Direction.RECVONLY,
    Direction.RECVONLY: Direction.SENDONLY,
    Direction.INACTIVE: Direction.INACTIVE,
}
"What an answerer who wants both ways says to an offer (RFC 3264, 6.1)."


@dataclass(frozen=True, slots=True)
class Agreed:
    """What an offer and its answer let us do."""

    host: str
    port: int
    codec: Codec
    "What we send."
    payload_type: int
    "The payload type we send it under."
    event_payload_type: int | None
    "The payload type we send key presses under; `None` when the far side takes none."
    receives: tuple[tuple[int, Codec], ...]
    "The payload types the far side may use towards us."
    event_received: int | None
    "The payload type under which its key presses come."
    ptime_ms: int
    we_send: bool
    "False while the far side holds us: send nothing."
    we_receive: bool


def offer(
    host: str,
    port: int,
    *,
    codecs: tuple[Codec, ...] = PREFERRED,
    session_id: int = 1,
    version: int = 1,
    event_payload_type: int | None = 101,
    ssrc: int | None = None,
) -> SessionDescription:
    """Describe our audio at *host*:*port*, preferred codec first (RFC 3264, 5).

    *ssrc* names our stream, for far ends that share one port among calls (RFC 5576).
    """
    formats = [Format(str(codec.value), codec.name, 8000) for codec in codecs]
    if event_payload_type is not None:
        formats.append(Format(str(event_payload_type), "telephone-event", 8000, "0-15"))
    audio = Media("audio", port, "RTP/AVP", tuple(formats), host, ptime_ms=PTIME_MS, ssrc=ssrc)
    return SessionDescription(host, (audio,), session_id, version)


def answer(
    offered: SessionDescription,
    host: str,
    port: int,
    *,
    codecs: tuple[Codec, ...] = PREFERRED,
    session_id: int = 1,
    version: int = 1,
    ssrc: int | None = None,
) -> SessionDescription | None:
    """Answer *offered* with our audio at *host*:*port*; `None` when nothing is in common (488).

    One codec is chosen, by our preference; every other media line is refused with port 0
    (RFC 3264, 6).
    """
    chosen = offered.audio
    ours = _chosen_formats(chosen, codecs) if chosen else ()
    if chosen is None or not ours:
        return None
    audio = Media(
        "audio",
        port,
        chosen.protocol,
        ours,
        host,
        _answered_direction(chosen),
        PTIME_MS,
        ssrc=ssrc,
    )
    media = tuple(audio if line is chosen else _refused(line, host) for line in offered.media)
    return SessionDescription(host, media, session_id, version)


def agree(local: SessionDescription, remote: SessionDescription) -> Agreed | None:
    """What we may do once *local* and *remote* have been exchanged, either being the offer."""
    ours, theirs = local.audio, remote.audio
    if ours is None or theirs is None:
        return None
    known = {entry.codec for entry in ours.formats} - {None}
    spoken = next((entry for entry in theirs.formats if entry.codec in known), None)
    if spoken is None or spoken.codec is None:
        return None
    keys_out, keys_in = _event_type(theirs), _event_type(ours)
    return Agreed(
        host=theirs.host,
        port=theirs.port,
        codec=spoken.codec,
        payload_type=int(spoken.name),
        event_payload_type=keys_out,
        receives=tuple((int(f.name), f.codec) for f in ours.formats if f.codec is not None),
        event_received=keys_in,
        ptime_ms=theirs.ptime_ms or PTIME_MS,
        we_send=ours.direction.sends and not theirs.is_held,
        we_receive=ours.direction.receives and theirs.direction.sends,
    )


def revise(local: SessionDescription) -> SessionDescription:
    """*local* with the version that a changed description must carry (RFC 3264, 8)."""
    return replace(local, version=local.version + 1)


def _event_type(description: Media) -> int | None:
    for entry in description.formats:
        if entry.is_telephone_event and entry.name.isdigit():
            return int(entry.name)
    return None


def _refused(line: Media, host: str) -> Media:
    return Media(line.kind, 0, line.protocol, line.formats, host)


def _chosen_formats(offered: Media, codecs: tuple[Codec, ...]) -> tuple[Format, ...]:
    """Our best codec in *offered* and its telephone-event, under the offer's own numbers."""
    for codec in codecs:
        for entry in offered.formats:
            if entry.codec is codec:
                spoken = Format(entry.name, codec.name, 8000)
                keys = [f for f in offered.formats if f.is_telephone_event][:1]
                return (spoken, *(Format(f.name, "telephone-event", 8000, "0-15") for f in keys))
    return ()


def _answered_direction(offered: Media) -> Direction:
    if offered.host in UNSPECIFIED and offered.direction is Direction.SENDRECV:
        return Direction.RECVONLY
    return ANSWERED_DIRECTION[offered.direction]
