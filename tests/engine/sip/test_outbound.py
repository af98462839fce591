"""Our INVITE and everything that may come back."""

from __future__ import annotations

import pytest

from engine.sip import Answered, Credentials, Ended, Failed, Provisional, Side, UserAgent, offer
from engine.sip.compose import respond
from engine.sip.events import Event
from engine.sip.message import Request
from tests.engine.sip.far_end import AUDIO, SDP, THEM, US, FarEnd, an_answered_call

CREDENTIALS = Credentials("licite", "secret")
CHALLENGE = ("WWW-Authenticate", 'Digest realm="far", nonce="n1", algorithm=MD5, qop="auth"')


def test_the_caller_id_stands_in_from_and_in_p_asserted_identity_as_it_is() -> None:
    far = FarEnd()
    far.call()
    invite = far.request("INVITE")
    assert invite.first("from").startswith("<sip:+33940000001@198.51.100.5>;tag=")
    assert invite.first("p-asserted-identity") == "<sip:+33940000001@198.51.100.5>"
    assert "privacy" not in invite.fields


@pytest.mark.parametrize(
    "caller_id", ["+33940000001\r\nPrivacy: id", "sip:a@b>;x=<", "+33 9", "sip:", "tel:"]
)
def test_a_caller_id_that_is_no_uri_is_refused(caller_id: str) -> None:
    agent = UserAgent(US)
    with pytest.raises(ValueError, match="URI"):
        agent.invite(
            "sip:+33612345678@b.example",
            THEM,
            caller_id=caller_id,
            sdp=offer(US[0], 4000),
            now=0.0,
        )
    assert agent.datagrams_to_send() == []
    assert agent.unfinished == 0


def test_ringing_then_answered() -> None:
    far = FarEnd()
    call = far.call()
    invite = far.request("INVITE")
    far.answer(invite, 100)
    far.answer(invite, 180)
    far.accept(invite)
    assert [type(event) for event in far.events()] == [Provisional, Provisional, Answered]
    ack = far.request("ACK")
    assert ack.to_tag == "far"
    assert ack.uri == f"sip:{THEM[0]}:{THEM[1]}"
    assert ack.cseq.number == invite.cseq.number
    assert ack.via.branch != invite.via.branch
    assert call == 1


def test_an_answer_may_come_first() -> None:
    far = FarEnd()
    far.call()
    far.accept(far.request("INVITE"))
    assert [type(event) for event in far.events()] == [Answered]


def test_a_repeated_answer_is_acknowledged_again_and_told_once() -> None:
    far, invite, _ = an_answered_call()
    for _ in range(3):
        far.accept(invite)
        far.request("ACK")
    assert far.events() == []


def test_early_media_is_delivered() -> None:
    far = FarEnd()
    far.call()
    far.answer(far.request("INVITE"), 183, body=AUDIO)
    (event,) = far.events()
    assert isinstance(event, Provisional)
    assert event.code == 183
    assert event.sdp is not None
    assert event.sdp.audio is not None
    assert event.sdp.audio.port == 6000


def test_an_answer_without_a_description_takes_that_of_the_183() -> None:
    far = FarEnd()
    far.call()
    invite = far.request("INVITE")
    far.answer(invite, 183, body=AUDIO)
    far.answer(invite, 200)
    assert isinstance(far.events()[-1], Answered)


@pytest.mark.parametrize("body", [b"", b"not sdp", AUDIO.replace(b"RTP/AVP 8 0", b"RTP/AVP 18")])
def test_an_answer_without_usable_audio_is_acknowledged_and_ended(body: bytes) -> None:
    far = FarEnd()
    call = far.call()
    far.answer(far.request("INVITE"), 200, body=body)
    assert [m.method for m in far.sent() if isinstance(m, Request)] == ["ACK", "BYE"]
    (event,) = far.events()
    assert isinstance(event, Failed)
    assert (event.call, event.code, event.origin) == (call, 488, Side.LOCAL)


