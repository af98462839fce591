"""The calls that SIPp and a trunk carrier play, and what must come of each."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from engine.carriers.live import TrunkCall
from engine.carriers.trunk import TrunkCarrier
from engine.clearance import AnnouncementHashes, Clearance
from engine.interfaces import CallEvent, Happening, NotAnswered
from engine.outcome import Outcome
from tests.peers.sipp import scenarios as say
from tests.peers.sipp.sounds import write_audio, write_keys

CALLEE, CALLER_ID = "+33612345678", "+33970000000"
ANNOUNCEMENT = bytes([0xD5, 0x55]) * 80 * 25  # half a second of A-law
TALK_S = 1.0

Meeting = Callable[[TrunkCarrier], Awaitable[None]]
Pieces = Callable[[Path], str]


@dataclass(frozen=True, slots=True)
class Case:
    """One call: what SIPp plays (given a folder for its media), and how we meet it."""

    plays: Pieces | None
    "`None`: the trunk is dead."
    meets: Meeting
    calls_us: bool = False
    has_credentials: bool = False
    sends_keys: bool = False
    "Such scenarios need a raw socket: root."


def paper() -> Clearance:
    at = datetime(2026, 11, 23, 10, tzinfo=UTC)
    return Clearance(True, at, CALLEE, CALLER_ID, "trunk", AnnouncementHashes())


async def answered(carrier: TrunkCarrier) -> TrunkCall:
    placed = await carrier.place(paper(), ring_s=30.0)
    assert isinstance(placed, TrunkCall), placed
    return placed


async def events_until(call: TrunkCall, timeout_s: float) -> list[CallEvent]:
    """What happens on *call* until nothing does for *timeout_s*, or it is over."""
    events: list[CallEvent] = []
    while (event := await call.next_event(timeout_s)) is not None:
        events.append(event)
        if event.what is Happening.ENDED:
            break
    return events


def talks(*, hears: bool = True, for_s: float = TALK_S) -> Meeting:
    """Place, play the announcement to its end, hang up; audio must come back if it *hears*."""

    async def meet(carrier: TrunkCarrier) -> None:
        call = await answered(carrier)
        call.play(ANNOUNCEMENT)
        events = await events_until(call, for_s)
        assert [event.what for event in events] == [Happening.PLAYED]
        await call.hang_up()
        assert carrier.media_counts.sent >= 25
        assert not hears or carrier.media_counts.received >= 10

    return meet


def hears_keys(keys: str, *, within_s: float = 2.0) -> Meeting:
    async def meet(carrier: TrunkCarrier) -> None:
        call = await answered(carrier)
        await expect_keys(call, keys, within_s)
        await call.hang_up()

    return meet


async def expect_keys(call: TrunkCall, keys: str, within_s: float) -> None:
    events = await events_until(call, within_s)
    assert "".join(e.digit for e in events if e.what is Happening.KEY) == keys


def refused(code: int, outcome: Outcome) -> Meeting:
    async def meet(carrier: TrunkCarrier) -> None:
        placed = await carrier.place(paper(), ring_s=30.0)
        assert isinstance(placed, NotAnswered)
        assert (placed.sip_code, placed.outcome) == (code, outcome)

    return meet


def rings_out(ring_s: float = 1.0) -> Meeting:
    async def meet(carrier: TrunkCarrier) -> None:
        placed = await carrier.place(paper(), ring_s=ring_s)
        assert isinstance(placed, NotAnswered)
        assert placed.outcome is Outcome.NO_ANSWER, placed

    return meet


async def finds_the_trunk_dead(carrier: TrunkCarrier) -> None:
    placed = await carrier.place(paper(), ring_s=60.0)
    assert isinstance(placed, NotAnswered)
    assert placed.outcome is Outcome.UNREACHABLE


async def is_hung_up_on(carrier: TrunkCarrier) -> None:
    call = await answered(carrier)
    (event,) = await events_until(call, 5.0)
    assert event.what is Happening.ENDED
    await call.hang_up()


def is_called(keys: str = "") -> Meeting:
    async def meet(carrier: TrunkCarrier) -> None:
        call = await carrier.next_inbound()
        assert (call.caller, call.called) == (CALLEE, CALLER_ID)
        call.play(ANNOUNCEMENT)
        events = await events_until(call, 6.0)
        assert events[-1].what is Happening.ENDED
        assert "".join(e.digit for e in events if e.what is Happening.KEY) == keys

    return meet


def talking(folder: Path) -> str:
    return say.stream(write_audio(folder / "talk.ulaw"))


def answer(folder: Path) -> str:
    return say.answered_slowly() + talking(folder) + say.HUNG_UP


def fast(folder: Path) -> str:
    return say.INVITED + say.TRYING + say.answered() + say.HUNG_UP


def media_c(folder: Path) -> str:
    return say.answered_slowly(say.sdp(media_c=True)) + talking(folder) + say.HUNG_UP


def pcma_only(folder: Path) -> str:
    return say.answered_slowly(say.sdp("8 101")) + say.HUNG_UP


def no_keys(folder: Path) -> str:
    return say.answered_slowly(say.sdp("8")) + say.HUNG_UP


def strict_ack(folder: Path) -> str:
    return say.INVITED + say.TRYING + say.RINGING + say.answered(to_tag=True) + say.HUNG_UP


def no_100(folder: Path) -> str:
    return say.INVITED + say.pause(200) + say.answered() + talking(folder) + say.HUNG_UP


def slow_100(folder: Path) -> str:
    start = say.INVITED + say.pause(80) + say.TRYING + say.pause(3000) + say.RINGING
    return start + say.pause(1000) + say.answered() + say.HUNG_UP


def slow_180(folder: Path) -> str:
    start = say.INVITED + say.pause(3000) + say.RINGING + say.pause(1000)
    return start + say.answered() + say.HUNG_UP


def rtt_80(folder: Path) -> str:
    start = say.INVITED + say.pause(80) + say.TRYING + say.pause(100)
    return start + say.answered() + say.HUNG_UP


def early_183(folder: Path) -> str:
    start = say.INVITED + say.TRYING + say.respond(183, body=say.sdp()) + talking(folder)
    return start + say.pause(2000) + say.answered() + say.HUNG_UP


def cancelled(folder: Path) -> str:
    end = say.respond(487, cseq="CSeq: [$3]", repeats=True) + say.recv("ACK")
    return _rings_until_cancel() + say.respond(200) + end


def cancelled_without_487(folder: Path) -> str:
    """CANCEL is answered, the INVITE never (RFC 3261, 9.1: it is over after 64*T1)."""
    return _rings_until_cancel() + say.respond(200)


def glare(folder: Path) -> str:
    """The answer leaves before CANCEL is answered."""
    answer = say.respond(200, cseq="CSeq: [$3]", body=say.sdp())
    return _rings_until_cancel() + answer + say.recv("ACK") + say.HUNG_UP


def glare_after_200(folder: Path) -> str:
    """CANCEL is answered, and so is the INVITE."""
    answer = say.respond(200, cseq="CSeq: [$3]", body=say.sdp())
    return _rings_until_cancel() + say.respond(200) + answer + say.recv("ACK") + say.HUNG_UP


def _rings_until_cancel() -> str:
    kept = {"3": ("CSeq:", "[0-9]+ INVITE")}
    invited = say.recv("INVITE", keep=kept) + '<Reference variables="3"/>'
    return invited + say.TRYING + say.RINGING + say.recv("CANCEL")


def keys(pressed: str, *, loses_marker: bool = False) -> Pieces:
    def pieces(folder: Path) -> str:
        capture = write_keys(folder / "keys.pcap", pressed, loses_marker=loses_marker)
        start = say.answered_slowly(say.sdp(port="[auto_media_port]")) + say.pause(500)
        return start + say.play_keys(capture) + say.HUNG_UP

    return pieces


def hangs_up(folder: Path) -> str:
    start = say.answered_slowly() + talking(folder) + say.pause(1000)
    return start + say.ask("BYE", 1) + say.expect(200)


def asks(method: str, *, body: str = "") -> Pieces:
    def pieces(folder: Path) -> str:
        start = say.answered_slowly() + talking(folder) + say.pause(300)
        return start + say.ask(method, 2, body=body) + say.expect(200) + say.HUNG_UP

    return pieces


def presses_by_info(folder: Path) -> str:
    info = say.ask("INFO", 2, body="Signal=9\nDuration=160\n").replace(
        "application/sdp", "application/dtmf-relay"
    )
    return say.answered_slowly() + say.pause(300) + info + say.expect(200) + say.HUNG_UP


def reinvites(folder: Path) -> str:
    again = say.ask("INVITE", 2, body=say.sdp()) + say.expect(200)
    ack = say.ask("ACK", 2, repeats=False)
    start = say.answered_slowly() + talking(folder) + say.pause(500)
    return start + again + ack + say.HUNG_UP


REFUSALS = {
    403: Outcome.REJECTED,
    404: Outcome.INVALID_NUMBER,
    480: Outcome.UNREACHABLE,
    486: Outcome.BUSY,
    500: Outcome.FAILED,
    503: Outcome.UNREACHABLE,
    603: Outcome.REJECTED,
}

CASES = {
    "dead_trunk": Case(None, finds_the_trunk_dead),  # 32 s, as the next one: they start first
    "cancelled_without_487": Case(cancelled_without_487, rings_out()),
    "answer": Case(answer, talks()),
    "answer_fast": Case(fast, talks(hears=False)),
    "answer_media_c": Case(media_c, talks()),
    "answer_pcma_only": Case(pcma_only, talks(hears=False)),
    "answer_no_keys": Case(no_keys, talks(hears=False)),
    "answer_strict_ack": Case(strict_ack, talks(hears=False)),
    "no_100": Case(no_100, talks()),
    "slow_100": Case(slow_100, talks(hears=False)),
    "slow_180": Case(slow_180, talks(hears=False)),
    "rtt_80": Case(rtt_80, talks(hears=False)),
    "early_183": Case(early_183, talks()),
    "cancelled_487": Case(cancelled, rings_out()),
    "glare": Case(glare, rings_out()),
    "glare_after_200": Case(glare_after_200, rings_out()),
    "keys_9": Case(keys("9"), hears_keys("9"), sends_keys=True),
    "keys_19star_hash": Case(keys("19*#"), hears_keys("19*#"), sends_keys=True),
    "keys_flash_then_9": Case(keys("!9"), hears_keys("9"), sends_keys=True),
    "keys_9_marker_lost": Case(keys("9", loses_marker=True), hears_keys("9"), sends_keys=True),
    "keys_by_info": Case(presses_by_info, hears_keys("9")),
    "remote_bye": Case(hangs_up, is_hung_up_on),
    "mid_info": Case(asks("INFO"), talks()),
    "mid_options": Case(asks("OPTIONS"), talks()),
    "mid_update": Case(asks("UPDATE"), talks()),
    "mid_update_with_offer": Case(asks("UPDATE", body=say.sdp()), talks()),
    "reinvite": Case(reinvites, talks(for_s=1.5)),
    "calls_us": Case(lambda _: say.calling(offers=True), is_called(), calls_us=True),
    "calls_us_without_offer": Case(lambda _: say.calling(offers=False), is_called(), calls_us=True),
    "calls_us_and_presses_9": Case(
        lambda folder: say.calling(offers=True, keys=write_keys(folder / "keys.pcap", "9")),
        is_called("9"),
        calls_us=True,
        sends_keys=True,
    ),
}
for _code, _outcome in REFUSALS.items():
    for _tries in (True, False):
        CASES[f"refused_{_code}" + ("" if _tries else "_without_100")] = Case(
            lambda _, code=_code, tries=_tries: say.refused(code, tries=tries),  # type: ignore[misc]
            refused(_code, _outcome),
        )
for _code in (401, 407):
    for _tries in (True, False):
        CASES[f"challenged_{_code}" + ("" if _tries else "_without_100")] = Case(
            lambda _, code=_code, tries=_tries: say.challenged(code, tries=tries),  # type: ignore[misc]
            talks(hears=False),
            has_credentials=True,
        )
CASES["challenged_401_sha_256"] = Case(
    lambda _: say.challenged(401, tries=True, algorithm="SHA-256"),
    talks(hears=False),
    has_credentials=True,
)
