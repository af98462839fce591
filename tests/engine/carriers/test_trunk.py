"""A trunk carrier against another one, and against far ends of every temper."""

from __future__ import annotations

import asyncio
import itertools
import os
import socket
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

import numpy as np
import pytest

from audio.g711 import ALAW_TO_FLOAT, alaw_to_ulaw
from benchmarks.far_ends.stateless import sdp
from engine.carriers.live import TrunkCall
from engine.carriers.trunk import TrunkCarrier
from engine.interfaces import CallEvent, Happening, NotAnswered
from engine.outcome import Outcome
from engine.rtp.packet import RtpPacket
from tests.engine.carriers.far_trunk import (
    CALLEE,
    CALLER_ID,
    OK,
    RINGING,
    RememberingEar,
    Said,
    a_carrier,
    a_far_trunk,
    a_paper,
    two_carriers,
)

T = TypeVar("T")


def run(scenario: Callable[[], Awaitable[T]]) -> T:
    async def bounded() -> T:
        async with asyncio.timeout(20):
            return await scenario()

    return asyncio.run(bounded())


async def a_live_call(carrier: TrunkCarrier) -> TrunkCall:
    call = await carrier.place(a_paper(), ring_s=5)
    assert isinstance(call, TrunkCall)
    return call


async def events_of(call: TrunkCall, count: int) -> list[CallEvent]:
    events = [await call.next_event(5) for _ in range(count)]
    return [event for event in events if event is not None]


async def until(condition: Callable[[], object]) -> None:
    """Let the loop turn until *condition* holds."""
    while not condition():
        await asyncio.sleep(0)


@pytest.mark.parametrize(
    "paper",
    [
        a_paper(granted=False),
        a_paper(number="0612345678"),
        a_paper(number="+33612345678@elsewhere"),
        a_paper(caller_id="anonymous"),
    ],
)
def test_no_call_without_a_granted_paper_in_e164(paper: object) -> None:
    async def scenario() -> None:
        async with a_far_trunk(OK) as far, a_carrier(far.address) as carrier:
            with pytest.raises(ValueError):
                await carrier.place(paper, ring_s=1)  # type: ignore[arg-type]  # built above
            assert far.requests == []

    run(scenario)


def test_the_invite_shows_the_papers_caller_id_and_nothing_anonymous() -> None:
    async def scenario() -> None:
        async with a_far_trunk((486, "Busy Here")) as far, a_carrier(far.address) as carrier:
            await carrier.place(a_paper(), ring_s=1)
            invite = far.requests[0].decode()
        assert invite.startswith(f"INVITE sip:{CALLEE}@trunk.example SIP/2.0\r\n")
        headers = dict(
            line.split(": ", 1) for line in invite.split("\r\n\r\n")[0].split("\r\n")[1:]
        )
        assert f"<sip:{CALLER_ID}@trunk.example>" in headers["From"]
        assert f"<sip:{CALLER_ID}@trunk.example>" in headers["P-Asserted-Identity"]
        assert "Privacy" not in headers

    run(scenario)


@pytest.mark.parametrize(
    ("said", "outcome"),
    [
        ((302, "Moved Temporarily"), Outcome.FAILED),
        ((403, "Forbidden"), Outcome.REJECTED),
        ((404, "Not Found"), Outcome.INVALID_NUMBER),
        ((407, "Proxy Authentication Required"), Outcome.FAILED),
        ((408, "Request Timeout"), Outcome.UNREACHABLE),
        ((410, "Gone"), Outcome.INVALID_NUMBER),
        ((480, "Temporarily Unavailable"), Outcome.UNREACHABLE),
        ((484, "Address Incomplete"), Outcome.INVALID_NUMBER),
        ((486, "Busy Here"), Outcome.BUSY),
        ((487, "Request Terminated"), Outcome.NO_ANSWER),
        ((488, "Not Acceptable Here"), Outcome.FAILED),
        ((500, "Server Internal Error"), Outcome.FAILED),
        ((503, "Service Unavailable"), Outcome.UNREACHABLE),
        ((600, "Busy Everywhere"), Outcome.BUSY),
        ((603, "Decline"), Outcome.REJECTED),
        ((604, "Does Not Exist Anywhere"), Outcome.INVALID_NUMBER),
    ],
)
def test_a_refusal_is_an_outcome_with_its_words(said: Said, outcome: Outcome) -> None:
    async def scenario() -> None:
        async with a_far_trunk((100, "Trying"), said) as far, a_carrier(far.address) as carrier:
            result = await carrier.place(a_paper(), ring_s=5)
            assert isinstance(result, NotAnswered)
            assert (result.outcome, result.cause) == (outcome, f"{said[0]} {said[1]}")
            assert result.sip_code == said[0]
            assert carrier.calls_in_progress == 0

    run(scenario)


