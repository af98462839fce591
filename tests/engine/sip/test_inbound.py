"""Somebody calls us."""

from __future__ import annotations

from functools import partial

import pytest

from engine.sip import (
    Cancelled,
    Confirmed,
    Ended,
    Invited,
    SessionDescription,
    Side,
    UserAgent,
    answer,
    offer,
)
from engine.sip.message import Request, Response
from tests.engine.sip.far_end import AUDIO, THEM, US, FarEnd

LOCAL = offer(US[0], 5000)


def invited_by(far: FarEnd, **how: object) -> Invited:
    ask = partial(far.ask, "INVITE", branch="z9hG4bKinvite", cseq=7, body=AUDIO)
    ask(**how)  # type: ignore[arg-type]  # a test names what it says
    (event,) = far.events()
    assert isinstance(event, Invited)
    return event


def our_answer(event: Invited) -> SessionDescription:
    assert event.sdp is not None
    local = answer(event.sdp, US[0], 5000)
    assert local is not None
    return local


def accepted(far: FarEnd) -> tuple[Invited, str]:
    """An accepted call, and the To that the far side now writes."""
    event = invited_by(far)
    far.sent()
    far.agent.accept(event.call, our_answer(event), far.now)
    return event, far.response().first("to")


def up(far: FarEnd) -> tuple[Invited, str]:
    event, to = accepted(far)
    far.ask("ACK", to=to, cseq=7)
    assert far.events() == [Confirmed(event.call, None)]
    return event, to


def test_an_invite_gets_100_at_once_and_is_told() -> None:
    far = FarEnd()
    event = invited_by(
        far,
        from_='"Anonymous" <sip:anonymous@anonymous.invalid>;tag=far',
        extra=(
            ("P-Asserted-Identity", '"M, Dupont" <sip:+33612345678@b.example>, <tel:+33612345678>'),
            ("Privacy", "id"),
        ),
    )
    trying = far.response()
    assert (trying.code, trying.to_tag) == (100, "")
    assert event.caller == "sip:anonymous@anonymous.invalid"
    assert event.asserted == "sip:+33612345678@b.example"
    assert event.privacy == "id"
    assert event.called == f"sip:licite@{US[0]}:{US[1]}"
    assert event.sdp is not None


def test_an_accepted_call_is_confirmed_by_its_ack() -> None:
    far = FarEnd()
    up(far)
    far.wait(32.5)
    assert far.sent() == []


def test_a_late_ack_stops_the_repeated_answer() -> None:
    far = FarEnd()
    event, to = accepted(far)
    far.wait(1.6)
    assert [m.code for m in far.sent() if isinstance(m, Response)] == [200, 200]
    far.ask("ACK", to=to, cseq=7)
    far.wait(60.0)
    assert far.sent() == []
    assert far.events() == [Confirmed(event.call, None)]


def test_without_an_offer_ours_goes_out_and_the_ack_answers_it() -> None:
    """RFC 3261, 13.2.1."""
    far = FarEnd()
    far.ask("INVITE", cseq=7)
    (event,) = far.events()
    assert isinstance(event, Invited)
    assert event.sdp is None
    far.sent()
    far.agent.accept(event.call, LOCAL, 0.0)
    to = far.response().first("to")
    far.ask("ACK", to=to, cseq=7, body=AUDIO)
    (confirmed,) = far.events()
    assert isinstance(confirmed, Confirmed)
    assert confirmed.sdp is not None


def test_an_ack_without_the_answer_we_need_ends_the_call() -> None:
    far = FarEnd()
    far.ask("INVITE", cseq=7)
    (event,) = far.events()
    assert isinstance(event, Invited)
    far.agent.accept(event.call, LOCAL, 0.0)
    to = far.sent()[-1].first("to")
    far.ask("ACK", to=to, cseq=7)
    bye = far.request("BYE")
    far.answer(bye, 200)
    assert far.events() == [Ended(event.call, Side.LOCAL, "The ACK carries no usable answer")]


def test_hanging_up_before_the_ack_waits_for_it() -> None:
    """RFC 3261, 15: no BYE on an unacknowledged dialog."""
    far = FarEnd()
    event, to = accepted(far)
    far.agent.bye(event.call, 0.0)
    assert far.sent() == []
    far.ask("ACK", to=to, cseq=7)
    far.answer(far.request("BYE"), 200)
    assert far.events() == [Ended(event.call, Side.LOCAL)]