@pytest.mark.parametrize("code", [301, 302, 403, 404, 480, 486, 500, 503, 603, 699])
@pytest.mark.parametrize("rings_first", [True, False])
def test_a_failure_is_acknowledged_and_told_once(code: int, rings_first: bool) -> None:
    far = FarEnd()
    call = far.call()
    invite = far.request("INVITE")
    if rings_first:
        far.answer(invite, 100)
    far.answer(invite, code)
    far.answer(invite, code)
    assert far.request_all("ACK") == 2
    *before, event = far.events()
    assert [type(each) for each in before] == [Provisional] * rings_first
    assert isinstance(event, Failed)
    assert (event.call, event.code, event.origin) == (call, code, Side.REMOTE)


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("120", 120),
        ("18000;duration=3600", 18000),
        ("120 (I'm in a meeting)", 120),
        ("949302838503028349304023988", 86_400),
        ("soon", None),
        ("", None),
    ],
)
def test_retry_after_is_surfaced(value: str, seconds: int | None) -> None:
    far = FarEnd()
    far.call()
    far.answer(far.request("INVITE"), 503, extra=(("Retry-After", value),))
    (event,) = far.events()
    assert isinstance(event, Failed)
    assert event.retry_after_s == seconds


def test_cancel_waits_for_a_provisional_response() -> None:
    """RFC 3261, 9.1."""
    far = FarEnd()
    call = far.call()
    invite = far.request("INVITE")
    far.agent.cancel(call, 0.0)
    assert far.sent() == []
    far.answer(invite, 100)
    cancel = far.request("CANCEL")
    assert (cancel.via.branch, cancel.uri) == (invite.via.branch, invite.uri)
    assert cancel.cseq.number == invite.cseq.number
    assert cancel.to_tag == ""
    far.answer(invite, 180)
    assert far.sent() == []
    far.answer(cancel, 200)
    far.answer(invite, 487)
    far.request("ACK")
    *_, event = far.events()
    assert isinstance(event, Failed)
    assert event.code == 487


def test_an_answer_that_crosses_our_cancel_is_acknowledged_and_ended() -> None:
    far = FarEnd()
    call = far.call()
    invite = far.request("INVITE")
    far.answer(invite, 180)
    far.events()
    far.agent.cancel(call, 0.0)
    far.request("CANCEL")
    far.accept(invite)
    ack, bye = (m for m in far.sent() if isinstance(m, Request))
    assert (ack.method, bye.method) == ("ACK", "BYE")
    assert bye.to_tag == "far"
    assert bye.cseq.number > ack.cseq.number
    (event,) = far.events()
    assert isinstance(event, Failed)
    assert (event.code, event.origin) == (487, Side.LOCAL)
    far.answer(bye, 200)
    far.wait(33.0)
    assert far.agent.unfinished == 0


def test_a_cancel_that_nobody_heeds_ends_after_64_t1() -> None:
    far = FarEnd()
    call = far.call()
    invite = far.request("INVITE")
    far.answer(invite, 180)
    far.events()
    far.agent.cancel(call, 0.0)
    far.answer(far.request("CANCEL"), 200)
    far.wait(31.9)
    assert far.events() == []
    far.wait(0.2)
    assert far.events() == [Failed(call, 487, "Cancelled", Side.LOCAL)]
    assert far.agent.unfinished == 0


def test_a_call_that_its_owner_forgot_is_cancelled() -> None:
    far = FarEnd()
    far.call()
    far.answer(far.request("INVITE"), 180)
    far.wait(299.0)
    assert far.sent() == []
    far.wait(2.0)
    assert far.request_all("CANCEL") >= 1


def test_another_phone_that_answers_is_acknowledged_and_ended() -> None:
    far, invite, call = an_answered_call()
    far.accept(invite, tag="other")
    ack, bye = (m for m in far.sent() if isinstance(m, Request))
    assert (ack.method, ack.to_tag, bye.method, bye.to_tag) == ("ACK", "other", "BYE", "other")
    assert far.events() == []
    far.ask_within(invite, "INFO")
    assert far.response().code == 200
    assert call in far.agent._core.calls


def test_forks_without_end_are_not_remembered() -> None:
    far, invite, _ = an_answered_call()
    for number in range(50):
        far.accept(invite, tag=f"fork{number}")
    sent = [m.method for m in far.sent() if isinstance(m, Request)]
    assert sent.count("ACK") == sent.count("BYE") == 7


