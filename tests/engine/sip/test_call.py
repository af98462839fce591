"""What the far side may ask within a call, and every state against every act."""

from __future__ import annotations

import itertools

import pytest

from engine.sip import Ended, InfoReceived, Reoffered, Side
from engine.sip.sdp import Direction
from engine.sip.sdp_reader import parse
from engine.sip.states import NEXT, Act, CallState
from tests.engine.sip.far_end import AUDIO, FarEnd, an_answered_call

HELD = AUDIO.replace(b"a=sendrecv", b"a=sendonly")


def test_the_far_side_hangs_up() -> None:
    far, invite, call = an_answered_call()
    far.ask_within(invite, "BYE", extra=(("Reason", "Q.850;cause=16"),))
    assert far.response().code == 200
    assert far.events() == [Ended(call, Side.REMOTE, "Q.850;cause=16")]
    far.wait(33.0)
    assert far.agent.unfinished == 0


def test_both_sides_hang_up_at_once() -> None:
    far, invite, call = an_answered_call()
    far.agent.bye(call, 0.0)
    bye = far.request("BYE")
    far.ask_within(invite, "BYE")
    assert far.response().code == 200
    far.answer(bye, 481)
    assert far.events() == [Ended(call, Side.LOCAL)]


def test_an_info_is_answered_and_delivered() -> None:
    far, invite, call = an_answered_call()
    body = b"Signal=9\r\nDuration=160\r\n"
    far.ask_within(invite, "INFO", body=body, body_type="application/dtmf-relay")
    assert far.response().code == 200
    assert far.events() == [InfoReceived(call, "application/dtmf-relay", body)]


def test_a_retransmitted_info_is_delivered_once() -> None:
    far, invite, _ = an_answered_call()
    data = far.ask_within(invite, "INFO", body=b"Signal=9", body_type="application/dtmf-relay")
    far.hear(data)
    assert len(far.sent()) == 2
    assert len(far.events()) == 1


@pytest.mark.parametrize("method", ["OPTIONS", "UPDATE"])
def test_a_keep_alive_is_answered(method: str) -> None:
    far, invite, _ = an_answered_call()
    far.ask_within(invite, method)
    response = far.response()
    assert response.code == 200
    assert response.body == b""
    assert far.events() == []


@pytest.mark.parametrize("method", ["REFER", "NOTIFY", "MESSAGE", "PRACK", "NOVEL"])
def test_what_we_do_not_do_gets_405(method: str) -> None:
    far, invite, _ = an_answered_call()
    far.ask_within(invite, method)
    response = far.response()
    assert response.code == 405
    assert "BYE" in response.first("allow")


def test_a_reinvite_is_answered_with_the_same_media() -> None:
    """RFC 3261, 14.2; RFC 3264, 8."""
    far, invite, call = an_answered_call()
    offered = parse(invite.body)
    far.ask_within(invite, "INVITE", cseq=500, body=AUDIO)
    response = far.response()
    assert response.code == 200
    local = parse(response.body)
    assert local.audio is not None
    assert offered.audio is not None
    assert (local.audio.host, local.audio.port) == (offered.audio.host, offered.audio.port)
    assert (local.session_id, local.version) == (offered.session_id, offered.version + 1)
    far.ask_within(invite, "ACK", cseq=500)
    far.wait(33.0)
    assert far.sent() == []
    (event,) = far.events()
    assert isinstance(event, Reoffered)
    assert event.call == call


def test_a_reinvite_without_an_offer_gets_ours() -> None:
    far, invite, _ = an_answered_call()
    far.ask_within(invite, "INVITE", cseq=500)
    assert parse(far.response().body).audio is not None
    far.ask_within(invite, "ACK", cseq=500, body=AUDIO)
    (event,) = far.events()
    assert isinstance(event, Reoffered)


