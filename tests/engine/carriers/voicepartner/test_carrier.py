"""Batches handed over once, and what each answer of the provider is worth."""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from werkzeug.serving import make_server
from werkzeug.wrappers import Request, Response

from engine.carriers.settings import SettingRefused
from engine.carriers.voicepartner import VoicePartnerCarrier, VoicePartnerSettings
from engine.interfaces import NotAnswered, Placed, Route, Unsure
from engine.interfaces.deposits import AudiosUnknown, DepositCarrier, Throttled
from engine.journal import Json
from engine.outcome import Outcome
from engine.sandbox.twilio import Mishap
from engine.sandbox.voicepartner import VoicePartnerDouble, served
from tests.engine.carriers.voicepartner.accounts import KEY, MESSAGE, NOTIFY, a_paper, a_route

Opened = Callable[..., VoicePartnerCarrier]


@pytest.fixture
def double() -> VoicePartnerDouble:
    made = VoicePartnerDouble()
    made.keeps("token-1", "message.wav")
    return made


@pytest.fixture
def address(double: VoicePartnerDouble) -> Iterator[str]:
    with served(double) as url:
        yield url


@pytest.fixture
def opened(address: str, tmp_path: Path) -> Iterator[Opened]:
    carriers: list[VoicePartnerCarrier] = []

    def open_it(**changes: Json) -> VoicePartnerCarrier:
        carriers.append(VoicePartnerCarrier.open(a_route(tmp_path, address, **changes)))
        return carriers[-1]

    yield open_it
    for carrier in carriers:
        asyncio.run(carrier.close())


def hand_over(
    carrier: VoicePartnerCarrier, count: int = 1
) -> Placed | NotAnswered | Unsure | Throttled:
    papers = [a_paper(40 + place) for place in range(count)]
    return asyncio.run(carrier.deposit(papers, MESSAGE, notify_url=NOTIFY))


def test_it_is_what_batches_are_handed_to(opened: Opened) -> None:
    assert isinstance(opened(), DepositCarrier)


def test_a_batch_is_one_request(opened: Opened, double: VoicePartnerDouble) -> None:
    reply = hand_over(opened(), 3)
    (request,) = double.requests
    assert reply == Placed(str(request.id))
    assert request.numbers == ("+33600000040", "+33600000041", "+33600000042")
    assert (request.audio, request.notify_url) == ("token-1", NOTIFY)
    assert request.fields["sender"] == "01 62 00 00 01"


def test_nothing_is_ever_left_to_the_providers_own_scheduler(
    opened: Opened, double: VoicePartnerDouble
) -> None:
    hand_over(opened())
    hand_over(opened(mode="sms_vocal"))
    assert not any("scheduledDate" in request.fields for request in double.requests)


def test_a_text_is_spoken_where_the_route_says_so(
    opened: Opened, double: VoicePartnerDouble
) -> None:
    reply = hand_over(opened(mode="sms_vocal"), 2)
    (request,) = double.requests
    assert reply == Placed(str(request.id))
    assert request.is_spoken
    assert request.audio == MESSAGE.text


def test_no_deposit_without_a_granted_paper(opened: Opened, double: VoicePartnerDouble) -> None:
    papers = [a_paper(1), a_paper(2, granted=False)]
    with pytest.raises(ValueError, match="granted"):
        asyncio.run(opened().deposit(papers, MESSAGE, notify_url=NOTIFY))
    assert not double.requests


def test_a_batch_holds_as_many_as_the_route_says_and_each_once(opened: Opened) -> None:
    carrier = opened(batch_size=2)
    with pytest.raises(ValueError, match="1 to 2"):
        hand_over(carrier, 3)
    with pytest.raises(ValueError, match="once"):
        asyncio.run(carrier.deposit([a_paper(), a_paper()], MESSAGE, notify_url=NOTIFY))