@pytest.mark.parametrize("code", [401, 407])
@pytest.mark.parametrize("rings_first", [True, False])
def test_a_challenge_is_answered_once(code: int, rings_first: bool) -> None:
    far = FarEnd()
    far.call(CREDENTIALS)
    invite = far.request("INVITE")
    if rings_first:
        far.answer(invite, 100)
    header = "Proxy-Authenticate" if code == 407 else "WWW-Authenticate"
    far.answer(invite, code, extra=((header, CHALLENGE[1]),))
    ack, again = (m for m in far.sent() if isinstance(m, Request))
    assert (ack.method, again.method) == ("ACK", "INVITE")
    assert again.cseq.number == invite.cseq.number + 1
    assert again.via.branch != invite.via.branch
    assert (again.call_id, again.from_tag, again.to_tag) == (invite.call_id, invite.from_tag, "")
    answer = "proxy-authorization" if code == 407 else "authorization"
    assert 'username="licite"' in again.first(answer)
    far.answer(again, code, extra=((header, CHALLENGE[1]),))
    assert far.request("ACK").via.branch == again.via.branch
    *_, event = far.events()
    assert isinstance(event, Failed)
    assert event.code == code


def test_the_ack_of_an_answer_carries_the_credentials_of_its_invite() -> None:
    """RFC 3261, 13.2.2.4 and 22.1."""
    far = FarEnd()
    far.call(CREDENTIALS)
    far.answer(far.request("INVITE"), 401, extra=(CHALLENGE,))
    again = far.sent()[-1]
    assert isinstance(again, Request)
    far.accept(again)
    assert far.request("ACK").first("authorization") == again.first("authorization")


def test_a_stale_nonce_earns_one_more_attempt() -> None:
    far = FarEnd()
    far.call(CREDENTIALS)
    far.answer(far.request("INVITE"), 401, extra=(CHALLENGE,))
    for number in (2, 3):
        last = far.sent()[-1]
        assert isinstance(last, Request)
        assert last.method == "INVITE"
        stale = f'Digest realm="far", nonce="n{number}", stale=true'
        far.answer(last, 401, extra=(("WWW-Authenticate", stale),))
    assert [type(event) for event in far.events()] == [Failed]


def test_a_proxy_and_a_server_may_both_challenge() -> None:
    far = FarEnd()
    far.call(CREDENTIALS)
    far.answer(far.request("INVITE"), 407, extra=(("Proxy-Authenticate", CHALLENGE[1]),))
    again = far.sent()[-1]
    assert isinstance(again, Request)
    far.answer(again, 401, extra=(CHALLENGE,))
    last = far.sent()[-1]
    assert isinstance(last, Request)
    assert last.first("authorization")
    assert last.first("proxy-authorization")


def test_a_cancelled_call_does_not_answer_a_challenge() -> None:
    far = FarEnd()
    call = far.call(CREDENTIALS)
    invite = far.request("INVITE")
    far.agent.cancel(call, 0.0)
    far.answer(invite, 401, extra=(CHALLENGE,))
    far.request("ACK")
    assert [type(event) for event in far.events()] == [Failed]


def test_without_credentials_a_challenge_is_a_failure() -> None:
    far = FarEnd()
    far.call()
    far.answer(far.request("INVITE"), 401, extra=(CHALLENGE,))
    (event,) = far.events()
    assert isinstance(event, Failed)
    assert event.code == 401


def test_our_bye_may_be_challenged() -> None:
    far = FarEnd()
    call = far.call(CREDENTIALS)
    far.accept(far.request("INVITE"))
    far.sent()
    far.events()
    far.agent.bye(call, 0.0)
    bye = far.request("BYE")
    far.answer(bye, 407, extra=(("Proxy-Authenticate", CHALLENGE[1]),))
    again = far.request("BYE")
    assert again.cseq.number == bye.cseq.number + 1
    far.answer(again, 200)
    assert far.events() == [Ended(call, Side.LOCAL)]


@pytest.mark.parametrize("code", [200, 404, 408, 481, 500])
def test_any_final_response_to_our_bye_ends_the_call(code: int) -> None:
    far, _, call = an_answered_call()
    far.agent.bye(call, 0.0)
    far.answer(far.request("BYE"), code)
    assert far.events() == [Ended(call, Side.LOCAL, was_there=code not in (408, 481))]