@pytest.mark.parametrize("method", ["INVITE", "UPDATE"])
def test_hold_is_heard(method: str) -> None:
    far, invite, _ = an_answered_call()
    far.ask_within(invite, method, body=HELD)
    local = parse(far.response().body)
    assert local.audio is not None
    assert local.audio.direction is Direction.RECVONLY
    (event,) = far.events()
    assert isinstance(event, Reoffered)
    assert event.sdp.audio is not None
    assert event.sdp.audio.is_held


@pytest.mark.parametrize("method", ["INVITE", "UPDATE"])
@pytest.mark.parametrize(
    ("body", "body_type", "code"),
    [
        (AUDIO.replace(b"RTP/AVP 8 0", b"RTP/AVP 18"), "application/sdp", 488),
        (b"junk", "application/sdp", 488),
        (b"junk", "text/plain", 415),
    ],
)
def test_media_we_cannot_use_leaves_the_call_as_it_was(
    method: str, body: bytes, body_type: str, code: int
) -> None:
    far, invite, call = an_answered_call()
    far.ask_within(invite, method, body=body, body_type=body_type)
    assert far.response().code == code
    assert far.events() == []
    far.agent.bye(call, 0.0)
    far.request("BYE")


def test_a_reinvite_never_acknowledged_ends_the_call() -> None:
    far, invite, call = an_answered_call()
    far.ask_within(invite, "INVITE", cseq=500, body=AUDIO)
    far.events()
    far.wait(33.0)
    far.sent()
    far.wait(33.0)
    assert far.events() == [
        Ended(call, Side.LOCAL, "The answer was never acknowledged", was_there=False)
    ]
    assert far.agent.unfinished == 0


def test_reinvites_without_ack_do_not_pile_up() -> None:
    far, invite, _ = an_answered_call()
    codes = []
    for _ in range(6):
        far.ask_within(invite, "INVITE", body=AUDIO)
        codes.append(far.response().code)
    assert codes == [200, 200, 200, 200, 500, 500]


def test_a_request_out_of_order_gets_500() -> None:
    """RFC 3261, 12.2.2."""
    far, invite, _ = an_answered_call()
    far.ask_within(invite, "OPTIONS", cseq=50)
    far.sent()
    far.ask_within(invite, "INFO", cseq=49)
    assert far.response().code == 500
    assert far.events() == []


def test_a_new_contact_is_where_the_next_request_goes() -> None:
    far, invite, call = an_answered_call()
    data = far.ask_within(invite, "UPDATE", cseq=1)
    far.sent()
    moved = data.replace(b"Contact: <sip:198.51.100.5:5060>", b"Contact: <sip:203.0.113.4:5099>")
    far.hear(moved.replace(b"CSeq: 1 ", b"CSeq: 2 ").replace(b"branch=z9", b"branch=z9hG4bKm"))
    far.sent()
    far.hear(moved.replace(b"CSeq: 1 ", b"CSeq: 3 ").replace(b"z9hG4bKfar", b"z9hG4bKmoved"))
    far.sent()
    far.agent.bye(call, 0.0)
    assert far.agent.datagrams_to_send()[0][1] == ("203.0.113.4", 5099)


def test_every_state_but_the_last_can_be_left_and_the_last_never() -> None:
    for state in CallState:
        leaves = [pair for pair, after in NEXT.items() if pair[0] is state and after is not state]
        assert bool(leaves) == (state is not CallState.OVER)


def test_every_state_leads_to_the_end() -> None:
    ending = {CallState.OVER}
    for _ in CallState:
        ending |= {state for (state, _), after in NEXT.items() if after in ending}
    assert ending == set(CallState)


@pytest.mark.parametrize(("state", "act"), list(itertools.product(CallState, Act)))
def test_every_state_meets_every_act(state: CallState, act: Act) -> None:
    """What the table does not list changes nothing."""
    far, _, call = an_answered_call()
    living = far.agent._core.calls[call]
    living.state = state
    took_step = living.step(act)
    assert took_step == ((state, act) in NEXT)
    assert living.state is NEXT.get((state, act), state)


def test_the_far_end_reads_what_it_is_sent() -> None:
    far = FarEnd()
    far.call()
    assert far.request("INVITE").first("max-forwards") == "70"