def test_a_call_that_rings_too_long_is_cancelled() -> None:
    async def scenario() -> None:
        async with a_far_trunk(RINGING) as far, a_carrier(far.address) as carrier:
            result = await carrier.place(a_paper(), ring_s=0.1)
            assert isinstance(result, NotAnswered)
            assert result.outcome is Outcome.NO_ANSWER
            await until(lambda: "ACK" in far.methods)
            assert far.methods == ["INVITE", "CANCEL", "ACK"]

    run(scenario)


@pytest.mark.parametrize(
    ("said", "outcome"), [((), Outcome.UNREACHABLE), ((RINGING,), Outcome.NO_ANSWER)]
)
def test_a_trunk_that_falls_silent_leaves_no_ghost(
    said: tuple[Said, ...], outcome: Outcome
) -> None:
    async def scenario() -> None:
        async with (
            a_far_trunk(*said) as far,
            a_carrier(far.address, cancelled_within_s=0.1) as carrier,
        ):
            far.is_deaf_to_cancel = True
            result = await carrier.place(a_paper(), ring_s=0.1)
            assert isinstance(result, NotAnswered)
            assert result.outcome is outcome
            assert carrier.calls_in_progress == 1
            far.answer_the_first_invite(carrier.sip_address)
            await until(lambda: far.methods[-2:] == ["ACK", "BYE"])
            assert carrier.calls_in_progress == 0

    run(scenario)


def test_the_announcement_arrives_as_it_was_sent() -> None:
    announcement = bytes(range(1, 161)) * 10

    async def scenario() -> None:
        ear = RememberingEar()
        async with two_carriers(ear=ear) as (caller, callee):
            call = await a_live_call(caller)
            inbound = await callee.next_inbound()
            inbound.play(announcement)
            (played,) = await events_of(inbound, 1)
            assert played.what is Happening.PLAYED
            await until(lambda: len(ear.frames[0]) > 20)
            await call.hang_up()
        heard = np.concatenate(ear.frames[0]).tobytes()
        assert ALAW_TO_FLOAT[np.frombuffer(announcement, np.uint8)].tobytes() in heard

    run(scenario)


def test_calls_between_two_single_ports_are_not_mixed_up() -> None:
    async def scenario() -> None:
        ear = RememberingEar()
        async with two_carriers(ear=ear) as (caller, callee):
            calls = await asyncio.gather(*[a_live_call(caller) for _ in range(10)])
            for n in range(10):
                inbound = await callee.next_inbound()
                inbound.play(bytes([n]) * 1600)
            await until(lambda: min(len(frames) for frames in ear.frames) > 25)
            assert len(calls) == 10
        heard = [np.unique(np.concatenate(frames)) for frames in ear.frames]
        said = [
            {ALAW_TO_FLOAT[n] for n in range(10)}.intersection(levels.tolist()) for levels in heard
        ]
        assert sorted(len(values) for values in said) == [1] * 10
        assert len(set.union(*said)) == 10

    run(scenario)


def test_keys_are_heard_once_and_in_order() -> None:
    async def scenario() -> None:
        async with two_carriers() as (caller, callee):
            call = await a_live_call(caller)
            inbound = await callee.next_inbound()
            assert inbound.press("19")
            keys = await events_of(call, 2)
            assert [(event.what, event.digit) for event in keys] == [
                (Happening.KEY, "1"),
                (Happening.KEY, "9"),
            ]
            assert await call.next_event(0.1) is None

    run(scenario)


