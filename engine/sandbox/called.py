"""A call that a line gets: ring, then refuse, or answer and behave."""

from __future__ import annotations

import asyncio
from typing import Final

from sipmessage import Request

from engine.sandbox import behaviour, sdp
from engine.sandbox.called_leg import CalledLeg
from engine.sandbox.calls import Exchange, first_of, now, over_within, record_of, talk
from engine.sandbox.kinds import Kind
from engine.sandbox.lines import Line
from engine.sandbox.media import Stream
from engine.sandbox.performance import Performance
from engine.sandbox.records import CallRecord

#: A network lets a phone ring no longer than this (RFC 3261, timer C).
RINGS_AT_MOST_S: Final = 180.0
#: These are refused without a phone having rung.
_NOTHING_RINGS: Final = {Kind.BUSY, Kind.UNKNOWN, Kind.UNREACHABLE, Kind.EARLY_MEDIA}


async def take(exchange: Exchange, leg: CalledLeg, line: Line, stream: Stream) -> CallRecord:
    """Behave as *line* does when it is called; returns when the call is over."""
    record = record_of(exchange, leg.invite, line, direction="to_line")
    began_at = now()
    leg.progress(100)
    try:
        record.code = await _ring(exchange, leg, line.as_called, stream)
        record.rang_s = now() - began_at
        if record.code == 200:
            await talk(exchange, leg, stream, record)
    finally:
        stream.close()
        leg.finish()
    record.ended_by = leg.ended_by
    exchange.ledger.add(record)
    return record


async def _ring(exchange: Exchange, leg: CalledLeg, line: Line, stream: Stream) -> int:
    """Ring, then answer or refuse; returns the final status."""
    try:
        media = sdp.parse(leg.invite.body, only=line.codec) if leg.invite.body else None
    except ValueError:  # nothing in common with the line
        return leg.refuse(488)
    if line.kind is Kind.EARLY_MEDIA and media is not None:
        await _announce_early(exchange, leg, line, media=media, stream=stream)
    elif line.kind not in _NOTHING_RINGS:
        leg.progress(180)
    performance = asyncio.create_task(_prepared(line))
    await over_within(leg, RINGS_AT_MOST_S if line.kind is Kind.NO_ANSWER else line.ring_s)
    ready = await performance
    if leg.over.is_set():
        return 487
    if ready is None:
        return leg.refuse(line.code or 480)
    return _answer(exchange, leg, line, media=media, stream=stream, performance=ready)


async def _prepared(line: Line) -> Performance | None:
    """Return what the line will do, its greeting spoken in another thread; `None`: no answer."""
    if line.code or line.kind is Kind.NO_ANSWER:
        return None
    return await asyncio.to_thread(behaviour.answer, line)


def _answer(
    exchange: Exchange,
    leg: CalledLeg,
    line: Line,
    *,
    media: sdp.Media | None,
    stream: Stream,
    performance: Performance,
) -> int:
    """Answer: the recording's second 0."""
    stream.begin(performance, media, now())
    leg.on_acknowledged = lambda ack: _describe_late(stream, ack, line)
    return leg.accept(exchange.describe(stream, media, codec=line.codec))


def _describe_late(stream: Stream, ack: Request, line: Line) -> None:
    """Take the description that comes with the ACK when the INVITE had none (RFC 3261, 13.2.1)."""
    if stream.media is None and ack.body:
        try:
            stream.media = sdp.parse(ack.body, only=line.codec)
        except ValueError:
            return  # no audio will come, and the line hangs up


async def _announce_early(
    exchange: Exchange, leg: CalledLeg, line: Line, *, media: sdp.Media, stream: Stream
) -> None:
    """Let the network speak before the call is refused (RFC 3960, 3)."""
    performance = await asyncio.to_thread(behaviour.announce_early, line)
    finished = asyncio.Event()
    stream.on_finished = finished.set
    stream.begin(performance, media, now())
    leg.progress(183, exchange.describe(stream, media))
    exchange.metronome.streams.add(stream)
    try:
        await first_of(leg.over.wait(), finished.wait())
    finally:
        exchange.metronome.streams.discard(stream)