def test_a_caller_id_that_nobody_cleared_is_never_shown(
    opened: Opened, double: VoicePartnerDouble
) -> None:
    papers = [a_paper(caller_id="+33948000001")]
    reply = asyncio.run(opened().deposit(papers, MESSAGE, notify_url=NOTIFY))
    assert isinstance(reply, NotAnswered)
    assert reply.needs_operator
    assert not double.requests


@pytest.mark.parametrize(
    ("mishap", "was_taken"),
    [
        (Mishap.ERROR_500, False),
        (Mishap.DONE_THEN_500, True),
        (Mishap.HTML_200, True),
        (Mishap.DROPPED, False),
        (Mishap.DONE_THEN_DROPPED, True),
        (Mishap.HANGS, False),
        (Mishap.DONE_THEN_HANGS, True),
    ],
)
def test_what_may_have_left_is_unsure_and_asked_once(
    opened: Opened, double: VoicePartnerDouble, mishap: Mishap, was_taken: bool
) -> None:
    double.next_requests(mishap)
    assert isinstance(hand_over(opened(timeout_s=0.3)), Unsure)
    assert len(double.requests) == was_taken


def test_too_many_requests_is_no_attempt(opened: Opened, double: VoicePartnerDouble) -> None:
    carrier = opened()
    double.next_requests(Mishap.TOO_MANY)
    assert isinstance(hand_over(carrier), Throttled)
    assert carrier.free_lines == 0
    assert not double.requests


def test_the_providers_limit_is_kept_on_our_side(
    opened: Opened, double: VoicePartnerDouble
) -> None:
    carrier = opened()
    replies = [hand_over(carrier) for _ in range(6)]
    assert [type(reply) for reply in replies] == [Placed] * 5 + [Throttled]
    assert carrier.free_lines == 0


def test_the_double_keeps_its_own_limit(opened: Opened) -> None:
    for _ in range(5):
        assert isinstance(hand_over(opened()), Placed)
    assert isinstance(hand_over(opened()), Throttled)


def test_a_wrong_key_is_the_operators_to_put_right(opened: Opened, tmp_path: Path) -> None:
    carrier = opened()
    (tmp_path / "voicepartner.key").write_text("another", "utf-8")
    wrong = VoicePartnerCarrier.open(
        Route("vp", "voicepartner", a_route_settings(carrier, tmp_path))
    )
    reply = hand_over(wrong)
    asyncio.run(wrong.close())
    assert isinstance(reply, NotAnswered)
    assert (reply.outcome, reply.is_routes_fault) == (Outcome.FAILED, True)
    assert reply.needs_operator


def a_route_settings(carrier: VoicePartnerCarrier, folder: Path) -> dict[str, Json]:
    return {
        "secret": str(folder / "voicepartner.key"),
        "api_url": carrier.settings.api_url,
        "email": carrier.settings.email,
        "sender": carrier.settings.sender_as_validated,
    }


def test_a_refusal_in_the_providers_own_words_left_nothing(
    opened: Opened, double: VoicePartnerDouble
) -> None:
    double.credit = 0.05
    reply = hand_over(opened())
    assert isinstance(reply, NotAnswered)
    assert reply.cause == "8 Crédits insuffisants"
    assert not double.requests


def test_a_provider_that_nobody_reaches_was_asked_nothing(tmp_path: Path) -> None:
    with served(VoicePartnerDouble()) as gone:
        route = a_route(tmp_path, gone)
    carrier = VoicePartnerCarrier.open(route)
    reply = hand_over(carrier)
    asyncio.run(carrier.close())
    assert isinstance(reply, NotAnswered)
    assert reply.is_routes_fault