def test_only_the_last_announcement_given_is_told_as_played() -> None:
    async def scenario() -> None:
        async with two_carriers() as (caller, _):
            call = await a_live_call(caller)
            call.play(b"\x01" * 160)
            call.play(b"\x02" * 160)
            (played,) = await events_of(call, 1)
            assert played.what is Happening.PLAYED
            call.play(b"\x03" * 160)
            call.fall_silent()
            assert await call.next_event(0.1) is None

    run(scenario)


def test_who_hangs_up_is_told_to_both_for_ever() -> None:
    async def scenario() -> None:
        async with two_carriers() as (caller, callee):
            call = await a_live_call(caller)
            inbound = await callee.next_inbound()
            assert (inbound.caller, inbound.called) == (CALLER_ID, CALLEE)
            await call.hang_up()
            ours, theirs = await events_of(call, 2), await events_of(inbound, 2)
            assert [event.cause for event in ours] == ["hung up by us"] * 2
            assert [event.cause for event in theirs] == ["hung up by the far end"] * 2
            assert caller.calls_in_progress == callee.calls_in_progress == 0
            await call.hang_up()

    run(scenario)


@pytest.mark.parametrize(
    ("to_bye", "was_there"), [(OK, True), ((481, "Call Does Not Exist"), False)]
)
def test_whether_the_far_end_was_there_to_agree_is_told(to_bye: Said, was_there: bool) -> None:
    async def scenario() -> None:
        async with a_far_trunk(OK) as far, a_carrier(far.address) as carrier:
            far.to_bye = to_bye
            call = await a_live_call(carrier)
            assert await call.hang_up() is was_there
            assert carrier.calls_in_progress == 0

    run(scenario)


def test_a_call_without_audio_is_given_up() -> None:
    async def scenario() -> None:
        async with a_far_trunk(OK) as far, a_carrier(far.address, no_audio_s=0.2) as carrier:
            call = await a_live_call(carrier)
            (ended,) = await events_of(call, 1)
            assert (ended.what, ended.cause) == (Happening.ENDED, "no audio")
            await until(lambda: "BYE" in far.methods)

    run(scenario)


def test_a_mailbox_that_sends_nothing_while_it_records_is_not_given_up() -> None:
    async def scenario() -> None:
        async with a_far_trunk(OK) as far, a_carrier(far.address, no_audio_s=0.1) as carrier:
            call = await a_live_call(carrier)
            call.play(b"\x01" * 160 * 25)
            played, ended = await events_of(call, 2)
            assert (played.what, ended.what) == (Happening.PLAYED, Happening.ENDED)

    run(scenario)


def test_a_call_without_end_is_ended() -> None:
    async def scenario() -> None:
        async with a_far_trunk(OK) as far, a_carrier(far.address, max_call_s=0.2) as carrier:
            call = await a_live_call(carrier)
            (ended,) = await events_of(call, 1)
            assert (ended.what, ended.cause) == (Happening.ENDED, "longest call time reached")

    run(scenario)


def test_lines_are_kept_for_those_who_call_back() -> None:
    async def scenario() -> None:
        async with a_far_trunk(RINGING) as far, a_carrier(far.address, calls_at_once=4) as carrier:
            ringing = [asyncio.create_task(carrier.place(a_paper(), ring_s=9)) for _ in range(3)]
            await until(lambda: len(far.requests) == 3)
            assert carrier.free_lines == 0
            result = await carrier.place(a_paper(), ring_s=9)
            assert result == NotAnswered(Outcome.FAILED, "no free line on this route")
            for task in ringing:
                task.cancel()
            await asyncio.gather(*ringing, return_exceptions=True)

    run(scenario)


def test_the_only_line_may_call() -> None:
    async def scenario() -> None:
        async with a_far_trunk(OK) as far, a_carrier(far.address, calls_at_once=1) as carrier:
            assert carrier.free_lines == 1
            await (await a_live_call(carrier)).hang_up()

    run(scenario)


def test_an_inbound_call_beyond_capacity_is_busy() -> None:
    async def scenario() -> None:
        async with two_carriers(callee_calls_at_once=1) as (caller, _):
            await a_live_call(caller)
            result = await caller.place(a_paper(), ring_s=5)
            assert isinstance(result, NotAnswered)
            assert result.outcome is Outcome.BUSY

    run(scenario)


