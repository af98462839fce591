"""The voice process, over carriers that play the far end and a real store."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import timedelta

from config.settings import Settings
from engine import operations
from engine.bootstrap import Engine
from engine.clearance import Clearance
from engine.interfaces import CallEvent, Carrier, Happening, LiveCall, NotAnswered, Route
from engine.outcome import Outcome
from ivr.routes import Routes
from ivr.spool import Spool, SpooledOptOut
from ivr.voice import Voice
from tests.engine.operating import (
    OPEN,
    SCRIPT,
    a_number,
    a_recording,
    drops,
    kinds,
    launch,
)

Script = tuple[Happening | str, ...]
#: Seconds after which a voice process hangs: a busy machine takes its time.
HANGS_S = 120
HEARS_ALL: Script = (Happening.PERSON, Happening.PLAYED, Happening.ENDED)


class PlayedCall:
    """A call whose far end follows a script; then it waits for us to hang up."""

    codec = "PCMU"

    def __init__(self, script: Script, *, caller: str | None, called: str) -> None:
        self.caller, self.called, self.elapsed_s = caller, called, 0.0
        self._script = deque(script)

    def play(self, payload: bytes) -> None:
        self._script.extend(() if self._script else (Happening.PLAYED,))

    def fall_silent(self) -> None:
        """Nothing is sent anyway."""

    async def next_event(self, timeout_s: float | None = None) -> CallEvent | None:
        await asyncio.sleep(0)
        self.elapsed_s += 0.5
        if not self._script:
            return None
        thing = self._script.popleft()
        if isinstance(thing, str):
            return CallEvent(Happening.KEY, self.elapsed_s, digit=thing)
        return CallEvent(thing, self.elapsed_s, cause="the far end hung up")

    async def hang_up(self) -> bool:
        self._script.clear()
        return True


@dataclass
class PlayedCarrier:
    """A carrier that records every paper and answers as it is told to."""

    script: Script = HEARS_ALL
    fault: BaseException | None = None
    reply: NotAnswered | None = None
    papers: list[Clearance] = field(default_factory=list)
    inbound: asyncio.Queue[LiveCall] = field(default_factory=asyncio.Queue)
    free_lines: int = 10

    async def place(self, paper: Clearance, *, ring_s: float) -> LiveCall | NotAnswered:
        self.papers.append(paper)
        if self.fault is not None:
            raise self.fault
        return self.reply or PlayedCall(self.script, caller=paper.caller_id, called=paper.number)

    async def next_inbound(self) -> LiveCall:
        return await self.inbound.get()

    async def close(self) -> None:
        """Nothing is open."""


class PlayedRoutes(Routes):
    """Routes that lead to one played carrier."""

    def __init__(self, settings: Settings, carrier: PlayedCarrier) -> None:
        super().__init__(settings)
        self._only = carrier

    async def _carrier(self, route: Route) -> Carrier:
        return self._only


async def voice_until(
    engine: Engine, carrier: PlayedCarrier, is_enough: Callable[[], bool]
) -> None:
    """Run a voice process until *is_enough*."""
    voice = Voice(engine, PlayedRoutes(engine.settings, carrier), worker="voice-1")
    running = asyncio.create_task(voice.run())
    async with asyncio.timeout(HANGS_S):
        while not is_enough() and not running.done():
            await asyncio.sleep(0.02)
        voice.stop()
        await running


def outcomes(engine: Engine, campaign_id: str) -> list[Outcome | None]:
    return [drop.outcome for drop in drops(engine, campaign_id)]


def run(awaitable: Awaitable[None]) -> None:
    async def awaited() -> None:
        await awaitable

    asyncio.run(awaited())


def all_over(engine: Engine, campaign_id: str) -> Callable[[], bool]:
    return lambda: None not in outcomes(engine, campaign_id)


def test_every_due_callee_is_called_once(engine: Engine) -> None:
    campaign_id = launch(engine, 5)
    carrier = PlayedCarrier()
    run(voice_until(engine, carrier, all_over(engine, campaign_id)))
    assert outcomes(engine, campaign_id) == [Outcome.HEARD] * 5
    assert sorted(p.number for p in carrier.papers) == [a_number(10_000_000 + i) for i in range(5)]
    assert all(paper.granted for paper in carrier.papers)


def test_the_journal_tells_the_call(engine: Engine) -> None:
    campaign_id = launch(engine, 1)
    run(voice_until(engine, PlayedCarrier(), all_over(engine, campaign_id)))
    told = kinds(engine)
    assert told == ["submitted", "cleared", "dialled", "answered", "heard", "concluded"]


def test_nine_is_an_opt_out_before_it_is_confirmed(engine: Engine) -> None:
    campaign_id = launch(engine, 1)
    carrier = PlayedCarrier(script=(Happening.PERSON, "9", Happening.ENDED))
    run(voice_until(engine, carrier, all_over(engine, campaign_id)))
    assert outcomes(engine, campaign_id) == [Outcome.OPTED_OUT]
    assert operations.is_opted_out(engine, "lumiere", a_number(10_000_000))


def test_a_fault_of_ours_is_never_redialled(engine: Engine) -> None:
    campaign_id = launch(engine, 1)
    carrier = PlayedCarrier(fault=ValueError("a bug"))
    run(voice_until(engine, carrier, all_over(engine, campaign_id)))
    assert outcomes(engine, campaign_id) == [Outcome.UNKNOWN]
    assert len(carrier.papers) == 1


def test_an_unanswered_call_says_why(engine: Engine) -> None:
    campaign_id = launch(engine, 1, attempts=1)
    carrier = PlayedCarrier(reply=NotAnswered(Outcome.BUSY, "486 Busy Here", 486))
    run(voice_until(engine, carrier, all_over(engine, campaign_id)))
    assert outcomes(engine, campaign_id) == [Outcome.BUSY]


def test_nobody_is_dialled_while_an_opt_out_waits_on_disk(engine: Engine) -> None:
    campaign_id = launch(engine, 1)
    spool = Spool(engine.settings.data_dir / "opt_outs.spool")
    spool.keep(SpooledOptOut("lumiere", a_number(10_000_000), "key", OPEN))
    carrier = PlayedCarrier()
    run(voice_until(engine, carrier, all_over(engine, campaign_id)))
    assert carrier.papers == []
    assert outcomes(engine, campaign_id) == [Outcome.REFUSED]
    assert spool.is_empty


def test_a_caller_who_presses_nine_is_left_alone(engine: Engine) -> None:
    number = a_number(10_000_000)
    campaign_id = launch(engine, 1, at=OPEN + timedelta(hours=9))
    carrier = PlayedCarrier()
    calling = PlayedCall(("9", Happening.ENDED), caller=number, called="+33162000001")
    carrier.inbound.put_nowait(calling)
    run(voice_until(engine, carrier, lambda: operations.is_opted_out(engine, "lumiere", number)))
    assert "called_back" in kinds(engine)
    assert outcomes(engine, campaign_id) == [Outcome.REFUSED]


def test_a_withheld_caller_keys_the_number(engine: Engine) -> None:
    carrier = PlayedCarrier()
    script = (*"0610000000#", "1", Happening.ENDED)
    carrier.inbound.put_nowait(PlayedCall(script, caller=None, called="+33162000001"))
    number = "+33610000000"
    run(voice_until(engine, carrier, lambda: operations.is_opted_out(engine, "lumiere", number)))


def test_who_calls_nobodys_number_is_let_go(engine: Engine) -> None:
    carrier = PlayedCarrier()
    calling = PlayedCall(("9",), caller="+33610000000", called="+33162999999")
    carrier.inbound.put_nowait(calling)
    run(voice_until(engine, carrier, carrier.inbound.empty))
    assert not operations.is_opted_out(engine, "lumiere", "+33610000000")


def test_a_short_opt_out_number_is_as_good_as_a_long_one(engine: Engine) -> None:
    with engine.store.write() as unit:
        unit.setup.add_announcement(
            "court",
            language="fr",
            script=SCRIPT.replace("0 800 123 456", "30 09"),
            variants={"person": a_recording("person"), "machine": a_recording("machine")},
            at=OPEN,
        )
    campaign_id = launch(engine, 1, announcement="court", opt_out_number="30 09")
    carrier = PlayedCarrier()
    run(voice_until(engine, carrier, all_over(engine, campaign_id)))
    assert outcomes(engine, campaign_id) == [Outcome.HEARD]
    assert operations.sender_of(engine, "3009") is not None
