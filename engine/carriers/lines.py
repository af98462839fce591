"""What a trunk carrier knows of each of its calls."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from engine.carriers.causes import NO_TRUNK, not_answered
from engine.carriers.live import TrunkCall
from engine.carriers.presented import is_e164
from engine.carriers.streams import FarEnd, Stream
from engine.clearance import Clearance
from engine.interfaces import NotAnswered
from engine.outcome import Outcome
from engine.rtp.receiving import PayloadTypes
from engine.sip import Agreed, Codec, Failed, SessionDescription, Side

Placed = TrunkCall | NotAnswered


@dataclass(slots=True)
class TrunkLine:
    """One call, from its INVITE to the end of its dialog."""

    stream: Stream
    local: SessionDescription
    called: str
    caller: str | None
    placed: asyncio.Future[Placed] | None = None
    "What `place` waits for; `None` for an inbound call."
    live: TrunkCall | None = None
    key_type: int | None = None
    "The payload type under which the far end takes keys."
    was_heard_of: bool = False
    "Whether the trunk answered anything at all."
    is_called_off: bool = False
    "Whether the carrier was closed before an answer."
    guard: asyncio.TimerHandle | None = None

    @property
    def is_outbound(self) -> bool:
        """Whether we placed it."""
        return self.placed is not None

    def conclude(self, result: Placed) -> None:
        """Tell `place` what came of it, once."""
        if self.placed is not None and not self.placed.done():
            self.placed.set_result(result)


def check_paper(paper: Clearance) -> None:
    """Raise ValueError unless *paper* allows the call, between two numbers in E.164."""
    if not paper.granted:
        raise ValueError("no call without a granted clearance")
    for number in (paper.number, paper.caller_id):
        if not is_e164(number):
            raise ValueError("a clearance's numbers are written in E.164, with their plus")


def failure(event: Failed, line: TrunkLine) -> NotAnswered:
    """Return what an unsuccessful INVITE means for the drop."""
    if line.is_called_off and event.code == 487:
        return NotAnswered(Outcome.CANCELLED, "called off before an answer", None)
    is_silence = event.origin is Side.LOCAL and event.code in (408, 487)
    if is_silence and (event.code == 487 or not line.was_heard_of):
        return rang_out(line)
    return not_answered(event.code, event.reason)


def rang_out(line: TrunkLine) -> NotAnswered:
    """Return what a call is that we gave up: unanswered, or never heard of."""
    if line.was_heard_of:
        return NotAnswered(Outcome.NO_ANSWER, "rang without an answer", None)
    return NotAnswered(NO_TRUNK.outcome, NO_TRUNK.en, None, is_routes_fault=True)


def far_end(agreed: Agreed | None, described: SessionDescription) -> FarEnd:
    """Return where audio goes by what was agreed; ValueError when nothing was."""
    if agreed is None:
        raise ValueError("offer and answer have no audio in common")
    types = {codec: payload_type for payload_type, codec in agreed.receives}
    return FarEnd(
        host=agreed.host,
        port=agreed.port,
        payload_type=agreed.payload_type,
        is_ulaw=agreed.codec is Codec.PCMU,
        receives=PayloadTypes(
            alaw=types.get(Codec.PCMA, Codec.PCMA.value),
            ulaw=types.get(Codec.PCMU, Codec.PCMU.value),
            key=-1 if agreed.event_received is None else agreed.event_received,
        ),
        ssrc=described.audio.ssrc if described.audio else None,
        wants_audio=agreed.we_send,
    )