@pytest.mark.parametrize("code", [404, 480, 486, 603])
def test_a_rejection_is_final(code: int) -> None:
    far = FarEnd()
    event = invited_by(far)
    far.sent()
    far.agent.reject(event.call, code, now=0.0)
    assert far.response().code == code
    far.agent.accept(event.call, our_answer(event), 0.0)
    assert far.sent() == []
    assert far.events() == []


@pytest.mark.parametrize("code", [100, 200, 302, 700])
def test_a_rejection_is_a_code_that_refuses(code: int) -> None:
    with pytest.raises(ValueError, match="refuses nothing"):
        UserAgent(US).reject(1, code, now=0.0)


def test_hanging_up_an_unanswered_call_declines_it() -> None:
    far = FarEnd()
    event = invited_by(far)
    far.sent()
    far.agent.bye(event.call, 0.0)
    assert far.response().code == 603


def test_a_cancelled_call_gets_487() -> None:
    """RFC 3261, 9.2."""
    far = FarEnd()
    event = invited_by(far)
    far.sent()
    far.ask("CANCEL", branch="z9hG4bKinvite", cseq=7)
    codes = [(m.code, m.cseq.method) for m in far.sent() if isinstance(m, Response)]
    assert codes == [(200, "CANCEL"), (487, "INVITE")]
    assert far.events() == [Cancelled(event.call)]
    far.agent.accept(event.call, our_answer(event), 0.0)
    assert far.sent() == []


def test_a_cancel_after_the_answer_changes_nothing() -> None:
    far = FarEnd()
    event, to = accepted(far)
    far.ask("CANCEL", branch="z9hG4bKinvite", cseq=7)
    assert far.response().code == 200
    far.ask("ACK", to=to, cseq=7)
    assert far.events() == [Confirmed(event.call, None)]


def test_a_cancel_of_nothing_gets_481() -> None:
    far = FarEnd()
    far.ask("CANCEL")
    assert far.response().code == 481


def test_a_bye_before_our_answer_ends_the_invite_too() -> None:
    """RFC 3261, 15.1.2."""
    far = FarEnd()
    event = invited_by(far)
    far.agent.ring(event.call, 0.0)
    to = far.sent()[-1].first("to")
    far.ask("BYE", to=to, cseq=8)
    codes = [m.code for m in far.sent() if isinstance(m, Response)]
    assert codes == [200, 487]
    assert far.events() == [Cancelled(event.call)]


def test_a_call_that_its_owner_forgot_is_refused() -> None:
    far = FarEnd()
    event = invited_by(far)
    far.sent()
    far.wait(181.0)
    assert far.events() == [Cancelled(event.call)]
    assert {m.code for m in far.sent() if isinstance(m, Response)} == {480}


def test_a_merged_request_gets_482() -> None:
    """RFC 3261, 8.2.2.2."""
    far = FarEnd()
    invited_by(far)
    far.sent()
    far.ask("INVITE", branch="z9hG4bKpath2", cseq=7, body=AUDIO)
    assert far.response().code == 482
    assert far.events() == []


@pytest.mark.parametrize(
    ("method", "code"),
    [
        ("OPTIONS", 200),
        ("REGISTER", 405),
        ("MESSAGE", 405),
        ("SUBSCRIBE", 405),
        ("NOVEL", 405),
        ("BYE", 481),
        ("INFO", 481),
        ("UPDATE", 481),
        ("PRACK", 481),
    ],
)
def test_outside_a_call(method: str, code: int) -> None:
    far = FarEnd()
    far.ask(method)
    response = far.response()
    assert response.code == code
    if code in (200, 405):
        assert "INVITE" in response.first("allow")


@pytest.mark.parametrize("method", ["INVITE", "OPTIONS", "BYE", "UPDATE"])
def test_an_unknown_dialog_gets_481(method: str) -> None:
    far = FarEnd()
    far.ask(method, to=f"<sip:licite@{US[0]}>;tag=never")
    assert far.response().code == 481
    assert far.events() == []


