"""Drops over Twilio's double: the carrier, the webhooks, the reports and the conduct, together.

The double's clock is virtual: seconds of a call pass in no time. The law's clock is shifted into
calling hours, and moves on by hand where reports are to settle.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from apiflask import APIFlask

from config.settings import Settings
from engine import operations
from engine.bootstrap import Engine
from engine.carriers.twilio.carrier import TwilioCarrier
from engine.dialling import Pace
from engine.interfaces import Call, Route
from engine.journal import Json
from engine.outcome import Outcome
from engine.sandbox.kinds import Kind
from engine.sandbox.lines import Lines, a_line
from engine.sandbox.twilio import Mishap, Order, TwilioDouble, served, through
from engine.store import SqlStore
from ivr.conduct import Conductor
from ivr.lines import OpenRoute
from ivr.remote import RemoteCalls
from ivr.routes import Routes
from ivr.spool import Spool
from ivr.threads import StoreThreads
from tests.engine.operating import OPEN, a_house, a_number, claim, drops, entries, launch
from web import create_app

pytestmark = pytest.mark.peer

ROUTE, PUBLIC = "tw", "https://calls.example"
NUMBER = a_number(10_000_000)
#: Seconds of the virtual clock between two rounds of the voice process.
ROUND_S = 0.25
#: Rounds after which every call is over.
ROUNDS = 900

OUTCOMES: Mapping[Kind, Outcome] = {
    Kind.LISTENER: Outcome.HEARD,
    Kind.PRESSES_9: Outcome.OPTED_OUT,
    Kind.WRONG_KEYS: Outcome.HEARD,
    Kind.HANGS_UP_EARLY: Outcome.HUNG_UP,
    Kind.SILENT: Outcome.DEPOSITED_UNCONFIRMED,
    Kind.MAILBOX_SHORT: Outcome.DEPOSITED,
    Kind.MAILBOX_LONG: Outcome.DEPOSITED,
    Kind.MAILBOX_NO_BEEP: Outcome.DEPOSITED_UNCONFIRMED,
    Kind.BUSY: Outcome.BUSY,
    Kind.NO_ANSWER: Outcome.NO_ANSWER,
    Kind.FAX: Outcome.FAX,
}


@dataclass
class MovedClock:
    """The law's clock: the machine's, shifted into calling hours, and moved on by hand."""

    shift: timedelta

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self.shift


class OneRoute(Routes):
    """The routes of a process that has one."""

    def __init__(self, settings: Settings, route: OpenRoute) -> None:
        super().__init__(settings)
        self._open[route.route.name] = route


@dataclass
class House:
    """A voice process and a web process over one store, and Twilio's double."""

    engine: Engine
    clock: MovedClock
    double: TwilioDouble
    conductor: Conductor
    remote: RemoteCalls
    route: OpenRoute
    campaign_id: str = ""

    def dial(self) -> operations.Dial:
        self.campaign_id = launch(self.engine, routes=(ROUTE,))
        (claimed,) = claim(self.engine, at=self.clock())
        dialled = self.conductor.dial(claimed, ROUTE)
        assert isinstance(dialled, operations.Dial), dialled
        self.route.take(0.0)
        return dialled

    def call(self, call_id: int) -> Call:
        with self.engine.store.read() as unit:
            call = unit.calls.get(call_id)
        assert call is not None
        return call

    async def round(self) -> None:
        """Let a moment of the call pass, then let every duty do its work."""
        await asyncio.to_thread(self.double.advance, ROUND_S)
        while await self.remote.apply():
            pass
        await self.remote.call_off()
        await self.remote.steered()
        await self.remote.free_lines()

    async def settled(self) -> None:
        """Let all that was told settle."""
        while await self.remote.apply():
            pass
        self.clock.shift += timedelta(seconds=10)
        await self.remote.settle()

    async def conduct(self) -> int:
        """Dial, and live the call to its end; return its id."""
        dial = self.dial()
        conducting = asyncio.create_task(self.conductor.conduct(dial, self.route))
        for _ in range(ROUNDS):
            await self.round()
            if conducting.done():
                break
            await asyncio.sleep(0.001)
        else:
            self.conductor.under_way.close()
        await conducting
        for _ in range(20):
            await self.round()
        await self.settled()
        return dial.call_id


@contextmanager
def a_twilio_house(
    store: SqlStore,
    store_url: str,
    folder: Path,
    kind: Kind,
    order: Order = Order.IN_ORDER,
    **chosen: Json,
) -> Iterator[House]:
    (folder / "token").write_text("0123456789abcdef" * 2)
    shift = OPEN - datetime.now(UTC)
    settings = Settings(
        data_dir=folder,
        database_url=store_url,
        public_url=PUBLIC,
        language="fr",
        law_clock_shift_s=shift.total_seconds(),
    )
    app: APIFlask = create_app(settings)
    engine = app.config["LICITE"]
    assert isinstance(engine, Engine)
    lines = Lines({NUMBER: a_line(NUMBER, kind)})
    double = TwilioDouble(lines, deliver=through(app), order=order, seed=3, loss=0.5)
    double.account.owns("+33162000001")
    clock, threads = MovedClock(shift), StoreThreads(2)
    with served(double) as api_url:
        known: dict[str, Json] = {
            "account_sid": double.account.sid,
            "secret": str(folder / "token"),
            "api_url": api_url,
            **chosen,
        }
        route = Route(ROUTE, "twilio", known)
        here = replace(a_house_of(engine, store, route), clock=clock)
        carrier = TwilioCarrier.open(route, settings, engine.keys)
        open_route = OpenRoute(route, carrier, Pace(100.0, 10))
        conductor = Conductor(here, Spool(folder / "opt_outs.spool"), threads)
        remote = RemoteCalls(
            here,
            OneRoute(settings, open_route),
            conductor.under_way,
            threads=threads,
            worker="voice-1",
        )
        operations.beat(here, "voice-1", beat_at=OPEN)
        yield House(here, clock, double, conductor, remote, open_route)
        asyncio.run(carrier.close())
    threads.close()
    engine.close()


