"""Calls that another network conducts, from the dial to their outcome, over a small network."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

import pytest

from config.settings import Settings
from engine import operations
from engine.bootstrap import Engine
from engine.call import DropState
from engine.clearance import Clearance
from engine.dialling import Pace
from engine.interfaces import Call, NotAnswered, Placed, Route, SoughtCall, Unsure
from engine.operations.remote import DENIED
from engine.outcome import Outcome
from engine.reports import CallStatus, Report, Verdict
from engine.store import SqlStore
from ivr.conduct import Conductor
from ivr.flows import TRANSFER_LASTS_S, TRANSFER_RINGS_S
from ivr.lines import OpenRoute
from ivr.opening import AnyCarrier
from ivr.remote import LISTEN_S, SETTLE_S, RemoteCalls, pause_s
from ivr.routes import Routes
from ivr.scenarios import LISTENS_S
from ivr.speakers import Speaker, Speakers
from ivr.spool import Spool
from ivr.threads import StoreThreads
from ivr.voice import Voice
from tests.engine.operating import (
    CLOSED,
    OPEN,
    a_house,
    a_number,
    a_recording,
    claim,
    drops,
    launch,
)
from tests.engine.scenario.writing import SOURCE
from tests.engine.told import (
    ROUTE,
    SID,
    at,
    hangs_up,
    listener,
    mailbox,
    nobody,
    status,
    verdict,
)

NUMBER = a_number(10_000_000)
PUBLIC = "https://voice.example.org"
#: When all that is told has settled.
LATER = at(600)


@dataclass
class SmallNetwork:
    """A `RemoteCarrier` that answers as it is told to, and remembers what was asked of it."""

    reply: Placed | NotAnswered | Unsure = field(default_factory=lambda: Placed(SID))
    report: Report | None = None
    found: str | None = None
    is_silent: bool = False
    "Whether it does not say what it makes of an order."
    free_lines: int = 10
    placed: list[int] = field(default_factory=list)
    talks_s: list[float] = field(default_factory=list)
    remembered: list[str] = field(default_factory=list)
    called_off: list[str] = field(default_factory=list)
    redirected: list[tuple[str, str]] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)

    async def place(
        self, paper: Clearance, *, call_id: int, ring_s: float, talk_s: float = 0.0, about: str = ""
    ) -> Placed | NotAnswered | Unsure:
        self.placed.append(call_id)
        self.remembered.append(about)
        self.talks_s.append(talk_s)
        return self.reply

    async def call_off(self, reference: str) -> bool:
        self.called_off.append(reference)
        if self.is_silent:
            raise ConnectionError("nothing was answered")
        return True

    async def redirect(self, reference: str, address: str) -> bool:
        self.redirected.append((reference, address))
        if self.is_silent:
            raise ConnectionError("nothing was answered")
        return False

    async def fetch(self, reference: str) -> Report | None:
        self.asked.append(reference)
        return self.report

    async def find(self, sought: SoughtCall) -> str | None:
        self.asked.append(f"?{sought.call_id}")
        return self.found

    async def close(self) -> None:
        """Nothing is held."""


class NetworkRoutes(Routes):
    """Routes of which one leads to a small network."""

    def __init__(self, settings: Settings, network: SmallNetwork) -> None:
        super().__init__(settings)
        route = Route(ROUTE, "twilio", {"limit_s": 60})
        self._open[ROUTE] = OpenRoute(route, network, Pace(100.0, 10))

    async def _carrier(self, route: Route) -> AnyCarrier:
        return SmallNetwork()


@dataclass
class Clock:
    now: datetime = OPEN

    def __call__(self) -> datetime:
        return self.now


@dataclass
class Desk:
    """A voice process's conductor and its duties over one small network."""

    engine: Engine
    clock: Clock
    network: SmallNetwork
    threads: StoreThreads
    conductor: Conductor
    remote: RemoteCalls
    route: OpenRoute

    def dial(self, **changes: object) -> operations.Dial:
        launch(self.engine, routes=(ROUTE,), **changes)  # type: ignore[arg-type]  # named
        (claimed,) = claim(self.engine)
        dialled = self.conductor.dial(claimed, ROUTE)
        assert isinstance(dialled, operations.Dial)
        self.route.take(0.0)
        return dialled

    def call(self, call_id: int) -> Call:
        with self.engine.store.read() as unit:
            call = unit.calls.get(call_id)
        assert call is not None
        return call

    async def told(self, reports: list[Report], when: datetime) -> None:
        """Receive reports, and let the duties do one round at *when*."""
        operations.receive(self.engine, reports)
        self.clock.now = when
        await self.remote.apply()
        await self.remote.settle()
        await self.remote.free_lines()
        await self.remote.steered()