def test_a_task_cancelled_while_it_rings_cancels_the_call() -> None:
    async def scenario() -> None:
        async with a_far_trunk(RINGING) as far, a_carrier(far.address) as carrier:
            task = asyncio.create_task(carrier.place(a_paper(), ring_s=9))
            await until(lambda: far.requests)
            await asyncio.sleep(0)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            await until(lambda: carrier.calls_in_progress == 0)
            assert "CANCEL" in far.methods

    run(scenario)


def test_closing_hangs_up_and_calls_off() -> None:
    async def scenario() -> None:
        async with a_far_trunk(RINGING) as far, a_carrier(far.address) as carrier:
            task = asyncio.create_task(carrier.place(a_paper(), ring_s=9))
            await until(lambda: far.requests)
            await carrier.close()
            result = await task
            assert isinstance(result, NotAnswered)
            assert result.outcome is Outcome.CANCELLED

    run(scenario)


def test_garbage_on_both_ports_disturbs_no_call() -> None:
    async def scenario() -> None:
        async with two_carriers() as (caller, callee):
            call = await a_live_call(caller)
            inbound = await callee.next_inbound()
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as flood:
                for n in range(2000):
                    flood.sendto(os.urandom(n % 1400), caller.sip_address)
                    flood.sendto(b"\x80" + os.urandom(n % 1400), caller.rtp_address)
            inbound.press("9")
            (key,) = await events_of(call, 1)
            assert key.digit == "9"
            await call.hang_up()
            assert caller.media_counts.faults == 0
            assert caller.media_counts.ignored > 0

    run(scenario)


@contextmanager
def a_line() -> Iterator[socket.socket]:
    """Where a far end's audio arrives."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as line:
        line.bind(("127.0.0.1", 0))
        line.setblocking(False)
        yield line


def test_a_far_end_of_mu_law_only_gets_mu_law() -> None:
    async def scenario() -> None:
        with a_line() as line:
            body = sdp("127.0.0.1", line.getsockname()[1], payload_type=0)
            async with a_far_trunk(OK, body=body) as far, a_carrier(far.address) as carrier:
                call = await a_live_call(carrier)
                data = await asyncio.get_running_loop().sock_recv(line, 2048)
                await call.hang_up()
        packet = RtpPacket.parse(data)
        assert (packet.payload_type, packet.payload) == (0, alaw_to_ulaw(b"\xd5" * 160))

    run(scenario)


async def packets_of(line: socket.socket, count: int) -> list[RtpPacket]:
    loop = asyncio.get_running_loop()
    return [RtpPacket.parse(await loop.sock_recv(line, 2048)) for _ in range(count)]


def test_an_announcement_goes_on_in_another_codec() -> None:
    """The far end changes from A-law to mu-law: no frame is lost, each is rendered as agreed."""
    frames = [bytes([n]) * 160 for n in range(30)]

    async def scenario() -> None:
        with a_line() as line:
            port = line.getsockname()[1]
            async with (
                a_far_trunk(OK, body=sdp("127.0.0.1", port)) as far,
                a_carrier(far.address) as carrier,
            ):
                call = await a_live_call(carrier)
                call.play(b"".join(frames))
                packets = await packets_of(line, 10)
                far.offer_anew(sdp("127.0.0.1", port, payload_type=0), carrier.sip_address)
                packets += await packets_of(line, 30)
                await call.hang_up()
                assert call.codec == "PCMA+PCMU"
        types = [packet.payload_type for packet in packets]
        assert types == sorted(types, reverse=True)
        assert set(types) == {8, 0}
        sent = [packet.payload for packet in packets]
        first = sent.index(frames[0])
        for frame, packet in zip(frames, packets[first:], strict=False):
            assert packet.payload == (alaw_to_ulaw(frame) if packet.payload_type == 0 else frame)

    run(scenario)


@pytest.mark.peer
@pytest.mark.parametrize(
    ("was", "held"),
    [
        (b"a=fmtp", b"a=sendonly\r\na=fmtp"),
        (b"a=fmtp", b"a=inactive\r\na=fmtp"),
        (b"c=IN IP4 127.0.0.1", b"c=IN IP4 0.0.0.0"),
    ],
)
def test_on_hold_an_announcement_waits_and_is_not_played(was: bytes, held: bytes) -> None:
    """What is sent resumes where it stopped; its timestamps tell that it stood still."""
    frames = [bytes([n]) * 160 for n in range(30)]

    async def scenario() -> None:
        with a_line() as line:
            body = sdp("127.0.0.1", line.getsockname()[1])
            async with a_far_trunk(OK, body=body) as far, a_carrier(far.address) as carrier:
                call = await a_live_call(carrier)
                call.play(b"".join(frames))
                packets = await packets_of(line, 5)
                far.offer_anew(body.replace(was, held), carrier.sip_address)
                assert await call.next_event(0.8) is None
                far.offer_anew(body, carrier.sip_address)
                (played,) = await events_of(call, 1)
                assert played.what is Happening.PLAYED
                while packets[-1].payload != frames[-1]:
                    packets += await packets_of(line, 1)
                await call.hang_up()
        assert [p.payload for p in packets if p.payload[0] < len(frames)] == frames
        resumed = [n for n, packet in enumerate(packets) if packet.marker and n > 0]
        steps = [(b.timestamp - a.timestamp) % (1 << 32) for a, b in itertools.pairwise(packets)]
        assert [n + 1 for n, step in enumerate(steps) if step != 160] == resumed
        assert len(resumed) == 1

    run(scenario)


@pytest.mark.parametrize("body", [b"", b"not sdp", sdp("127.0.0.1", 9, payload_type=18)])
def test_an_answer_without_usable_audio_is_a_failure(body: bytes) -> None:
    async def scenario() -> None:
        async with a_far_trunk(OK, body=body) as far, a_carrier(far.address) as carrier:
            result = await carrier.place(a_paper(), ring_s=5)
            assert isinstance(result, NotAnswered)
            assert result.outcome is Outcome.FAILED
            await until(lambda: "BYE" in far.methods)

    run(scenario)


INVITE = """INVITE sip:{called}@127.0.0.1 SIP/2.0
Via: SIP/2.0/UDP {host}:{port};branch=z9hG4bK{called}
Max-Forwards: 70
From: <sip:{caller}@trunk.example>;tag=1
To: <sip:{called}@127.0.0.1>
Call-ID: {called}-{caller}
CSeq: 1 INVITE
Contact: <sip:{host}:{port}>
{extra}Content-Type: application/sdp
Content-Length: {length}

