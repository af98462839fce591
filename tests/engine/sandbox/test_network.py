import asyncio
import json
import os
import random
import signal
import sys
from collections.abc import Awaitable, Callable, Coroutine, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
from numpy.typing import NDArray
from sipmessage import AuthCredentials, AuthParameters, Response

from audio.g711 import encode_alaw
from audio.speech import speak
from engine.sandbox import CREDENTIALS, CallRecord, Kind, Lines, Sandbox
from engine.sandbox.digest import REALM, _md5
from engine.sandbox.lines import Line, a_line
from engine.sandbox.measure import measure
from tests.engine.sandbox.phone import Phone, sdp

NUMBER = "+33612345678"

Visit = Callable[[Phone], Awaitable[None]]


def lines_of(*lines: Line) -> Lines:
    return Lines({line.number: line for line in lines}, {"ring_s": 0.0})


def a_call(kind: Kind, **chosen: object) -> Line:
    return a_line(NUMBER, kind, **{"ring_s": 0.0, **chosen})


def visited(line: Line, visit: Visit, **settings: Any) -> list[CallRecord]:
    """Let *visit* use a phone that can call *line*; returns the sandbox's records."""

    async def scenario() -> list[CallRecord]:
        async with Sandbox(lines_of(line), **settings) as sandbox, Phone(sandbox.address) as phone:
            if line.calls_back:
                sandbox.inbound = phone.sip_address
            async with asyncio.timeout(60):
                await visit(phone)
                await sandbox.settle()
            return sandbox.records

    return asyncio.run(scenario())


def codes(responses: list[Response]) -> list[int]:
    return [response.code for response in responses]


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        (Kind.BUSY, [100, 486]),
        (Kind.UNKNOWN, [100, 404]),
        (Kind.UNREACHABLE, [100, 480]),
        (Kind.REJECTED, [100, 180, 603]),
    ],
)
def test_a_line_that_does_not_answer_refuses_with_its_status(
    kind: Kind, expected: list[int]
) -> None:
    async def visit(phone: Phone) -> None:
        await phone.call(NUMBER)
        assert codes(phone.responses) == expected

    (record,) = visited(a_call(kind), visit)
    assert (record.line, record.code, record.ended_by) == (kind, expected[-1], "refused")
    assert record.wav is None


def test_a_call_can_be_cancelled_while_it_rings() -> None:
    async def visit(phone: Phone) -> None:
        await phone.ring(NUMBER)
        await phone.response(at_least=180)
        phone.send(phone.request("CANCEL"))
        assert (await phone.response(at_least=400)).code == 487

    (record,) = visited(a_call(Kind.NO_ANSWER), visit)
    assert (record.code, record.ended_by) == (487, "cancelled")


def test_a_200_is_repeated_until_it_is_acknowledged() -> None:
    async def visit(phone: Phone) -> None:
        await phone.ring(NUMBER)
        async with asyncio.timeout(5):
            while codes(phone.responses).count(200) < 2:
                await phone.news()
        await phone.response()
        await phone.hang_up()

    (record,) = visited(a_call(Kind.SILENT), visit)
    assert record.ended_by == "caller"


def test_a_repeated_invite_is_one_call() -> None:
    async def visit(phone: Phone) -> None:
        await phone.ring(NUMBER)
        await phone.response()
        phone.send(phone.invite)
        await phone.hang_up()

    assert len(visited(a_call(Kind.SILENT), visit)) == 1


def test_a_call_without_a_codec_in_common_is_refused() -> None:
    async def visit(phone: Phone) -> None:
        assert (await phone.call(NUMBER, types="8 101")).code == 488

    (record,) = visited(a_call(Kind.MAILBOX_PCMU), visit)
    assert record.code == 488


@pytest.mark.parametrize(
    ("method", "code"), [("OPTIONS", 200), ("BYE", 481), ("INFO", 481), ("SUBSCRIBE", 405)]
)
def test_a_request_outside_a_call_is_answered(method: str, code: int) -> None:
    async def visit(phone: Phone) -> None:
        request = phone.request(method, NUMBER)
        if code == 481:
            request.headers.set("To", f"<sip:{NUMBER}@127.0.0.1>;tag=gone")
        phone.send(request)
        assert (await phone.response()).code == code

    assert visited(a_call(Kind.BUSY), visit) == []