def test_a_stray_ack_is_met_with_silence() -> None:
    far = FarEnd()
    far.ask("ACK", to=f"<sip:licite@{US[0]}>;tag=never")
    assert far.sent() == []


def test_an_extension_we_lack_is_named() -> None:
    far = FarEnd()
    far.ask("INVITE", extra=(("Require", "100rel, novel"),), body=AUDIO)
    response = far.response()
    assert response.code == 420
    assert response.first("unsupported") == "100rel, novel"


@pytest.mark.parametrize(
    ("body", "body_type", "code"),
    [
        (b"<audio/>", "application/xml", 415),
        (b"not sdp", "application/sdp", 488),
        (AUDIO.replace(b"RTP/AVP 8 0", b"RTP/SAVP 8 0"), "application/sdp", 488),
        (AUDIO.replace(b"m=audio", b"m=video"), "application/sdp", 488),
    ],
)
def test_an_offer_we_cannot_use_is_refused(body: bytes, body_type: str, code: int) -> None:
    far = FarEnd()
    far.ask("INVITE", body=body, body_type=body_type)
    assert far.response().code == code
    assert far.events() == []


def test_the_response_goes_where_rport_says() -> None:
    """RFC 3581, 4."""
    agent = UserAgent(US)
    far = FarEnd(agent)
    data = far.ask("OPTIONS")
    agent.datagrams_to_send()
    agent.receive_datagram(data.replace(b"far", b"nat"), ("203.0.113.7", 40_000), 0.0)
    ((reply, destination),) = agent.datagrams_to_send()
    assert destination == ("203.0.113.7", 40_000)
    assert b";received=203.0.113.7;rport=40000" in reply


def test_without_rport_it_goes_to_the_port_of_the_via() -> None:
    """RFC 3261, 18.2.2."""
    agent = UserAgent(US)
    far = FarEnd(agent)
    data = far.ask("OPTIONS").replace(b";rport", b"").replace(b"z9hG4bKfar1", b"z9hG4bKfar9")
    agent.datagrams_to_send()
    agent.receive_datagram(data, ("203.0.113.7", 40_000), 0.0)
    ((reply, destination),) = agent.datagrams_to_send()
    assert destination == ("203.0.113.7", THEM[1])
    assert b";received=203.0.113.7\r\n" in reply


def test_record_routes_are_echoed_and_followed() -> None:
    """RFC 3261, 12.1.1."""
    far = FarEnd()
    event = invited_by(far, extra=(("Record-Route", "<sip:203.0.113.1;lr>, <sip:p2.example;lr>"),))
    far.sent()
    far.agent.accept(event.call, our_answer(event), 0.0)
    response = far.response()
    assert response.listed("record-route") == ["<sip:203.0.113.1;lr>", "<sip:p2.example;lr>"]
    far.ask("ACK", to=response.first("to"), cseq=7)
    far.agent.bye(event.call, 0.0)
    ((data, destination),) = far.agent.datagrams_to_send()
    assert destination == ("203.0.113.1", 5060)
    assert b"Route: <sip:203.0.113.1;lr>\r\nRoute: <sip:p2.example;lr>\r\n" in data


def test_hosts_we_do_not_know_are_met_with_silence() -> None:
    far = FarEnd(UserAgent(US, only_from={THEM[0]}))
    data = far.ask("OPTIONS")
    assert far.response().code == 200
    far.hear(data.replace(b"far", b"nat"), ("203.0.113.7", 5060))
    assert far.sent() == []


def test_a_flood_of_requests_is_not_remembered() -> None:
    far = FarEnd(UserAgent(US, requests_at_once=50))
    for _ in range(200):
        far.ask("OPTIONS")
    codes = [m.code for m in far.sent() if isinstance(m, Response)]
    assert codes.count(200) == 50
    assert codes.count(503) == 150
    assert far.agent.unfinished == 100  # 50 transactions, a timer each


def test_our_bye_to_an_inbound_caller_has_its_tags_turned() -> None:
    far = FarEnd()
    event, to = up(far)
    far.agent.bye(event.call, 0.0)
    bye = far.request("BYE")
    assert isinstance(bye, Request)
    assert bye.first("from") == to
    assert bye.to_tag == "far"
    assert bye.uri == f"sip:{THEM[0]}:{THEM[1]}"