@pytest.fixture
def desk(store: SqlStore, tmp_path: Path) -> Iterator[Desk]:
    house, clock, network = a_house(store), Clock(), SmallNetwork()
    with store.write() as unit:
        unit.setup.add_route(Route(ROUTE, "twilio", {"limit_s": 60}))
    settings = Settings(data_dir=tmp_path, public_url=PUBLIC)
    engine = Engine(settings, store, house.law, house.keys, clock)
    with _threads() as threads:
        conductor = Conductor(engine, Spool(tmp_path / "opt_outs.spool"), threads)
        routes = NetworkRoutes(settings, network)
        remote = RemoteCalls(engine, routes, conductor.under_way, threads=threads, worker="voice-1")
        operations.beat(engine, "voice-1", beat_at=OPEN)
        route = routes.get(ROUTE)
        assert route is not None
        yield Desk(engine, clock, network, threads, conductor, remote, route)


@contextmanager
def _threads() -> Iterator[StoreThreads]:
    threads = StoreThreads(2)
    yield threads
    threads.close()


def run(scene: Callable[[], Awaitable[None]]) -> None:
    async def act() -> None:
        async with asyncio.timeout(30):
            await scene()

    asyncio.run(act())


async def until(desk: Desk, is_so: Callable[[], bool]) -> None:
    """Let the event loop go on until *is_so*."""
    while not is_so():
        await asyncio.sleep(0.01)


def test_a_call_that_is_handed_over_holds_its_line_until_it_is_told_over(desk: Desk) -> None:
    dial = desk.dial()

    async def scene() -> None:
        conducting = asyncio.create_task(desk.conductor.conduct(dial, desk.route))
        await until(desk, lambda: bool(desk.conductor.under_way.ids))
        assert (desk.network.placed, desk.route.calls) == ([dial.call_id], 1)
        assert desk.call(dial.call_id).reference == SID
        await desk.told(listener(dial.call_id)[:-1], at(37))
        assert desk.route.calls == 1
        await desk.told(listener(dial.call_id), at(38))
        await conducting
        assert desk.route.calls == 0
        await desk.told([], at(43))

    run(scene)
    assert desk.call(dial.call_id).outcome is Outcome.HEARD


def test_the_first_address_remembers_who_speaks_and_what(desk: Desk) -> None:
    dial = desk.dial()
    desk.network.reply = NotAnswered(Outcome.FAILED, "refused")
    run(lambda: desk.conductor.conduct(dial, desk.route))
    known = Speakers(desk.engine).of_call(dial.call_id)
    assert known is not None
    assert Speaker.read(desk.network.remembered[0]) == known[0]


def test_a_call_that_another_process_was_told_over_gives_its_line_back(desk: Desk) -> None:
    dial = desk.dial()

    async def scene() -> None:
        conducting = asyncio.create_task(desk.conductor.conduct(dial, desk.route))
        await until(desk, lambda: bool(desk.conductor.under_way.ids))
        operations.receive(desk.engine, nobody(dial.call_id))
        operations.apply_reports(desk.engine, at=at(40))
        await desk.remote.free_lines()
        await conducting

    run(scene)
    assert desk.route.calls == 0


def test_who_can_be_connected_is_given_the_time_to_talk(desk: Desk) -> None:
    desk.network.reply = NotAnswered(Outcome.BUSY, "busy")
    prompts = {name: a_recording(name) for name in ("horaires", "adresse")}
    with desk.engine.store.write() as unit:
        unit.scenarios.add("boutique", definition=SOURCE, prompts=prompts, at=OPEN)
    for scenario in (None, "boutique"):
        dial = desk.dial(first=20_000_000 + len(desk.network.placed), scenario=scenario)
        run(partial(desk.conductor.conduct, dial, desk.route))
    assert desk.network.talks_s == [0, LISTENS_S + TRANSFER_RINGS_S + TRANSFER_LASTS_S]


