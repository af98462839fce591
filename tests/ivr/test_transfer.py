"""A transfer, over calls that note what is done to them, and a real store."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

import pytest

from audio.ringback import ringback
from engine import operations
from engine.bootstrap import Engine
from engine.clearance import CallerId, Clearance, Sender
from engine.dialling import Pace
from engine.interfaces import (
    CallEvent,
    Happening,
    LiveCall,
    NotAnswered,
    Route,
    StoreUnavailable,
)
from engine.numbers import parse
from engine.operations import Parting, TransferWish
from engine.outcome import Outcome
from engine.store import SqlStore
from engine.store.store import SqlUnit
from ivr.lines import OpenRoute
from ivr.threads import StoreThreads
from ivr.transfer import Transfers
from tests.engine.operating import entries

RECEPTION = "+33145678901"
WISH = TransferWish("accueil", RECEPTION, "+33162000002", "trunk", callee="+33612345678")
BUSY = NotAnswered(Outcome.BUSY, "486 Busy Here", 486)


class NotingCall:
    """A call whose far end says nothing until it is told to end."""

    caller, called, codec, elapsed_s = "+33612345678", "+33162000002", "PCMA", 4.0

    def __init__(self) -> None:
        self.done: list[str] = []
        self.over = asyncio.Event()

    def play(self, payload: bytes) -> None:
        self.done.append("ringing" if payload == ringback(len(payload) // 40_000) else "play")

    def fall_silent(self) -> None:
        self.done.append("silent")

    async def next_event(self, timeout_s: float | None = None) -> CallEvent | None:
        await self.over.wait()
        return CallEvent(Happening.ENDED, self.elapsed_s, cause="hung up by the far end")

    async def hang_up(self) -> bool:
        self.done.append("hung up")
        self.over.set()
        return True


@dataclass
class NotingSwitchboard:
    """A carrier that answers as it is told to, and notes who is bridged."""

    reply: LiveCall | NotAnswered
    free_lines: int = 3
    papers: list[Clearance] = field(default_factory=list)
    done: list[str] = field(default_factory=list)
    rings: asyncio.Event | None = None
    "Nobody answers before it is set."
    reached: asyncio.Event = field(default_factory=asyncio.Event)
    "Set once the call rings, and again once both hear each other."

    async def place(self, paper: Clearance, *, ring_s: float) -> LiveCall | NotAnswered:
        self.papers.append(paper)
        if self.rings is not None:
            self.reached.set()
            try:
                await self.rings.wait()
            except asyncio.CancelledError:
                self.done.append("cancelled")
                raise
        return self.reply

    @contextmanager
    def bridge(self, one: LiveCall, other: LiveCall) -> Iterator[None]:
        self.done.append("bridged")
        self.reached.set()
        try:
            yield
        finally:
            self.done.append("parted")

    async def next_inbound(self) -> LiveCall:
        raise NotImplementedError

    async def close(self) -> None:
        """Nothing is open."""


@dataclass
class Desk:
    """All that a transfer takes, and what it left."""

    engine: Engine
    board: NotingSwitchboard
    call: NotingCall
    route: OpenRoute
    transfers: Transfers
    partings: list[Parting]

    def connecting(self, wish: TransferWish = WISH) -> asyncio.Task[bool]:
        return asyncio.create_task(self.transfers.connect(self.call, self.route, wish))

    async def parted(self) -> Parting:
        while not self.partings:
            await asyncio.sleep(0)
        return self.partings[0]


@pytest.fixture
def engine(engine: Engine) -> Engine:
    with engine.store.write() as unit:
        unit.setup.add_sender(
            Sender("accueil", "Accueil SARL", "732829320", "a@example.org", reception=RECEPTION)
        )
        since = datetime(2026, 9, 1, tzinfo=UTC)
        unit.setup.add_caller_id(CallerId(parse("0162000002"), "accueil", since, since))
    return engine


def with_a_desk(
    engine: Engine,
    scenario: Callable[[Desk], Awaitable[None]],
    *,
    reply: NotAnswered | None = None,
    **chosen: Any,
) -> None:
    """Run *scenario* on a desk whose far end answers, unless *reply* says why not."""

    async def bounded() -> None:
        board = NotingSwitchboard(reply or NotingCall(), **chosen)
        route = OpenRoute(Route("trunk", "trunk", {}), board, Pace(100.0, 10))
        threads, partings = StoreThreads(1), []

        async def note_over(_wish: TransferWish, parting: Parting) -> None:
            partings.append(parting)

        transfers = Transfers(engine, threads, note_over, line_within_s=0.1)
        async with asyncio.timeout(10):
            await scenario(Desk(engine, board, NotingCall(), route, transfers, partings))
        assert route.calls == 0
        threads.close()

    asyncio.run(bounded())


def last(engine: Engine) -> str:
    """The kind of the journal's last entry; "" while it has none."""
    return next((str(entry["kind"]) for entry in reversed(entries(engine))), "")