@pytest.mark.parametrize("method", ["INVITE", "REGISTER"])
def test_a_challenge_is_met_by_the_right_credentials(method: str) -> None:
    async def visit(phone: Phone) -> None:
        phone.number = NUMBER
        first = phone.invite = phone.request(method, NUMBER, body=sdp(phone.rtp_port))
        phone.send(first)
        refused = await phone.response()
        assert refused.code == (407 if method == "INVITE" else 401)
        challenge = refused.proxy_authenticate or refused.www_authenticate
        assert challenge is not None
        phone.responses.clear()
        again = phone.invite = phone.request(method, NUMBER, body=sdp(phone.rtp_port))
        credentials = an_answer_to(challenge.parameters["nonce"], method)
        again.proxy_authorization = again.authorization = credentials
        phone.send(again)
        assert (await phone.response()).code == 200
        if method == "INVITE":
            await phone.hang_up()

    assert len(visited(a_call(Kind.CHALLENGES), visit)) == (method == "INVITE")


def an_answer_to(nonce: str, method: str) -> AuthCredentials:
    user, password = CREDENTIALS
    first, second = _md5(f"{user}:{REALM}:{password}"), _md5(f"{method}:sip:x")
    response = _md5(f"{first}:{nonce}:{second}")
    return AuthCredentials(
        "Digest",
        AuthParameters(username=user, realm=REALM, nonce=nonce, uri="sip:x", response=response),
    )


def test_an_invite_without_a_description_gets_an_offer() -> None:
    async def visit(phone: Phone) -> None:
        phone.number = NUMBER
        phone.invite, phone.ack_body = phone.request("INVITE", NUMBER), sdp(phone.rtp_port, "0")
        phone.send(phone.invite)
        assert b"RTP/AVP 8 0 101" in (await phone.response()).body
        await phone.hears(0)
        await phone.hang_up()

    (record,) = visited(a_call(Kind.SILENT), visit)
    assert record.codec == "PCMU"


def test_requests_within_a_call_are_answered_and_a_key_by_info_counts_once() -> None:
    async def visit(phone: Phone) -> None:
        answer = await phone.call(NUMBER)
        key = phone.request("INFO", body=b"Signal=5\r\nDuration=160\r\n")
        again = phone.request("INVITE", body=sdp(phone.rtp_port))
        again.to_address = answer.to_address
        for request in (key, key, phone.request("OPTIONS"), again, phone.request("SUBSCRIBE")):
            phone.send(request)
        async with asyncio.timeout(5):
            while len(phone.responses) < 8:
                await phone.news()
        assert codes(phone.responses) == [100, 180, 200, 200, 200, 200, 200, 405]
        assert phone.responses[6].body == answer.body
        await phone.hang_up()

    (record,) = visited(a_call(Kind.SILENT), visit)
    assert [key.digit for key in record.keys_heard] == ["5"]


GARBAGE = [
    b"",
    b"\r\n\r\n",
    b"\0" * 2000,
    os.urandom(500),
    b"INVITE sip:x SIP/2.0\r\n\r\n",
    b"INVITE sip:x@y SIP/2.0\r\nVia: SIP/2.0/UDP a;branch=z9hG4bK1\r\nFrom: <\r\n\r\n",
    b"SIP/2.0 200 OK\r\nVia: x\r\n\r\n",
    b"SIP/2.0 abc OK\r\nCall-ID: 1\r\n\r\n",
]


def damaged(message: bytes, *, times: int) -> Iterator[bytes]:
    """Copies of *message* with a few bytes replaced."""
    chance = random.Random(1)
    for _ in range(times):
        copy = bytearray(message)
        for _ in range(chance.randint(1, 5)):
            copy[chance.randrange(len(copy))] = chance.randrange(256)
        yield bytes(copy)


