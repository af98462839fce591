"""Offer and answer (RFC 3264)."""

from __future__ import annotations

import pytest

from engine.sip import Codec, Direction, agree, answer, offer
from engine.sip.sdp import SessionDescription
from engine.sip.sdp_reader import parse

OURS = offer("192.0.2.1", 4000)


def an_offer(
    formats: str = "0 8 101", *, attributes: str = "", more: str = "", host: str = "203.0.113.1"
) -> SessionDescription:
    body = (
        f"v=0\r\no=- 1 1 IN IP4 203.0.113.1\r\ns=-\r\nc=IN IP4 {host}\r\nt=0 0\r\n"
        f"m=audio 6000 RTP/AVP {formats}\r\na=rtpmap:101 telephone-event/8000\r\n{attributes}{more}"
    )
    return parse(body.encode())


def our_answer(offered: SessionDescription) -> SessionDescription:
    local = answer(offered, "192.0.2.1", 4000)
    assert local is not None
    return local


def test_our_offer_prefers_a_law() -> None:
    assert b"m=audio 4000 RTP/AVP 8 0 101\r\n" in bytes(OURS)
    assert b"a=fmtp:101 0-15\r\n" in bytes(OURS)
    assert b"a=ptime:20\r\n" in bytes(OURS)


def test_a_law_is_answered_wherever_it_is_offered() -> None:
    local = our_answer(an_offer("0 18 8 101"))
    assert local.audio is not None
    assert [entry.name for entry in local.audio.formats] == ["8", "101"]


def test_key_presses_keep_the_number_of_the_offer() -> None:
    """RFC 3264, 6.1."""
    local = our_answer(an_offer("0 96", attributes="a=rtpmap:96 telephone-event/8000\r\n"))
    assert local.audio is not None
    assert [entry.name for entry in local.audio.formats] == ["0", "96"]


def test_key_presses_are_answered_only_when_offered() -> None:
    local = our_answer(an_offer("8"))
    assert local.audio is not None
    assert [entry.name for entry in local.audio.formats] == ["8"]


def test_every_other_media_is_refused_in_its_place() -> None:
    """RFC 3264, 6: as many media lines, in the same order."""
    offered = an_offer(more="m=video 7000 RTP/AVP 31\r\nm=image 8000 udptl t38\r\n")
    lines = bytes(our_answer(offered)).decode().split("\r\n")
    assert [line for line in lines if line.startswith("m=")] == [
        "m=audio 4000 RTP/AVP 8 101",
        "m=video 0 RTP/AVP 31",
        "m=image 0 udptl t38",
    ]


@pytest.mark.parametrize("formats", ["18", "101", "9 18"])
def test_nothing_in_common_is_no_answer(formats: str) -> None:
    assert answer(an_offer(formats), "192.0.2.1", 4000) is None
    assert agree(OURS, an_offer(formats)) is None


@pytest.mark.parametrize(
    ("offered", "answered"),
    [
        ("sendrecv", Direction.SENDRECV),
        ("sendonly", Direction.RECVONLY),
        ("recvonly", Direction.SENDONLY),
        ("inactive", Direction.INACTIVE),
    ],
)
def test_the_answer_mirrors_the_direction(offered: str, answered: Direction) -> None:
    """RFC 3264, 6.1."""
    local = our_answer(an_offer(attributes=f"a={offered}\r\n"))
    assert local.audio is not None
    assert local.audio.direction is answered


def test_an_unspecified_address_is_hold() -> None:
    """RFC 2543's hold, still met (RFC 3264, 8.4)."""
    held = an_offer(host="0.0.0.0")
    local = our_answer(held)
    assert local.audio is not None
    assert local.audio.direction is Direction.RECVONLY
    agreed = agree(local, held)
    assert agreed is not None
    assert not agreed.we_send


def test_the_first_codec_of_their_answer_is_what_we_send() -> None:
    agreed = agree(OURS, an_offer("0 8 101"))
    assert agreed is not None
    assert (agreed.host, agreed.port) == ("203.0.113.1", 6000)
    assert (agreed.codec, agreed.payload_type) == (Codec.PCMU, 0)
    assert agreed.receives == ((8, Codec.PCMA), (0, Codec.PCMU))
    assert (agreed.event_payload_type, agreed.event_received) == (101, 101)
    assert agreed.we_send
    assert agreed.we_receive


def test_both_sides_of_an_exchange_agree() -> None:
    local = answer(OURS, "203.0.113.1", 6000)
    assert local is not None
    ours, theirs = agree(OURS, local), agree(local, OURS)
    assert ours is not None
    assert theirs is not None
    assert ours.codec is theirs.codec is Codec.PCMA
    assert ours.event_payload_type == theirs.event_payload_type == 101


def test_a_host_name_for_media_cannot_be_used() -> None:
    """Nothing here looks names up."""
    assert agree(OURS, an_offer(host="media.example")) is None