def a_house_of(engine: Engine, store: SqlStore, route: Route) -> Engine:
    a_house(store, keys=engine.keys)
    with store.write() as unit:
        unit.setup.add_route(route)
    return engine


@pytest.mark.parametrize("order", [Order.IN_ORDER, Order.REVERSED, Order.TWICE])
@pytest.mark.parametrize("kind", OUTCOMES)
def test_a_drop_comes_to_the_same_however_its_reports_arrive(
    store: SqlStore, store_url: str, tmp_path: Path, kind: Kind, order: Order
) -> None:
    with a_twilio_house(store, store_url, tmp_path, kind, order) as house:
        call_id = asyncio.run(house.conduct())
        call = house.call(call_id)
        assert call.outcome is OUTCOMES[kind], (call, operations.told(house.engine, call_id))
        assert call.reference == house.double.last.sid
        assert house.route.calls == 0
        assert len(house.double.calls) == 1


def test_what_says_first_who_answered_comes_to_the_same(
    store: SqlStore, store_url: str, tmp_path: Path
) -> None:
    kind = Kind.MAILBOX_SHORT
    with a_twilio_house(store, store_url, tmp_path, kind, Order.SHUFFLED, amd="sync") as house:
        call = house.call(asyncio.run(house.conduct()))
        assert call.outcome is OUTCOMES[kind]
        steps = str((call.evidence or {}).get("steps"))
        assert "to_machine" in steps
        assert "to_somebody" not in steps


def test_a_drop_whose_callbacks_are_half_lost_comes_to_the_same(
    store: SqlStore, store_url: str, tmp_path: Path
) -> None:
    with a_twilio_house(store, store_url, tmp_path, Kind.LISTENER, Order.LOSSY) as house:

        async def scene() -> int:
            call_id = await house.conduct()
            house.clock.shift += timedelta(minutes=10)
            await house.remote.look()
            await house.settled()
            return call_id

        call_id = asyncio.run(scene())
        assert house.call(call_id).outcome is Outcome.HEARD
        sequences = [one.detail.get("sequence") for one in operations.told(house.engine, call_id)]
        assert len([one for one in sequences if one is not None]) < 4  # of the four that it sent


def test_a_nine_over_twilio_leaves_what_a_nine_over_sip_does(
    store: SqlStore, store_url: str, tmp_path: Path
) -> None:
    with a_twilio_house(store, store_url, tmp_path, Kind.PRESSES_9) as house:
        asyncio.run(house.conduct())
        assert operations.is_opted_out(house.engine, "lumiere", NUMBER)
        said = [entry["kind"] for entry in entries(house.engine)]
        assert sorted(said) == sorted(
            [
                "submitted",
                "cleared",
                "dialled",
                "opted_out",
                "answered",
                "heard",
                "pressed",
                "concluded",
            ]
        )


def test_a_create_that_is_not_answered_is_told_by_its_reports(
    store: SqlStore, store_url: str, tmp_path: Path
) -> None:
    with a_twilio_house(store, store_url, tmp_path, Kind.NO_ANSWER) as house:
        house.double.next_creates(Mishap.DONE_THEN_DROPPED)

        async def scene() -> int:
            dial = house.dial()
            await house.conductor.conduct(dial, house.route)
            assert house.call(dial.call_id).outcome is Outcome.UNKNOWN
            await asyncio.to_thread(house.double.settle)
            await house.settled()
            return dial.call_id

        call = house.call(asyncio.run(scene()))
        assert (call.outcome, call.reference) == (Outcome.NO_ANSWER, house.double.last.sid)
        (drop,) = drops(house.engine, house.campaign_id)
        assert (drop.outcome, drop.attempts) == (Outcome.NO_ANSWER, 1)
        assert len(house.double.calls) == 1


def test_a_create_that_is_not_answered_is_found_where_reports_are_lost_too(
    store: SqlStore, store_url: str, tmp_path: Path
) -> None:
    with a_twilio_house(store, store_url, tmp_path, Kind.LISTENER, Order.HELD) as house:
        house.double.next_creates(Mishap.DONE_THEN_DROPPED)

        async def scene() -> int:
            dial = house.dial()
            await house.conductor.conduct(dial, house.route)
            await asyncio.to_thread(house.double.settle)
            await house.remote.look()
            await house.settled()
            return dial.call_id

        call = house.call(asyncio.run(scene()))
        assert (call.outcome, call.reference) == (
            Outcome.DEPOSITED_UNCONFIRMED,
            house.double.last.sid,
        )
        assert drops(house.engine, house.campaign_id)[0].attempts == 1


def test_what_callbacks_lose_is_asked_for(store: SqlStore, store_url: str, tmp_path: Path) -> None:
    with a_twilio_house(store, store_url, tmp_path, Kind.BUSY, Order.HELD) as house:

        async def scene() -> int:
            dial = house.dial()
            conducting = asyncio.create_task(house.conductor.conduct(dial, house.route))
            for _ in range(100):
                await house.round()
                await asyncio.sleep(0.001)
            house.clock.shift += timedelta(minutes=10)
            await house.remote.look()
            await house.settled()
            await house.remote.free_lines()
            await conducting
            return dial.call_id

        call_id = asyncio.run(scene())
        assert house.call(call_id).outcome is Outcome.BUSY
        assert house.remote.lost_reports == 1