def test_garbage_on_either_socket_changes_nothing() -> None:
    async def visit(phone: Phone) -> None:
        whole = bytes(phone.request("OPTIONS", NUMBER))
        for datagram in [*GARBAGE, *(whole[:end] for end in range(0, len(whole) - 1, 7))]:
            phone.send_sip(datagram)
        async with Phone(phone.sandbox) as another:
            for datagram in damaged(whole, times=100):
                another.send_sip(datagram)
            await phone.call(NUMBER)
        for datagram in [*GARBAGE, b"\x80\x08", b"\x80\xe5" + bytes(10), b"\x80\xc8" + bytes(26)]:
            phone.send_rtp(datagram)
        await phone.hears(8)
        await phone.hang_up()

    *_, record = visited(a_call(Kind.SILENT), visit)
    assert record.ended_by == "caller"


def test_a_sandbox_that_closes_hangs_up_and_keeps_its_records(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with Phone(("", 0)) as phone:
            async with Sandbox(lines_of(a_call(Kind.SILENT)), mailboxes=tmp_path) as sandbox:
                phone.sandbox = sandbox.address
                await phone.call(NUMBER)
                await phone.hears(8)
            await phone.far_end_hangs_up()
            (record,) = sandbox.records
            assert record.ended_by == "sandbox"
            assert record.wav is not None
            assert (tmp_path / record.wav).exists()

    asyncio.run(scenario())


@pytest.mark.peer
def test_a_caller_who_vanishes_is_hung_up_on(tmp_path: Path) -> None:
    async def visit(phone: Phone) -> None:
        await phone.call(NUMBER)
        await phone.hears_for(0.5)
        phone.is_mute, phone.answers_bye = True, False
        async with asyncio.timeout(5):
            while [request.method for request in phone.requests] != ["BYE", "BYE"]:
                await phone.news()

    line = a_call(Kind.MAILBOX_SHORT)
    (record,) = visited(line, visit, mailboxes=tmp_path, rtp_timeout_s=1.0)
    assert record.ended_by == "no_rtp"
    assert record.duration_s is not None
    assert 1.4 < record.duration_s < 2.0
    assert record.wav is not None
    assert soundfile.info(tmp_path / record.wav).duration == pytest.approx(
        record.duration_s, abs=0.01
    )


@pytest.mark.peer
def test_the_recording_is_true_to_20_ms(tmp_path: Path) -> None:
    announcement = encode_alaw(speak("Bonjour, ceci est un essai.", language="fr").pcm[::3])
    starts_s: list[float] = []

    async def visit(phone: Phone) -> None:
        await phone.call(NUMBER)
        await phone.hears_for(1.234)
        phone.to_send = announcement
        await phone.hears_for(4.0)
        assert phone.playing_since is not None
        starts_s.append(phone.playing_since - phone.answered_at)
        await phone.hang_up()

    events = tmp_path / "events.jsonl"
    (record,) = visited(a_call(Kind.MAILBOX_NO_BEEP), visit, mailboxes=tmp_path, events=events)
    assert record.wav is not None
    found = measure(tmp_path / record.wav, announcement)
    assert found.correlation > 0.99
    assert found.start_s == pytest.approx(starts_s[0], abs=0.02)
    assert json.loads(events.read_text())["wav"] == record.wav
    assert (record.packets.lost, record.codec) == (0, "PCMA")
    assert (record.caller_id, record.asserted_id) == ("+33948120000", "+33948120000")


def check_beeps(record: CallRecord, left: NDArray[np.float64]) -> None:
    """What the line sent has the tones that its record tells, where it tells them."""
    for beep in record.beeps:
        inside = left[round(beep.start_s * 8000) : round(beep.end_s * 8000)]
        before = left[round(beep.start_s * 8000) - 400 : round(beep.start_s * 8000)]
        loudest = np.argmax(np.abs(np.fft.rfft(inside))) * 8000 / len(inside)
        assert loudest == pytest.approx(beep.frequency_hz, abs=10)
        assert 20 * np.log10(inside[:800].std() / before.std()) > 20


async def one_call(sandbox: Sandbox, number: str, *, lasts_s: float) -> Phone:
    async with Phone(sandbox.address) as phone:
        response = await phone.call(number)
        if response.code == 200:
            await phone.hears_for(lasts_s)
            if not any(request.method == "BYE" for request in phone.requests):
                await phone.hang_up()
        return phone


@pytest.mark.peer
def test_every_kind_behaves_as_it_is_described(tmp_path: Path) -> None:
    answered = [kind for kind in Kind if answer_expected(kind)]
    chosen = {Kind.SCREENING: {"hangs_up_after_s": 9.0}, Kind.MAILBOX_LIMIT: {"limit_s": 1.0}}
    lines = lines_of(
        *(
            a_line(f"+3361234{n:04}", kind, ring_s=0.0, **chosen.get(kind, {}))
            for n, kind in enumerate(answered)
        )
    )

    async def scenario() -> dict[Kind, CallRecord]:
        async with Sandbox(lines, mailboxes=tmp_path) as sandbox:
            await asyncio.gather(*(one_call(sandbox, each, lasts_s=14.0) for each in lines.listed))
            await sandbox.settle()
            return {record.line: record for record in sandbox.records}

    records = asyncio.run(scenario())
    assert set(records) == set(answered)
    assert {kind for kind in records if records[kind].ended_by == "line"} == {
        Kind.HANGS_UP_EARLY,
        Kind.MAILBOX_FULL,
        Kind.MAILBOX_LIMIT,
        Kind.SCREENING,
    }
    pressed = {kind: "".join(key.digit for key in records[kind].keys_pressed) for kind in records}
    assert {kind: keys for kind, keys in pressed.items() if keys} == {
        Kind.PRESSES_9: "9",
        Kind.PRESSES_9_AT_ONCE: "9",
        Kind.PRESSES_1_THEN_9: "19",
        Kind.WRONG_KEYS: "57",
    }
    without_beep = {kind for kind in records if not records[kind].beeps}
    assert {Kind.MAILBOX_NO_BEEP, Kind.MAILBOX_FULL, Kind.SCREENING, Kind.SILENT} <= without_beep
    assert records[Kind.FAX].beeps[0].frequency_hz == 2100
    assert records[Kind.MAILBOX_PCMU].codec == "PCMU"
    assert records[Kind.SILENT].greeting_end_s is None
    for record in records.values():
        assert record.packets.received > 0
        assert record.wav is not None
        assert NUMBER[1:] not in record.wav
        left = np.asarray(soundfile.read(tmp_path / record.wav)[0], np.float64)[:, 0]
        check_beeps(record, left)


def answer_expected(kind: Kind) -> bool:
    line = a_line(NUMBER, kind)
    return not (line.code or line.calls_back or kind in (Kind.NO_ANSWER, Kind.CHALLENGES))


@pytest.mark.peer
def test_the_network_speaks_before_it_refuses() -> None:
    async def visit(phone: Phone) -> None:
        await phone.ring(NUMBER)
        early = await phone.response(at_least=183)
        phone.listen_to(early)
        assert (await phone.response(at_least=400, timeout_s=20)).code == 480
        assert len(phone.audio) > 150

    (record,) = visited(a_call(Kind.EARLY_MEDIA), visit)
    assert (record.code, record.duration_s) == (480, None)


@pytest.mark.peer
@pytest.mark.parametrize(
    ("kind", "keys", "sender"),
    [
        (Kind.CALLS_BACK, "9", NUMBER),
        (Kind.CALLS_BACK_HANGS_UP, "9", NUMBER),
        (Kind.CALLS_BACK_WITHHELD, "0612345678#1", "anonymous"),
    ],
)
def test_a_line_calls_the_number_that_it_was_shown(kind: Kind, keys: str, sender: str) -> None:
    loud = encode_alaw((8000 * np.sin(np.arange(8000))).astype(np.int16))

    async def visit(phone: Phone) -> None:
        await phone.ring(NUMBER)
        await phone.response(at_least=180)
        phone.send(phone.request("CANCEL"))
        await phone.response(at_least=400)
        async with asyncio.timeout(10):
            while not any(request.method == "ACK" for request in phone.requests):
                await phone.news()
        (invite,) = [request for request in phone.requests if request.method == "INVITE"]
        assert invite.uri.user == "+33948120000"
        assert invite.from_address.uri.user == sender
        assert (invite.headers.get("Privacy") == "id") == (sender == "anonymous")
        phone.to_send = loud
        await phone.hears_keys(keys.removesuffix("#1") + "#" * ("#" in keys))
        if kind is not Kind.CALLS_BACK_HANGS_UP:
            phone.to_send = loud
            await phone.hears_keys(keys)
            phone.is_mute = True
        await phone.far_end_hangs_up()

    line = a_call(kind, call_back_after_s=0.1, key_after_s=1.0)
    called, calling = visited(line, visit, rtp_timeout_s=1.0)
    assert (called.direction, called.ended_by) == ("to_line", "cancelled")
    assert (calling.direction, calling.code) == ("from_line", 200)
    assert "".join(key.digit for key in calling.keys_pressed) == keys


@pytest.mark.peer
def test_keys_by_info_are_sent_in_the_signalling() -> None:
    async def visit(phone: Phone) -> None:
        await phone.call(NUMBER)
        async with asyncio.timeout(5):
            while not any(request.method == "INFO" for request in phone.requests):
                await phone.news()
        await phone.hang_up()
        (info,) = [request for request in phone.requests if request.method == "INFO"]
        assert info.body.startswith(b"Signal=9\r\n")

    line = Lines.parse(
        f'[[line]]\nnumber="{NUMBER}"\nkind="presses_9_at_once"\nkeys_by="info"\nring_s=0'
    ).at(NUMBER)
    visited(line, visit)


@pytest.mark.peer
def test_a_hundred_calls_at_once_lose_nothing(tmp_path: Path) -> None:
    numbers = [f"+336123{n:04}40" for n in range(100)]

    async def scenario() -> list[CallRecord]:
        async with Sandbox(Lines({}, {"ring_s": 0.0}), mailboxes=tmp_path) as sandbox:
            await asyncio.gather(*(one_call(sandbox, each, lasts_s=3.0) for each in numbers))
            await sandbox.settle()
            return sandbox.records

    records = asyncio.run(scenario())
    assert len(records) == 100
    assert sum(record.packets.lost for record in records) == 0
    assert {record.ended_by for record in records} == {"caller"}


async def a_process(*arguments: str) -> tuple[asyncio.subprocess.Process, str]:
    """Start ``python -m engine.sandbox``; returns it with its first line."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "engine.sandbox",
        *arguments,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    assert process.stdout is not None
    return process, (await process.stdout.readline()).decode()


def run(scenario: Coroutine[Any, Any, None]) -> None:
    async def bounded() -> None:
        async with asyncio.timeout(30):
            await scenario

    asyncio.run(bounded())


@pytest.mark.peer
def test_the_process_says_where_it_is_called_and_ends_when_told(tmp_path: Path) -> None:
    file, events = tmp_path / "lines.toml", tmp_path / "events.jsonl"
    file.write_text(f'[[line]]\nnumber = "{NUMBER}"\nkind = "busy"\nring_s = 0\n')

    async def scenario() -> None:
        process, said = await a_process(
            "--sip-port", "0", "--lines", str(file), "--events", str(events)
        )
        assert said.startswith("sandbox ready on 127.0.0.1:")
        async with Phone(("127.0.0.1", int(said.rsplit(":", 1)[1]))) as phone:
            assert (await phone.call(NUMBER)).code == 486
        process.send_signal(signal.SIGTERM)
        assert await process.wait() == 0

    run(scenario())
    assert json.loads(events.read_text())["line"] == "busy"


@pytest.mark.peer
def test_the_process_names_what_is_wrong_in_its_file(tmp_path: Path) -> None:
    file = tmp_path / "lines.toml"
    file.write_text('[[line]]\nnumber = "06"\nkind = "busy"\n')

    async def scenario() -> None:
        process, _ = await a_process("--lines", str(file))
        assert process.stderr is not None
        assert "E.164" in (await process.stderr.read()).decode()
        assert await process.wait() == 2

    run(scenario())
