"""A callee who presses 2 talks with the sender's people: over real SIP and RTP."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
import soundfile
from numpy.typing import NDArray

from audio.g711 import decode_alaw, encode_alaw
from audio.listen import Ear
from audio.ringback import ringback
from engine.bootstrap import Engine
from engine.carriers.live import TrunkCall
from engine.carriers.trunk import TrunkCarrier
from engine.clearance import AnnouncementHashes, CallerId, Clearance, Sender
from engine.dialling import Pace
from engine.interfaces import Route
from engine.numbers import parse
from engine.operations import Parting, TransferWish
from engine.outcome import Outcome
from engine.sandbox import CallRecord, Kind, Line, Lines, Sandbox, a_line
from engine.sandbox.measure import correlations
from engine.scenario import Scenario, Transfer
from ivr import flows
from ivr.flow import Flow
from ivr.lines import OpenRoute
from ivr.live import Conversation, hold
from ivr.scenarios import with_scenario
from ivr.threads import StoreThreads
from ivr.transfer import Transfers
from tests.engine.operating import OPEN

pytestmark = pytest.mark.peer

CALLEE, RECEPTION, CALLER_ID = "+33612345601", "+33145678901", "+33162000002"
#: What is played for any prompt: short, so that the callee's keys come where they should.
PROMPT = encode_alaw((3000 * np.sin(np.arange(4000) / 3)).astype(np.int16))
#: Samples that are compared at once: 50 ms, which is a packet and its neighbours.
PIECE = 400
FLOW = with_scenario(flows.drop(), Scenario("fr", {"2": Transfer(parse(RECEPTION))}))


def a_callee(**chosen: object) -> Line:
    settings = {"ring_s": 0.0, "key_after_s": 4.0, "hangs_up_after_s": 12.0, **chosen}
    return a_line(CALLEE, Kind.ASKS_FOR_RECEPTION, **settings)


def a_reception(kind: Kind = Kind.RECEPTION, **chosen: object) -> Line:
    return a_line(RECEPTION, kind, **{"ring_s": 1.0, **chosen})


@dataclass
class Told:
    """What a transfer left: on our side, and in the sandbox."""

    talk: Conversation
    partings: list[Parting]
    records: list[CallRecord]
    opted_out: list[str]
    behind_s: float
    "How late the machine let a packet of ours leave, at the worst."

    def of(self, number: str) -> CallRecord:
        (record,) = (record for record in self.records if record.number == number)
        return record


@pytest.fixture
def store_url(tmp_path: Path, sqlite_template: Path) -> str:
    """One database: sound knows nothing of it."""
    path = tmp_path / "licite.db"
    path.write_bytes(sqlite_template.read_bytes())
    return f"sqlite:///{path}"


@pytest.fixture
def engine(engine: Engine) -> Engine:
    with engine.store.write() as unit:
        unit.setup.add_sender(
            Sender("accueil", "Accueil SARL", "732829320", "a@example.org", reception=RECEPTION)
        )
        since = datetime(2026, 9, 1, tzinfo=UTC)
        unit.setup.add_caller_id(CallerId(parse("0162000002"), "accueil", since, since))
    return engine


async def placed(carrier: TrunkCarrier, number: str = CALLEE) -> TrunkCall:
    paper = Clearance(True, OPEN, number, CALLER_ID, "trunk", AnnouncementHashes())
    call = await carrier.place(paper, ring_s=5)
    assert isinstance(call, TrunkCall)
    return call


async def called_back(carrier: TrunkCarrier) -> TrunkCall:
    """Ring a callee who does not answer, and wait for the call back."""
    paper = Clearance(True, OPEN, CALLEE, CALLER_ID, "trunk", AnnouncementHashes())
    ringing = asyncio.create_task(carrier.place(paper, ring_s=0.2))
    call = await carrier.next_inbound()
    await ringing
    return call


class Network:
    """A trunk to the sandbox, and what connects its calls."""

    def __init__(self, engine: Engine, carrier: TrunkCarrier, *, calls_at_once: int) -> None:
        self.carrier = carrier
        self.partings: list[Parting] = []
        self.opted_out: list[str] = []
        self._route = OpenRoute(Route("trunk", "trunk", {}), carrier, Pace(50.0, calls_at_once))
        self._threads = StoreThreads(1)
        self._transfers = Transfers(
            engine, self._threads, self._note_over, ring_s=4.0, line_within_s=0.5
        )

    async def _note_over(self, _wish: TransferWish, parting: Parting) -> None:
        self.partings.append(parting)

    async def hold(
        self, call: TrunkCall, *, flow: Flow = FLOW, wish: TransferWish | None = None
    ) -> Conversation:
        """Let a callee through the flow, with a reception to be connected with."""
        asked = wish or TransferWish("accueil", RECEPTION, CALLER_ID, "trunk", callee=CALLEE)

        async def opt_out(_keyed: str) -> None:
            self.opted_out.append(CALLEE)

        async def transfer(target: str) -> bool:
            return await self._transfers.connect(call, self._route, replace(asked, target=target))

        return await hold(flow, call, prompt=lambda _: PROMPT, opt_out=opt_out, transfer=transfer)

    def close(self) -> None:
        self._threads.close()


@asynccontextmanager
async def a_network(
    engine: Engine, sandbox: Sandbox, *, calls_at_once: int = 10
) -> AsyncIterator[Network]:
    carrier = await TrunkCarrier.open(
        "127.0.0.1",
        0,
        0,
        trunk=sandbox.address,
        domain="sandbox",
        calls_at_once=calls_at_once,
        inbound_share=0.0,
        ear=Ear(calls_at_once),
    )
    sandbox.inbound = carrier.sip_address
    network = Network(engine, carrier, calls_at_once=calls_at_once)
    try:
        yield network
    finally:
        await carrier.close()
        network.close()


def connected(
    engine: Engine,
    *lines: Line,
    mailboxes: Path | None = None,
    begin: Callable[[TrunkCarrier], Awaitable[TrunkCall]] = placed,
    flow: Flow = FLOW,
    wish: TransferWish | None = None,
    calls_at_once: int = 10,
) -> Told:
    """Let one callee through the flow; return what that left on both sides."""

    async def bounded() -> Told:
        known = Lines({line.number: line for line in lines})
        async with (
            asyncio.timeout(60),
            Sandbox(known, mailboxes=mailboxes) as sandbox,
            a_network(engine, sandbox, calls_at_once=calls_at_once) as network,
        ):
            talk = await network.hold(await begin(network.carrier), flow=flow, wish=wish)
            await sandbox.settle()
            counts = network.carrier.media_counts
            assert counts.faults == 0
            return Told(talk, network.partings, sandbox.records, network.opted_out, counts.latest_s)

    return asyncio.run(bounded())


def channels(told: Told, number: str, folder: Path) -> tuple[NDArray[np.float64], ...]:
    """What a line said, and what it received, from its answer on."""
    wav = told.of(number).wav
    assert wav is not None
    sound, _ = soundfile.read(folder / wav, dtype="int16")
    return sound[:, 0].astype(np.float64), sound[:, 1].astype(np.float64)


def answered_at(told: Told, number: str) -> float:
    """When a line answered, in seconds since the epoch."""
    record = told.of(number)
    assert record.rang_s is not None
    return record.invited_at.timestamp() + record.rang_s


def heard_of(
    said: NDArray[np.float64], received: NDArray[np.float64], *, offset_s: float, seconds: range
) -> NDArray[np.float64]:
    """For each piece of each second of what one said: how late (s) it was heard, and how alike.

    Shape (seconds, pieces, 2). *offset_s*: how much later the other's recording begins. A packet
    that a busy machine sends late spoils the piece that it falls in, not the others.
    """
    found = []
    for start in range(seconds[0] * 8000, seconds[-1] * 8000 + 8000, PIECE):
        piece = said[start : start + PIECE]
        due = start - round(offset_s * 8000)
        first = max(0, due - 800)
        scores = correlations(received[first : due + 4000], piece)
        at = int(np.argmax(scores))
        found.append(((first + at - due) / 8000, float(scores[at])))
    return np.array(found).reshape(len(seconds), -1, 2)


def best_of(said: NDArray[np.float64], heard: NDArray[np.float64]) -> float:
    """How alike the half second is that came over best, from second 1 to 3."""
    pieces = [said[first : first + 4000] for first in range(8000, 24_000, 4000)]
    return max(float(correlations(heard, piece).max()) for piece in pieces)


def test_the_two_hear_each_other_from_first_to_last(engine: Engine, tmp_path: Path) -> None:
    told = connected(engine, a_callee(), a_reception(hangs_up_after_s=6.0), mailboxes=tmp_path)
    assert [parting.has_talked for parting in told.partings] == [True]
    assert "connect.1" in [node for _, node in told.talk.steps]
    callee_said, callee_heard = channels(told, CALLEE, tmp_path)
    reception_said, reception_heard = channels(told, RECEPTION, tmp_path)
    offset_s = answered_at(told, RECEPTION) - answered_at(told, CALLEE)
    lasted = int(told.of(RECEPTION).duration_s or 0)
    begins = int(np.ceil(offset_s)) + 1
    to_callee = heard_of(
        reception_said, callee_heard, offset_s=-offset_s, seconds=range(1, lasted - 1)
    )
    to_reception = heard_of(
        callee_said,
        reception_heard,
        offset_s=offset_s,
        seconds=range(begins, begins + lasted - 2),
    )
    assert len(to_callee) > 5
    for heard in (to_callee, to_reception):
        assert np.median(heard[:, :, 1], axis=1).min() > 0.95
    late_s = [np.median(heard[:, :, 0]) for heard in (to_callee, to_reception)]
    assert np.mean(late_s) <= 0.04 + told.behind_s  # the recordings' offset falls out of the mean


def test_the_callee_hears_ringing_and_then_nothing_of_ours(engine: Engine, tmp_path: Path) -> None:
    told = connected(engine, a_callee(), a_reception(ring_s=2.0), mailboxes=tmp_path)
    _, heard = channels(told, CALLEE, tmp_path)
    ring = decode_alaw(ringback(1)[:8000]).astype(np.float64)
    rung_at = np.flatnonzero(correlations(heard, ring) > 0.99) / 8000
    connected_at = answered_at(told, RECEPTION) - answered_at(told, CALLEE)
    assert len(rung_at)
    assert rung_at.min() > 2.0
    assert rung_at.max() < connected_at


@pytest.mark.parametrize(("callee", "reception"), [("PCMU", "PCMA"), ("PCMA", "PCMU")])
def test_a_leg_in_either_law_meets_one_in_the_other(
    engine: Engine, tmp_path: Path, callee: str, reception: str
) -> None:
    told = connected(
        engine,
        a_callee(codec=callee),
        a_reception(codec=reception, hangs_up_after_s=3.0),
        mailboxes=tmp_path,
    )
    assert told.of(CALLEE).codec == callee
    assert told.of(RECEPTION).codec == reception
    said, _ = channels(told, RECEPTION, tmp_path)
    _, heard = channels(told, CALLEE, tmp_path)
    assert best_of(said, heard) > 0.95


@pytest.mark.parametrize(
    ("reception", "cause"),
    [
        (a_reception(Kind.NO_ANSWER), "487"),
        (a_reception(Kind.BUSY), "486"),
        (a_reception(Kind.REJECTED), "603"),
        (a_reception(Kind.UNREACHABLE), "480"),
    ],
)
def test_nobody_there_and_the_flow_goes_on(engine: Engine, reception: Line, cause: str) -> None:
    told = connected(engine, a_callee(hangs_up_after_s=6.0), reception)
    (parting,) = told.partings
    assert not parting.has_talked
    assert parting.cause.startswith(cause)
    nodes = [node for _, node in told.talk.steps]
    assert nodes[nodes.index("connect.1") + 1] == "not_connected.1"


def test_a_callee_who_hangs_up_while_it_rings_ends_both(engine: Engine) -> None:
    told = connected(engine, a_callee(hangs_up_after_s=1.5), a_reception(Kind.NO_ANSWER))
    assert told.of(RECEPTION).ended_by == "cancelled"
    assert told.of(CALLEE).ended_by == "line"
    assert [parting.has_talked for parting in told.partings] == [False]


def test_a_callee_who_hangs_up_while_they_talk_ends_both(engine: Engine) -> None:
    told = connected(engine, a_callee(hangs_up_after_s=4.0), a_reception(hangs_up_after_s=30.0))
    assert told.of(RECEPTION).ended_by == "caller"
    assert [parting.has_talked for parting in told.partings] == [True]


def test_whichever_end_comes_first_ends_both_calls_once(engine: Engine) -> None:
    """The callees hang up before, about when and after the reception answers."""
    callees = [
        a_line(
            f"{CALLEE[:-2]}{n:02}",
            Kind.ASKS_FOR_RECEPTION,
            ring_s=0.0,
            key_after_s=4.0,
            hangs_up_after_s=0.7 + 0.08 * n,
        )
        for n in range(20)
    ]

    async def bounded() -> tuple[list[CallRecord], list[Parting]]:
        known = Lines({line.number: line for line in [*callees, a_reception()]})
        async with (
            asyncio.timeout(60),
            Sandbox(known) as sandbox,
            a_network(engine, sandbox, calls_at_once=50) as network,
        ):

            async def talk(line: Line) -> None:
                await network.hold(await placed(network.carrier, line.number))

            await asyncio.gather(*map(talk, callees))
            await sandbox.settle()
            while network.carrier.calls_in_progress:
                await asyncio.sleep(0.01)
            return sandbox.records, network.partings

    records, partings = asyncio.run(bounded())
    rung = [record for record in records if record.number == RECEPTION]
    assert {record.ended_by for record in rung} == {"cancelled", "caller"}
    assert len(partings) == len(rung)
    assert {record.ended_by for record in records if record.number != RECEPTION} == {"line"}


def test_when_the_reception_hangs_up_the_callee_is_with_us_again(engine: Engine) -> None:
    told = connected(engine, a_callee(hangs_up_after_s=20.0), a_reception(hangs_up_after_s=2.0))
    assert told.of(RECEPTION).ended_by == "line"
    assert told.of(CALLEE).ended_by == "caller"
    assert [node for _, node in told.talk.steps][-2:] == ["connect.1", "goodbye"]


@pytest.mark.parametrize(
    ("gap_s", "reception", "has_talked"),
    [(2.0, a_reception(Kind.NO_ANSWER), False), (4.0, a_reception(), True)],
    ids=["while it rings", "while they talk"],
)
def test_nine_opts_out_of_a_transfer(
    engine: Engine, gap_s: float, reception: Line, has_talked: bool
) -> None:
    told = connected(engine, a_callee(keys="29", key_gap_s=gap_s), reception)
    assert told.opted_out == [CALLEE]
    assert told.talk.outcome is Outcome.OPTED_OUT
    assert [parting.has_talked for parting in told.partings] == [has_talked]
    assert told.of(RECEPTION).ended_by == ("caller" if has_talked else "cancelled")


def test_a_key_stays_between_the_callee_and_us(engine: Engine) -> None:
    told = connected(engine, a_callee(keys="29", key_gap_s=4.0), a_reception())
    assert told.of(RECEPTION).keys_heard == []


def test_without_a_free_line_the_flow_goes_on(engine: Engine) -> None:
    told = connected(engine, a_callee(hangs_up_after_s=3.0), a_reception(), calls_at_once=1)
    assert [record.number for record in told.records] == [CALLEE]
    assert "not_connected.1" in [node for _, node in told.talk.steps]


def test_without_a_caller_id_of_the_senders_nobody_is_rung(engine: Engine) -> None:
    wish = TransferWish("autre", RECEPTION, "+33162999999", "trunk", callee=CALLEE)
    told = connected(engine, a_callee(hangs_up_after_s=3.0), a_reception(), wish=wish)
    assert [record.number for record in told.records] == [CALLEE]
    assert "not_connected.1" in [node for _, node in told.talk.steps]


def test_who_calls_back_is_connected_too(engine: Engine, tmp_path: Path) -> None:
    callee = a_line(
        CALLEE, Kind.CALLS_BACK, keys="2", key_after_s=1.0, call_back_after_s=0.1, limit_s=20.0
    )
    told = connected(
        engine,
        callee,
        a_reception(hangs_up_after_s=3.0),
        mailboxes=tmp_path,
        begin=called_back,
        flow=flows.call_back(flows.Desk(RECEPTION)),
    )
    assert [parting.has_talked for parting in told.partings] == [True]
    said, _ = channels(told, RECEPTION, tmp_path)
    (back,) = (record for record in told.records if record.direction == "from_line")
    assert back.wav is not None
    sound, _ = soundfile.read(tmp_path / back.wav, dtype="int16")
    assert best_of(said, sound[:, 1].astype(np.float64)) > 0.95