"""


@pytest.mark.parametrize(
    ("caller", "extra", "expected"),
    [
        ("+33612345678", "", "+33612345678"),
        ("0612345678", "", "+33612345678"),
        ("0033612345678", "", "+33612345678"),
        ("trunk", "P-Asserted-Identity: <tel:+33712345678>\n", "+33712345678"),
        ("+33612345678", "Privacy: id\n", None),
        ("anonymous", "", None),
    ],
)
def test_an_inbound_call_presents_its_caller(caller: str, extra: str, expected: str | None) -> None:
    async def scenario() -> None:
        async with a_far_trunk() as far, a_carrier(far.address) as carrier:
            host, port = far.address
            body = sdp(host, 9)
            invite = INVITE.format(
                called="+33940000001",
                caller=caller,
                host=host,
                port=port,
                extra=extra,
                length=len(body),
            )
            far.send(invite.replace("\n", "\r\n").encode() + body, carrier.sip_address)
            call = await carrier.next_inbound()
            assert (call.caller, call.called) == (expected, "+33940000001")
            await until(lambda: any(b" 200 " in response for response in far.responses))

    run(scenario)


def test_strangers_are_not_answered() -> None:
    async def scenario() -> None:
        async with a_far_trunk() as far, a_carrier(("127.0.0.2", 5060)) as carrier:
            body = sdp(*far.address)
            invite = INVITE.format(
                called="+33940000001",
                caller="+33612345678",
                host=far.address[0],
                port=far.address[1],
                extra="",
                length=len(body),
            )
            far.send(invite.replace("\n", "\r\n").encode() + body, carrier.sip_address)
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(carrier.next_inbound(), 0.1)
            assert far.responses == []

    run(scenario)
