"""Session descriptions: read, written, refused."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.sip.sdp import (
    Codec,
    Direction,
    Format,
    Media,
    SdpError,
    SessionDescription,
)
from engine.sip.sdp_reader import MAX_MEDIA, MAX_SDP_BYTES, parse

GATEWAY = b"""v=0
o=CiscoSystemsSIP-GW-UserAgent 4988 5123 IN IP4 203.0.113.1
s=SIP Call
c=IN IP4 203.0.113.1
t=0 0
m=audio 17456 RTP/AVP 8 101 13
c=IN IP4 203.0.113.2
a=rtpmap:8 PCMA/8000
a=rtpmap:101 telephone-event/8000
a=fmtp:101 0-15
a=rtpmap:13 CN/8000
a=ptime:30
a=rtcp:17999 IN IP4 203.0.113.9
a=sendonly
""".replace(b"\n", b"\r\n")


def audio_of(body: bytes) -> Media:
    media = parse(body).audio
    assert media is not None
    return media


def test_the_connection_of_the_media_is_before_that_of_the_session() -> None:
    """RFC 8866, 5.7."""
    assert audio_of(GATEWAY).host == "203.0.113.2"
    assert audio_of(GATEWAY.replace(b"c=IN IP4 203.0.113.2\r\n", b"")).host == "203.0.113.1"


def test_what_a_gateway_says_is_understood() -> None:
    media = audio_of(GATEWAY)
    assert [entry.codec for entry in media.formats] == [Codec.PCMA, None, None]
    assert media.formats[1].is_telephone_event
    assert (media.port, media.ptime_ms, media.rtcp) == (17456, 30, ("203.0.113.9", 17999))
    assert media.direction is Direction.SENDONLY


def test_rtcp_without_an_address_is_the_medias() -> None:
    """RFC 3605, 2.1."""
    assert audio_of(GATEWAY.replace(b" IN IP4 203.0.113.9", b"")).rtcp == ("203.0.113.2", 17999)
    at_session = GATEWAY.replace(b"c=IN IP4 203.0.113.2\r\n", b"")
    at_session = at_session.replace(b" IN IP4 203.0.113.9", b"")
    assert audio_of(at_session).rtcp == ("203.0.113.1", 17999)


def test_static_payload_types_need_no_rtpmap() -> None:
    """RFC 3551, table 4."""
    media = audio_of(GATEWAY.replace(b"a=rtpmap:8 PCMA/8000\r\n", b""))
    assert media.formats[0].codec is Codec.PCMA


def test_a_dynamic_payload_type_may_be_ours() -> None:
    body = GATEWAY.replace(b"AVP 8 101 13", b"AVP 97").replace(b"rtpmap:8 PCMA", b"rtpmap:97 pcma")
    assert audio_of(body).formats[0].codec is Codec.PCMA


def test_the_direction_of_the_session_holds_for_its_media() -> None:
    body = GATEWAY.replace(b"a=sendonly\r\n", b"").replace(b"t=0 0", b"t=0 0\r\na=inactive")
    assert audio_of(body).direction is Direction.INACTIVE


def test_hold_is_a_direction_or_an_address() -> None:
    """RFC 3264, 8.4."""
    assert audio_of(GATEWAY).is_held
    assert audio_of(GATEWAY.replace(b"203.0.113.2", b"0.0.0.0")).is_held
    assert not audio_of(GATEWAY.replace(b"sendonly", b"sendrecv")).is_held


def test_bare_newlines_are_read() -> None:
    assert parse(GATEWAY.replace(b"\r\n", b"\n")) == parse(GATEWAY)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"\xff\xfe",
        b"v=1\r\n",
        b"v=0\r\n",
        GATEWAY.replace(b"o=CiscoSystemsSIP-GW-UserAgent ", b"o="),
        GATEWAY.replace(b"17456", b"65536"),
        GATEWAY.replace(b"17456", b"-1"),
        GATEWAY.replace(b"17456 RTP/AVP 8 101 13", b"17456"),
        GATEWAY.replace(b"c=IN IP4 203.0.113.2", b"c=ATM"),
        GATEWAY.replace(b"ptime:30", b"ptime:soon"),
        GATEWAY + b"m=audio 9 RTP/AVP 8\r\n" * MAX_MEDIA,
        GATEWAY + b"a=x\r\n" * MAX_SDP_BYTES,
        GATEWAY.replace(b"AVP 8", b"AVP " + b"8 " * 100),
    ],
)
def test_what_cannot_be_read_is_refused(body: bytes) -> None:
    with pytest.raises(SdpError):
        parse(body)


def test_every_truncation_is_read_or_refused() -> None:
    for length in range(len(GATEWAY)):
        try:
            parse(GATEWAY[:length])
        except SdpError:
            continue


@given(position=st.integers(0, len(GATEWAY) - 1), patch=st.binary(min_size=1, max_size=8))
def test_every_corruption_is_read_or_refused(position: int, patch: bytes) -> None:
    body = GATEWAY[:position] + patch + GATEWAY[position + len(patch) :]
    try:
        description = parse(body)
    except SdpError:
        return
    assert parse(bytes(description)).audio == description.audio or description.audio is None


hosts = st.sampled_from(["192.0.2.7", "203.0.113.9", "2001:db8::1"])
formats = st.sampled_from(
    [
        Format("8", "PCMA", 8000),
        Format("0", "PCMU", 8000),
        Format("97", "PCMA", 8000),
        Format("101", "telephone-event", 8000, "0-15"),
        Format("77"),
    ]
)
media = st.builds(
    Media,
    kind=st.sampled_from(["audio", "video"]),
    port=st.integers(1, 65535),
    protocol=st.sampled_from(["RTP/AVP", "RTP/SAVP"]),
    formats=st.lists(formats, min_size=1, max_size=4, unique_by=lambda f: f.name).map(tuple),
    host=hosts,
    direction=st.sampled_from(Direction),
    ptime_ms=st.none() | st.integers(1, 200),
    rtcp=st.none() | st.tuples(hosts, st.integers(1, 65535)),
    ssrc=st.none() | st.integers(0, (1 << 32) - 1),
)
descriptions = st.builds(
    SessionDescription,
    host=hosts,
    media=st.lists(media, max_size=4).map(tuple),
    session_id=st.integers(0, (1 << 63) - 1),
    version=st.integers(0, (1 << 63) - 1),
)


@given(description=descriptions)
def test_what_is_written_is_read_back(description: SessionDescription) -> None:
    assert parse(bytes(description)) == description