ANSWERS = [
    (200, '{"success": true}', Unsure),  # taken, and nobody knows by what name
    (200, '{"success": true, "campaignId": "+33 6 12 34 56 78"}', Unsure),
    (200, '{"success": "yes", "campaignId": 7}', Unsure),
    (200, "[]", Unsure),
    (200, "null", Unsure),
    (200, "[" * 100_000, Unsure),
    (200, '{"success": false, "code": "x", "message": ["+33612345678"]}', NotAnswered),
    (204, "", Unsure),
    (301, "", Unsure),
    (400, "<html>", NotAnswered),
    (403, '{"message": "non"}', NotAnswered),
    (408, "", Unsure),
    (503, '{"success": false, "code": 1}', Unsure),
    (200, '{"success": true, "campaignId": 12, "x": "' + "y" * 1_100_000 + '"}', Unsure),
]


@pytest.mark.parametrize(("status", "body", "wanted"), ANSWERS)
def test_an_answer_is_worth_what_it_certainly_says(
    tmp_path: Path, status: int, body: str, wanted: type
) -> None:
    @Request.application
    def answer(_request: Request) -> Response:
        return Response(body, status, {"Location": "http://127.0.0.1:1/"}, "application/json")

    server = make_server("127.0.0.1", 0, answer, threaded=True)
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    carrier = VoicePartnerCarrier.open(a_route(tmp_path, f"http://127.0.0.1:{server.server_port}"))
    reply = hand_over(carrier)
    asyncio.run(carrier.close())
    server.shutdown()
    server.server_close()
    assert isinstance(reply, wanted)
    assert "612345678" not in repr(reply)


def test_no_log_and_no_error_tells_the_key(
    opened: Opened, double: VoicePartnerDouble, caplog: pytest.LogCaptureFixture
) -> None:
    carrier = opened(timeout_s=0.3)
    replies = []
    with caplog.at_level(logging.WARNING):
        for mishap in (Mishap.HANGS, Mishap.DROPPED, Mishap.HTML_200, Mishap.ERROR_500):
            double.next_requests(mishap)
            replies.append(repr(hand_over(carrier)))
        double.next_questions(Mishap.DROPPED)
        with pytest.raises(AudiosUnknown) as unknown:
            asyncio.run(carrier.audios())
    told = [caplog.text, str(unknown.value), repr(carrier.settings), *replies]
    assert KEY not in " ".join(told)


def test_the_files_are_told_by_their_tokens(opened: Opened, double: VoicePartnerDouble) -> None:
    carrier = opened()
    assert asyncio.run(carrier.audios()) == {"token-1": "message.wav"}
    assert asyncio.run(carrier.rename("token-1", "b.wav"))
    assert asyncio.run(carrier.audios()) == {"token-1": "b.wav"}
    assert not asyncio.run(carrier.rename("unknown", "b.wav"))


def test_the_files_are_asked_for_once_a_minute(
    double: VoicePartnerDouble, address: str, tmp_path: Path
) -> None:
    now = [0.0]
    settings = VoicePartnerSettings.read(a_route(tmp_path, address))
    carrier = VoicePartnerCarrier(settings, now=lambda: now[0])
    seen = []
    for now[0], name in ((0.0, "a.wav"), (59.0, "b.wav"), (61.0, "c.wav")):
        double.keeps("token-1", name)
        seen.append(asyncio.run(carrier.audios())["token-1"])
    asyncio.run(carrier.close())
    assert seen == ["a.wav", "a.wav", "c.wav"]


def test_the_credit_is_read_wherever_it_stands(opened: Opened, double: VoicePartnerDouble) -> None:
    double.credit = 12.5
    assert asyncio.run(opened().credit()) == 12.5


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("batch_size", 501),
        ("batch_size", 0),
        ("worst_delay_min", 0),
        ("worst_delay_min", 171),
        ("email", "nobody"),
        ("sender", "12"),
        ("mode", "call"),
        ("api_url", "https://user@example.org"),
        ("secret", "/nowhere"),
        ("timeout_s", 61),
    ],
)
def test_a_setting_that_cannot_be_used_is_named(tmp_path: Path, field: str, value: Json) -> None:
    route = a_route(tmp_path, "https://api.example.org", **{field: value})
    with pytest.raises(SettingRefused) as refused:
        VoicePartnerCarrier.open(route)
    assert refused.value.field == field