def test_a_process_that_ends_leaves_its_calls_to_the_others(desk: Desk) -> None:
    dial = desk.dial()

    async def scene() -> None:
        conducting = asyncio.create_task(desk.conductor.conduct(dial, desk.route))
        await until(desk, lambda: bool(desk.conductor.under_way.ids))
        desk.conductor.under_way.close()
        await conducting

    run(scene)
    operations.leave(desk.engine, "voice-1", at=OPEN)
    assert desk.call(dial.call_id).outcome is None
    assert [call.id for call in operations.open_remote(desk.engine, "voice-2")] == [dial.call_id]


def test_what_a_carrier_refuses_is_due_again(desk: Desk) -> None:
    desk.network.reply = NotAnswered(
        Outcome.FAILED, "Twilio 20429: too many at once", error_code=20429, is_routes_fault=True
    )
    dial = desk.dial()
    run(lambda: desk.conductor.conduct(dial, desk.route))
    call = desk.call(dial.call_id)
    assert call.outcome is Outcome.FAILED
    assert call.evidence == {"sip_code": None, "error_code": 20429}  # the guards count by it
    assert drops(desk.engine, dial.campaign_id)[0].state is DropState.PENDING


def test_what_may_have_left_is_unknown_at_once_and_never_placed_again(desk: Desk) -> None:
    desk.network.reply = Unsure("no answer in time")
    dial = desk.dial()
    run(lambda: desk.conductor.conduct(dial, desk.route))
    call = desk.call(dial.call_id)
    assert (call.outcome, call.cause) == (Outcome.UNKNOWN, "no answer in time")
    assert drops(desk.engine, dial.campaign_id)[0].state is DropState.DONE
    assert desk.network.placed == [dial.call_id]


def test_a_carrier_that_fails_on_our_side_leaves_the_call_unknown(desk: Desk) -> None:
    class Broken(SmallNetwork):
        async def place(
            self,
            paper: Clearance,
            *,
            call_id: int,
            ring_s: float,
            talk_s: float = 0.0,
            about: str = "",
        ) -> Placed | NotAnswered | Unsure:
            raise RuntimeError("a fault")

    desk.route.carrier = Broken()
    dial = desk.dial()
    run(lambda: desk.conductor.conduct(dial, desk.route))
    assert desk.call(dial.call_id).outcome is Outcome.UNKNOWN


@pytest.mark.parametrize(
    ("heard", "state"),
    [(Verdict.BEEP, "to_machine"), (Verdict.GREETING_OVER, "to_mute_machine")],
)
def test_a_machine_that_records_is_spoken_to_once(desk: Desk, heard: Verdict, state: str) -> None:
    dial = desk.dial()
    operations.bind(desk.engine, dial.call_id, SID)
    told = [*hangs_up(dial.call_id)[:-1], verdict(heard, 15, call_id=dial.call_id)]

    async def scene() -> None:
        await desk.told(told, at(15))
        await desk.told(told, at(16))

    run(scene)
    ((reference, address),) = desk.network.redirected
    assert reference == SID
    assert address.startswith(f"{PUBLIC}/carriers/twilio/{ROUTE}/answer/")
    assert f"state={state}&turn=1000" in address


def test_a_redirection_that_may_have_failed_is_not_repeated(desk: Desk) -> None:
    desk.network.is_silent = True
    dial = desk.dial()
    operations.bind(desk.engine, dial.call_id, SID)
    told = [*hangs_up(dial.call_id)[:-1], verdict(Verdict.BEEP, 15, call_id=dial.call_id)]

    async def scene() -> None:
        await desk.told(told, at(15))
        await desk.told([], at(16))

    run(scene)
    assert len(desk.network.redirected) == 1


def test_a_person_is_not_redirected(desk: Desk) -> None:
    dial = desk.dial()
    operations.bind(desk.engine, dial.call_id, SID)
    run(lambda: desk.told(listener(dial.call_id)[:-1], at(30)))
    assert desk.network.redirected == []


def a_ringing_call(desk: Desk) -> operations.Dial:
    dial = desk.dial()
    operations.bind(desk.engine, dial.call_id, SID)
    operations.receive(desk.engine, nobody(dial.call_id)[:-1])
    operations.apply_reports(desk.engine, at=at(2))
    return dial


