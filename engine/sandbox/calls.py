"""What every call of the sandbox shares: the exchange, the talk, and the record it leaves."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Coroutine
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
from sipmessage import Address, Request

from audio.g711 import RATE_HZ
from engine.sandbox import sdp
from engine.sandbox.legs import Leg
from engine.sandbox.lines import Line
from engine.sandbox.media import Metronome, Stream, epoch_offset_s
from engine.sandbox.performance import Performance
from engine.sandbox.recording import write_stereo
from engine.sandbox.records import CallRecord, Key, Ledger, Packets
from engine.sandbox.signalling import Wire


@dataclass(frozen=True, slots=True)
class Exchange:
    """Sockets, clock and books."""

    wire: Wire
    metronome: Metronome
    ledger: Ledger
    mailboxes: Path | None
    rtp_timeout_s: float
    numbering: itertools.count[int] = field(default_factory=lambda: itertools.count(1))

    def describe(self, stream: Stream, media: sdp.Media | None, *, codec: str = "") -> bytes:
        """Return what a line says about its audio; an answer names one codec, an offer all."""
        return sdp.describe(
            self.wire.host,
            stream.port,
            codec=media.codec if media else codec,
            event_type=media.event_type if media else sdp.EVENT_TYPE,
            number=stream.port,
        )


def record_of(exchange: Exchange, invite: Request, line: Line, *, direction: str) -> CallRecord:
    """Begin the record of one call."""
    asserted = invite.headers.get("P-Asserted-Identity")
    return CallRecord(
        call=next(exchange.numbering),
        direction=direction,
        line=line.kind,
        number=line.number,
        caller_id=invite.from_address.uri.user or "",
        asserted_id=(Address.parse(asserted).uri.user or "") if asserted else None,
        called=invite.uri.user or "",
        invited_at=datetime.now(UTC),
    )


async def talk(exchange: Exchange, leg: Leg, stream: Stream, record: CallRecord) -> None:
    """Hold the audio of an answered call to its end, then keep what it was."""
    began_at = now()
    stream.on_finished = lambda: leg.hang_up("line")
    stream.on_key_by_info = leg.press
    leg.on_key = lambda digit: stream.hearing.keys.append((digit, now() - began_at))
    performance = stream.performance
    exchange.metronome.streams.add(stream)
    try:
        while not leg.over.is_set():
            await over_within(leg, max(0.02, exchange.rtp_timeout_s - stream.silent_s(now())))
            if stream.silent_s(now()) >= exchange.rtp_timeout_s:
                leg.hang_up("no_rtp")
    finally:
        exchange.metronome.streams.discard(stream)
        leg.hang_up("sandbox")
    record.duration_s = now() - began_at
    stream.read(epoch_offset_s(now()))
    if performance is not None:
        _note_what_was_done(performance, record)
    _note_what_was_heard(stream, record)
    if exchange.mailboxes is not None:
        record.wav = f"{record.line.value}-{record.number[-4:]}-{record.call}.wav"
        await asyncio.to_thread(_write, exchange.mailboxes / record.wav, stream, record.duration_s)


def _note_what_was_done(performance: Performance, record: CallRecord) -> None:
    """Keep what the line really did: a call can end before its greeting or its beep."""
    done_s, greeting_end_s = performance.elapsed_s, performance.greeting_end_s
    if greeting_end_s is not None and greeting_end_s <= done_s:
        record.greeting_end_s = greeting_end_s
    record.beeps = [beep for beep in performance.beeps if beep.end_s <= done_s]
    record.keys_pressed = [Key(digit, at_s) for digit, at_s in performance.pressed]


def _note_what_was_heard(stream: Stream, record: CallRecord) -> None:
    hearing = stream.hearing
    record.codec = stream.media.codec if stream.media else None
    record.keys_heard = [Key(digit, at_s) for digit, at_s in hearing.keys]
    record.packets = Packets(hearing.packets, hearing.lost)


def _write(path: Path, stream: Stream, duration_s: float) -> None:
    """Write both channels, as long as the call was or as its last packet lasts."""
    length = round(max(duration_s, stream.hearing.recording.end_s) * RATE_HZ)
    left = np.zeros(length, np.int16)
    said = stream.speaking.pcm()[:length]
    left[: len(said)] = said
    codec = stream.media.codec if stream.media else "PCMA"
    write_stereo(path, left=left, right=stream.hearing.recording.pcm(codec, length=length))


async def over_within(leg: Leg, timeout_s: float) -> bool:
    """Wait for the end of the call, at most so long; whether it is over."""
    return await first_of(leg.over.wait(), asyncio.sleep(timeout_s)) or leg.over.is_set()


async def first_of(*waits: Coroutine[Any, Any, Any]) -> bool:
    """Wait until one of *waits* is done and drop the others; whether the first one was."""
    tasks = [asyncio.ensure_future(each) for each in waits]
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        return tasks[0] in done
    finally:
        for task in tasks:
            task.cancel()


def now() -> float:
    """Return the event loop's time, in seconds."""
    return asyncio.get_running_loop().time()
