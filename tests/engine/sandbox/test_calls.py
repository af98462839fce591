import asyncio
import json
from pathlib import Path

import numpy as np
import pytest
import soundfile
from numpy.typing import NDArray

from audio.g711 import encode_alaw
from audio.speech import speak
from engine.sandbox import CallRecord, Kind, Lines, Sandbox, a_line
from engine.sandbox.measure import measure
from tests.engine.sandbox.phone import Phone
from tests.engine.sandbox.visits import NUMBER, a_call, lines_of, visited


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
        Kind.ASKS_FOR_RECEPTION: "2",
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
