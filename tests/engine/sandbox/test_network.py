import asyncio
import os
import random
from collections.abc import Iterator
from pathlib import Path

import pytest
from sipmessage import AuthCredentials, AuthParameters

from engine.sandbox import CREDENTIALS, Kind, Sandbox
from engine.sandbox.digest import REALM, _md5
from tests.engine.sandbox.phone import Phone, sdp
from tests.engine.sandbox.visits import NUMBER, a_call, codes, lines_of, visited


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
