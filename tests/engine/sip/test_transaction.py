"""When things are sent again, and when that ends (RFC 3261, section 17)."""

from __future__ import annotations

from engine.sip import Credentials, Ended, Failed, Invited, Side, UserAgent, answer
from tests.engine.sip.far_end import AUDIO, US, FarEnd, an_answered_call


def instants(agent: UserAgent, start: float, method: str) -> list[float]:
    """When *agent* sends a *method* (or code), from now until nothing is left to do."""
    found, now = [], start
    while True:
        found += [now for data, _ in agent.datagrams_to_send() if method.encode() in data[:12]]
        at = agent.next_timeout()
        if at is None:
            return found
        now = at
        agent.handle_timeout(now)


def test_an_unanswered_invite_is_sent_seven_times_in_64_t1() -> None:
    """Timers A and B (RFC 3261, 17.1.1.2)."""
    far = FarEnd()
    call = far.call()
    assert instants(far.agent, 0.0, "INVITE") == [0.0, 0.5, 1.5, 3.5, 7.5, 15.5, 31.5]
    assert far.events() == [Failed(call, 408, "No answer from the trunk", Side.LOCAL)]
    assert far.agent.unfinished == 0


def test_a_provisional_response_stops_the_retransmission() -> None:
    far = FarEnd()
    far.call()
    far.answer(far.request("INVITE"), 100)
    far.wait(40.0)
    assert far.sent() == []


def test_an_unanswered_bye_is_sent_at_t1_doubling_to_t2_until_timer_f() -> None:
    """Timers E and F (RFC 3261, 17.1.2.2)."""
    far, _, call = an_answered_call()
    far.agent.bye(call, 0.0)
    sent = instants(far.agent, 0.0, "BYE")
    assert sent == [0.0, 0.5, 1.5, 3.5, 7.5, 11.5, 15.5, 19.5, 23.5, 27.5, 31.5]
    assert far.agent.unfinished == 0


def test_a_bye_that_proceeds_is_repeated_every_t2() -> None:
    far, _, call = an_answered_call()
    far.agent.bye(call, 0.0)
    far.answer(far.request("BYE"), 100)
    assert instants(far.agent, 0.0, "BYE")[:3] == [0.5, 4.5, 8.5]


def test_a_retransmitted_failure_is_acknowledged_again_until_timer_d() -> None:
    far = FarEnd()
    far.call()
    invite = far.request("INVITE")
    for _ in range(3):
        far.answer(invite, 486)
        assert far.request("ACK").via.branch == invite.via.branch
    far.wait(31.9)
    far.answer(invite, 486)
    far.request("ACK")
    far.wait(0.2)
    far.answer(invite, 486)
    assert far.sent() == []
    assert far.agent.unfinished == 0


def test_a_refused_invite_is_answered_again_until_the_ack() -> None:
    """Timers G and H (RFC 3261, 17.2.1)."""
    far = FarEnd()
    far.ask("INVITE", body=b"")
    (invited,) = far.events()
    assert isinstance(invited, Invited)
    far.agent.reject(invited.call, 486, now=0.0)
    sent = instants(far.agent, 0.0, "SIP/2.0 486")
    assert sent == [0.0, 0.5, 1.5, 3.5, 7.5, 11.5, 15.5, 19.5, 23.5, 27.5, 31.5]
    assert far.agent.unfinished == 0


def test_the_ack_of_a_refusal_ends_its_retransmission() -> None:
    far = FarEnd()
    far.ask("INVITE", branch="z9hG4bKone", cseq=7)
    (invited,) = far.events()
    assert isinstance(invited, Invited)
    far.agent.reject(invited.call, 486, now=0.0)
    far.ask("ACK", branch="z9hG4bKone", cseq=7)
    far.sent()
    far.wait(4.9)
    assert far.agent.unfinished > 0  # timer I
    far.wait(0.2)
    assert far.sent() == []
    assert far.agent.unfinished == 0


def test_a_retransmitted_request_gets_the_same_response() -> None:
    """Timer J (RFC 3261, 17.2.2)."""
    far = FarEnd()
    data = far.ask("OPTIONS")
    first = far.agent.datagrams_to_send()
    far.hear(data)
    assert far.agent.datagrams_to_send() == first
    far.wait(32.0)
    assert far.agent.unfinished == 0


def test_a_retransmitted_invite_gets_the_last_provisional_response() -> None:
    far = FarEnd()
    data = far.ask("INVITE")
    (invited,) = far.events()
    assert isinstance(invited, Invited)
    far.agent.ring(invited.call, 0.0)
    far.sent()
    far.hear(data)
    assert [m.code for m in far.sent() if hasattr(m, "code")] == [180]
    assert far.events() == []


def test_an_answer_is_repeated_until_its_ack_and_then_given_up_with_a_bye() -> None:
    """RFC 3261, 13.3.1.4."""
    far = FarEnd()
    offered = an_offer_to(far)
    local = answer(offered.sdp, US[0], 5000) if offered.sdp else None
    assert local is not None
    far.agent.accept(offered.call, local, 0.0)
    sent = instants(far.agent, 0.0, "SIP/2.0 200")
    assert sent == [0.0, 0.5, 1.5, 3.5, 7.5, 11.5, 15.5, 19.5, 23.5, 27.5, 31.5]
    reason = "The answer was never acknowledged"
    assert far.events() == [Ended(offered.call, Side.LOCAL, reason, was_there=False)]
    assert far.agent.unfinished == 0


def an_offer_to(far: FarEnd) -> Invited:
    far.ask("INVITE", body=AUDIO)
    (invited,) = far.events()
    assert isinstance(invited, Invited)
    return invited


def test_credentials_keep_their_password_out_of_repr() -> None:
    assert "secret" not in repr(Credentials("licite", "secret"))