def test_an_unanswered_bye_ends_the_call_after_64_t1() -> None:
    far, _, call = an_answered_call()
    far.agent.bye(call, 0.0)
    far.wait(31.9)
    assert far.events() == []
    far.wait(0.2)
    assert far.events() == [Ended(call, Side.LOCAL, was_there=False)]


def test_requests_follow_the_route_set_in_reverse() -> None:
    """RFC 3261, 12.1.2 and 12.2.1.1."""
    far = FarEnd()
    call = far.call()
    invite = far.request("INVITE")
    routes = (
        ("Record-Route", "<sip:203.0.113.2:5070;lr>, <sip:p2.example;lr>"),
        ("Record-Route", "<sip:203.0.113.1:5062;lr>"),
    )
    far.accept(invite, extra=routes)
    ((data, destination),) = far.agent.datagrams_to_send()
    assert destination == ("203.0.113.1", 5062)
    lines = data.decode().split("\r\n")
    assert lines[0] == f"ACK sip:{THEM[0]}:{THEM[1]} SIP/2.0"
    assert [line for line in lines if line.startswith("Route:")] == [
        "Route: <sip:203.0.113.1:5062;lr>",
        "Route: <sip:p2.example;lr>",
        "Route: <sip:203.0.113.2:5070;lr>",
    ]
    far.agent.bye(call, 0.0)
    assert far.agent.datagrams_to_send()[0][1] == ("203.0.113.1", 5062)


def test_a_strict_router_gets_the_request_uri() -> None:
    far = FarEnd()
    far.call()
    far.accept(far.request("INVITE"), extra=(("Record-Route", "<sip:203.0.113.1>"),))
    ack = far.request("ACK")
    assert ack.uri == "sip:203.0.113.1"
    assert ack.listed("route") == [f"<sip:{THEM[0]}:{THEM[1]}>"]


@pytest.mark.parametrize(
    ("contact", "destination"),
    [
        ("<sip:x@203.0.113.9:5080>", ("203.0.113.9", 5080)),
        ("<sip:203.0.113.9;transport=UDP>", ("203.0.113.9", 5060)),
        ("sip:203.0.113.9;expires=3", ("203.0.113.9", 5060)),
        ("<sip:gateway.example:5080>", THEM),  # a name: we cannot look it up
        ("<sip:0.0.0.0:5080>", THEM),
        ("<sip:255.255.255.255>", THEM),
        ("<sip:239.1.2.3>", THEM),
        ("rubbish", THEM),
        ("<<<", THEM),
    ],
)
def test_within_a_dialog_the_contact_is_where_we_send(
    contact: str, destination: tuple[str, int]
) -> None:
    far = FarEnd()
    far.call()
    far.answer(far.request("INVITE"), 200, body=AUDIO, contact=contact)
    assert far.agent.datagrams_to_send()[0][1] == destination


def test_verbs_on_a_call_that_is_over_do_nothing() -> None:
    far, invite, call = an_answered_call()
    far.ask_within(invite, "BYE")
    far.sent()
    far.events()
    for verb in (far.agent.cancel, far.agent.bye, far.agent.ring):
        verb(call, 0.0)
    far.agent.reject(call, now=0.0)
    assert far.sent() == []
    assert far.events() == []


def test_a_response_that_is_not_ours_is_dropped() -> None:
    far = FarEnd()
    far.call()
    invite = far.request("INVITE")
    data = respond(invite, 200, source=US, to_tag="far", extra=SDP, body=AUDIO)
    far.hear(data.replace(invite.via.branch.encode(), b"z9hG4bKother"))
    far.hear(data.replace(b"CSeq: 1 INVITE", b"CSeq: 9 INVITE"))
    far.hear(data.replace(b"\r\nFrom", b"\r\nVia: SIP/2.0/UDP 192.0.2.99\r\nFrom"))
    assert far.events() == []
    assert far.sent() == []


def test_events_do_not_show_numbers() -> None:
    far = FarEnd()
    far.ask("INVITE", from_="<sip:+33698765432@x.example>;tag=1")
    events: list[Event] = far.events()
    assert "98765432" not in repr(events)