ORDERS: dict[str, Callable[[Engine, str], object]] = {
    "opt_out": lambda e, _: operations.opt_out(e, "lumiere", NUMBER, channel="sms", at=OPEN),
    "pause": lambda e, campaign: operations.pause(e, campaign, at=OPEN),
    "cancel": lambda e, campaign: operations.cancel(e, campaign, at=OPEN),
    "stop": lambda e, _: operations.stop(e, at=OPEN),
}


@pytest.mark.parametrize("order", ORDERS)
def test_a_call_that_rings_is_called_off_by_an_order(desk: Desk, order: str) -> None:
    dial = a_ringing_call(desk)

    async def scene() -> None:
        await desk.remote.call_off()
        ORDERS[order](desk.engine, dial.campaign_id)
        await desk.remote.call_off()
        await desk.remote.call_off()
        await desk.remote.steered()

    run(scene)
    assert desk.network.called_off == [SID]


def test_a_call_that_somebody_answered_goes_on(desk: Desk) -> None:
    dial = a_ringing_call(desk)
    ORDERS["pause"](desk.engine, dial.campaign_id)

    async def scene() -> None:
        await desk.told([status(CallStatus.ANSWERED, 10, 2, call_id=dial.call_id)], at(10))
        await desk.remote.call_off()
        await desk.remote.steered()

    run(scene)
    assert desk.network.called_off == []


def test_a_call_still_ringing_when_hours_end_is_called_off(desk: Desk) -> None:
    dial = a_ringing_call(desk)

    async def scene() -> None:
        await desk.remote.close_window()
        await desk.remote.call_off()
        await desk.remote.steered()
        assert desk.network.called_off == []
        desk.clock.now = CLOSED
        await desk.remote.close_window()
        await desk.remote.call_off()
        await desk.remote.steered()

    run(scene)
    assert desk.network.called_off == [SID]
    ended = status(CallStatus.CANCELLED, 3, 2, call_id=dial.call_id)
    run(lambda: desk.told([ended], CLOSED))
    assert desk.call(dial.call_id).outcome is Outcome.CANCELLED


def test_a_call_that_was_answered_in_time_outlasts_the_hours(desk: Desk) -> None:
    dial = a_ringing_call(desk)

    async def scene() -> None:
        await desk.told([status(CallStatus.ANSWERED, 10, 2, call_id=dial.call_id)], CLOSED)
        await desk.remote.close_window()
        await desk.remote.call_off()
        await desk.remote.steered()

    run(scene)
    assert desk.network.called_off == []


def test_a_dead_processs_calls_are_called_off_by_the_living(desk: Desk) -> None:
    launch(desk.engine, routes=(ROUTE,))
    (claimed,) = claim(desk.engine, worker="voice-2")
    dialled = operations.dial(desk.engine, claimed, at=OPEN, route=ROUTE)
    assert isinstance(dialled, operations.Dial)
    operations.bind(desk.engine, dialled.call_id, SID)
    operations.stop(desk.engine, at=OPEN)

    async def look() -> None:
        await desk.remote.call_off()
        await desk.remote.steered()

    run(look)
    assert desk.network.called_off == []
    operations.leave(desk.engine, "voice-2", at=OPEN)
    run(look)
    assert desk.network.called_off == [SID]


def test_a_lost_end_is_asked_for_and_said(desk: Desk) -> None:
    dial = a_ringing_call(desk)
    desk.network.report = replace(
        status(CallStatus.COMPLETED, 181, duration_s=9),
        call_id=None,
        detail={"status": "completed", "reference": SID, "duration_s": 9},
    )

    async def scene() -> None:
        desk.clock.now = at(100)
        await desk.remote.look()
        assert desk.network.asked == []
        desk.clock.now = at(181)
        await desk.remote.look()
        await desk.told([], at(190))

    run(scene)
    assert (desk.network.asked, desk.remote.lost_reports) == ([SID], 1)
    call = desk.call(dial.call_id)
    assert (call.outcome, call.duration_s) == (Outcome.FAILED, 9)


