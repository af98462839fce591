"""A call that a line makes: its person rings the number that the phone has shown."""

from __future__ import annotations

import asyncio
from typing import Final

from sipmessage import URI, Address

from engine.sandbox import behaviour, sdp
from engine.sandbox.calling_leg import CallingLeg
from engine.sandbox.calls import Exchange, now, record_of, talk
from engine.sandbox.lines import Line
from engine.sandbox.media import Stream
from engine.sandbox.records import CallRecord
from engine.sandbox.signalling import Endpoint

_RINGS_AT_MOST_S: Final = 30.0
#: What a caller who hides the number is called (RFC 3323, 4.1.1.3).
_ANONYMOUS: Final = Address(URI("sip", "anonymous.invalid", user="anonymous"), "Anonymous")


def leg_to(exchange: Exchange, line: Line, shown: str, inbound: Endpoint) -> CallingLeg:
    """Return the leg by which *line* rings *shown* at *inbound*."""
    own = Address(URI("sip", exchange.wire.host, user=line.number))
    return CallingLeg(
        exchange.wire,
        to=Address(URI("sip", inbound[0], user=shown, port=inbound[1])),
        from_=_ANONYMOUS if line.number_withheld else own,
        far=inbound,
    )


async def make(exchange: Exchange, leg: CallingLeg, line: Line) -> CallRecord:
    """Ring, and do what the line's person does; returns when the call is over."""
    performance = await asyncio.to_thread(behaviour.ring_back, line)
    stream = Stream(exchange.wire.host)
    invite = leg.invite(
        exchange.describe(stream, None, codec=line.codec),
        asserted=None if line.number_withheld else leg.own_address,
    )
    record = record_of(exchange, invite, line, direction="from_line")
    began_at = now()
    try:
        record.code, media = await _answer_to(leg, line)
        record.rang_s = now() - began_at
        if media is not None:
            stream.begin(performance, media, now())
            await talk(exchange, leg, stream, record)
    finally:
        stream.close()
        leg.finish()
    record.ended_by = leg.ended_by
    exchange.ledger.add(record)
    return record


async def _answer_to(leg: CallingLeg, line: Line) -> tuple[int, sdp.Media | None]:
    """Return the final status, and the far end's audio when it answered with some."""
    try:
        response = await asyncio.wait_for(asyncio.shield(leg.final), _RINGS_AT_MOST_S)
    except TimeoutError:
        leg.give_up()
        return 408, None
    if response.code >= 300:
        leg.end("refused")
        return response.code, None
    try:
        return response.code, sdp.parse(response.body, only=line.codec)
    except ValueError:  # nothing in common with the line
        leg.hang_up("line")
        return 488, None