def test_both_hear_each_other_until_the_senders_people_hang_up(engine: Engine) -> None:
    async def scenario(desk: Desk) -> None:
        connecting = desk.connecting()
        await desk.board.reached.wait()
        assert desk.board.done == ["bridged"]
        assert desk.route.calls == 1
        far = desk.board.reply
        assert isinstance(far, NotingCall)
        far.over.set()
        assert await connecting
        parting = await desk.parted()
        assert parting == Parting(True, "hung up by the far end", 4.0)
        assert desk.board.done == ["bridged", "parted"]
        assert desk.call.done == ["ringing", "silent"]
        assert [paper.number for paper in desk.board.papers] == [RECEPTION]
        assert [paper.caller_id for paper in desk.board.papers] == ["+33162000002"]

    with_a_desk(engine, scenario)
    assert last(engine) == "transferred"


def test_nobody_there_leaves_the_call_silent_and_to_the_flow(engine: Engine) -> None:
    async def scenario(desk: Desk) -> None:
        assert not await desk.connecting()
        assert await desk.parted() == Parting(False, "486 Busy Here")
        assert desk.call.done == ["ringing", "silent"]
        assert desk.board.done == []

    with_a_desk(engine, scenario, reply=BUSY)


def test_a_callee_who_leaves_while_it_rings_ends_the_ringing(engine: Engine) -> None:
    async def scenario(desk: Desk) -> None:
        connecting = desk.connecting()
        await desk.board.reached.wait()
        connecting.cancel()
        await asyncio.wait({connecting})
        assert desk.board.done == ["cancelled"]
        assert desk.call.done == ["ringing", "silent"]
        assert await desk.parted() == Parting(False, "the callee left it")

    with_a_desk(engine, scenario, rings=asyncio.Event())


def test_a_callee_who_leaves_while_they_talk_ends_the_second_call(engine: Engine) -> None:
    async def scenario(desk: Desk) -> None:
        connecting = desk.connecting()
        await desk.board.reached.wait()
        connecting.cancel()
        await asyncio.wait({connecting})
        assert desk.board.done == ["bridged", "parted"]
        assert await desk.parted() == Parting(True, "the callee left it", 4.0)
        far = desk.board.reply
        assert isinstance(far, NotingCall)
        await far.over.wait()
        assert far.done == ["hung up"]

    with_a_desk(engine, scenario)


def test_a_callee_who_leaves_before_anything_left_leaves_one_order(engine: Engine) -> None:
    """The commit may be under way: then it is written down that nothing came of it."""

    async def scenario(desk: Desk) -> None:
        connecting = desk.connecting()
        while not desk.route.calls:
            await asyncio.sleep(0)
        connecting.cancel()
        await asyncio.wait({connecting})
        assert await desk.parted() == Parting(False, "the callee left it")
        assert desk.board.papers == []

    with_a_desk(engine, scenario)
    assert last(engine) == "transferred"


@pytest.mark.parametrize(
    "wish",
    [
        replace(WISH, target="+33145678999"),
        replace(WISH, sender_id="lumiere", caller_id="+33160000000"),
    ],
)
def test_what_is_refused_never_leaves(engine: Engine, wish: TransferWish) -> None:
    async def scenario(desk: Desk) -> None:
        assert not await desk.connecting(wish)
        assert desk.board.papers == []
        assert desk.call.done == ["ringing", "silent"]
        assert desk.partings == []

    with_a_desk(engine, scenario)
    assert last(engine) == "not_transferred"


def test_while_everything_is_stopped_nobody_is_rung(engine: Engine) -> None:
    operations.stop(engine, at=engine.clock())

    async def scenario(desk: Desk) -> None:
        assert not await desk.connecting()
        assert desk.board.papers == []

    with_a_desk(engine, scenario)


@pytest.mark.parametrize("exhausted", ["lines", "pace"])
def test_a_transfer_takes_a_line_of_the_route_at_its_pace(engine: Engine, exhausted: str) -> None:
    async def scenario(desk: Desk) -> None:
        if exhausted == "lines":
            desk.board.free_lines = 0
        else:
            desk.route.pace = Pace(0.001, 10)
            desk.route.pace.took(time.monotonic())
        assert not await desk.connecting()
        assert desk.board.papers == []

    with_a_desk(engine, scenario)
    assert last(engine) == ""


def test_a_line_that_becomes_free_is_taken(engine: Engine) -> None:
    async def scenario(desk: Desk) -> None:
        desk.board.free_lines = 0
        connecting = desk.connecting()
        while not desk.call.done:
            await asyncio.sleep(0)
        desk.board.free_lines = 1
        await desk.board.reached.wait()
        connecting.cancel()
        await asyncio.wait({connecting})

    with_a_desk(engine, scenario)


class AwayStore(SqlStore):
    """A store that is out of reach."""

    is_away = True

    @contextmanager
    def write(self) -> Iterator[SqlUnit]:
        if self.is_away:
            raise StoreUnavailable("the store cannot be used now")
        with super().write() as unit:
            yield unit


def test_without_the_store_nobody_is_connected(engine: Engine, store: SqlStore) -> None:
    async def scenario(desk: Desk) -> None:
        assert not await desk.connecting()
        assert desk.board.papers == []

    away = Engine(engine.settings, AwayStore(store.database), engine.law, engine.keys, engine.clock)
    with_a_desk(away, scenario)