def test_a_call_that_goes_on_is_looked_for_less_and_less_often(desk: Desk) -> None:
    a_ringing_call(desk)
    desk.network.report = status(CallStatus.ANSWERED, 181)
    desk.clock.now = at(181)

    async def scene() -> None:
        await desk.remote.look()
        await desk.remote.look()

    run(scene)
    assert desk.network.asked == [SID]
    assert desk.remote.lost_reports == 0


def test_a_call_that_its_carrier_denies_is_unknown(desk: Desk) -> None:
    dial = a_ringing_call(desk)
    desk.clock.now = at(181)
    run(desk.remote.look)
    call = desk.call(dial.call_id)
    assert (call.outcome, call.cause) == (Outcome.UNKNOWN, DENIED)
    assert desk.remote.lost_reports == 0


def test_a_call_whose_end_is_never_told_is_given_up_at_last(desk: Desk) -> None:
    dial = a_ringing_call(desk)
    desk.clock.now = OPEN + timedelta(hours=24, seconds=1)
    run(desk.remote.look)
    assert desk.call(dial.call_id).outcome is Outcome.UNKNOWN
    assert desk.network.asked == []


def test_a_call_that_may_have_left_is_found_by_its_account(desk: Desk) -> None:
    desk.network.reply = Unsure("no answer in time")
    dial = desk.dial()
    desk.network.found = SID
    desk.network.report = status(CallStatus.NO_ANSWER, 60)

    async def scene() -> None:
        await desk.conductor.conduct(dial, desk.route)
        desk.clock.now = at(60)
        await desk.remote.look()
        await desk.told([], at(66))

    run(scene)
    call = desk.call(dial.call_id)
    assert (call.reference, call.outcome) == (SID, Outcome.NO_ANSWER)
    assert drops(desk.engine, dial.campaign_id)[0].state is DropState.DONE
    assert desk.network.placed == [dial.call_id]


def test_a_call_that_is_not_found_stays_unknown(desk: Desk) -> None:
    desk.network.reply = Unsure("no answer in time")
    dial = desk.dial()

    async def scene() -> None:
        await desk.conductor.conduct(dial, desk.route)
        await desk.remote.look()
        desk.clock.now = OPEN + timedelta(hours=7)
        await desk.remote.look()

    run(scene)
    assert desk.network.asked == [f"?{dial.call_id}"]
    assert desk.call(dial.call_id).outcome is Outcome.UNKNOWN


def test_a_voicemail_over_a_network_ends_as_one_of_ours(desk: Desk) -> None:
    dial = desk.dial()

    async def scene() -> None:
        conducting = asyncio.create_task(desk.conductor.conduct(dial, desk.route))
        await until(desk, lambda: bool(desk.conductor.under_way.ids))
        await desk.told(list(reversed(mailbox(dial.call_id))), at(41))
        await conducting
        await desk.told([], at(46))

    run(scene)
    assert drops(desk.engine, dial.campaign_id)[0].outcome is Outcome.DEPOSITED


def test_a_voice_process_sees_a_call_over_a_network_through(desk: Desk) -> None:
    campaign_id = launch(desk.engine, routes=(ROUTE,))
    voice = Voice(desk.engine, NetworkRoutes(desk.engine.settings, desk.network), worker="voice-1")

    async def scene() -> None:
        running = asyncio.create_task(voice.run())
        await until(desk, lambda: bool(desk.network.placed))
        (call_id,) = desk.network.placed
        told = mailbox(call_id)
        operations.receive(desk.engine, told[:5])
        await until(desk, lambda: bool(desk.network.redirected))
        operations.receive(desk.engine, told)
        desk.clock.now = LATER
        await until(desk, lambda: drops(desk.engine, campaign_id)[0].outcome is not None)
        voice.stop()
        await running

    run(scene)
    assert drops(desk.engine, campaign_id)[0].outcome is Outcome.DEPOSITED
    assert len(desk.network.redirected) == 1


def test_only_a_full_round_of_reports_is_followed_by_another_at_once() -> None:
    full = operations.APPLIED_AT_ONCE
    assert pause_s(full, has_carriers=True) == pause_s(full, has_carriers=False) == 0.0
    assert pause_s(full - 1, has_carriers=True) == pause_s(0, has_carriers=True) == LISTEN_S
    assert pause_s(1, has_carriers=False) == SETTLE_S
