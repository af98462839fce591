import pytest
from hypothesis import given
from hypothesis import strategies as st
from sipmessage import AuthCredentials, AuthParameters

from engine.sandbox import sdp
from engine.sandbox.digest import REALM, Doorkeeper, _md5
from engine.sandbox.hearing import Hearing
from engine.sandbox.performance import KeyFrame
from engine.sandbox.rtp import Packet, event_digit, event_payload

MEDIA = sdp.Media(("127.0.0.1", 4000), "PCMA", 101)


def an_offer(types: str = "8 0 101", *, port: int = 4000, events: str = "101") -> bytes:
    return (
        "v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\ns=-\r\nc=IN IP4 192.0.2.1\r\nt=0 0\r\n"
        f"m=audio {port} RTP/AVP {types}\r\na=rtpmap:{events} telephone-event/8000\r\n"
        "m=video 4002 RTP/AVP 31\r\nc=IN IP4 192.0.2.9\r\n"
    ).encode()


def test_the_first_codec_in_common_is_spoken() -> None:
    assert sdp.parse(an_offer("0 8 101")).codec == "PCMU"
    assert sdp.parse(an_offer("18 8 0 101")).codec == "PCMA"
    assert sdp.parse(an_offer(), only="PCMU").codec == "PCMU"


def test_the_audios_own_address_wins_over_the_sessions() -> None:
    assert sdp.parse(an_offer()).address == ("192.0.2.1", 4000)
    own = an_offer().replace(b"RTP/AVP 8 0 101\r\n", b"RTP/AVP 8 0 101\r\nc=IN IP4 192.0.2.2\r\n")
    assert sdp.parse(own).address == ("192.0.2.2", 4000)


def test_telephone_events_have_the_number_that_was_offered() -> None:
    assert sdp.parse(an_offer("8 96", events="96")).event_type == 96
    assert sdp.parse(an_offer("8", events="96")).event_type is None


@pytest.mark.parametrize(
    "body",
    [b"", b"v=0", an_offer("18"), an_offer(port=0), an_offer(port=99999), b"m=audio x RTP/AVP 8"],
)
def test_no_audio_in_common_is_a_value_error(body: bytes) -> None:
    with pytest.raises(ValueError):
        sdp.parse(body)


def test_what_a_line_describes_can_be_read_back() -> None:
    body = sdp.describe("127.0.0.1", 4000, codec="PCMA", event_type=101, number=1)
    assert sdp.parse(body) == MEDIA


@given(st.binary(max_size=60))
def test_reading_rtp_raises_value_error_only(data: bytes) -> None:
    try:
        packet = Packet.parse(data)
    except ValueError:
        return
    assert len(packet.payload) <= len(data) - 12


@given(st.integers(0, 71), st.integers(0, 0xFFFF), st.integers(0, 0xFFFFFFFF), st.binary())
def test_a_packet_is_read_as_it_was_written(kind: int, seq: int, stamp: int, body: bytes) -> None:
    packet = Packet(kind, seq, stamp, 7, body, marker=True)
    assert Packet.parse(bytes(packet)) == packet


@given(st.lists(st.binary(max_size=40)))
def test_a_line_survives_whatever_it_hears(datagrams: list[bytes]) -> None:
    hearing = Hearing()
    for datagram in datagrams:
        hearing.receive(datagram, 1.0, media=MEDIA, performance=None)
        hearing.receive(b"\x80\x08" + datagram, 1.0, media=MEDIA, performance=None)
    assert hearing.lost >= 0


def test_a_key_is_heard_once() -> None:
    hearing = Hearing()
    for n, duration in enumerate([160, 320, 480, 480, 480]):
        payload = event_payload(KeyFrame("#", duration, ends=duration == 480))
        packet = Packet(101, n, 1000, 7, payload)
        hearing.receive(bytes(packet), 1 + n / 50, media=MEDIA, performance=None)
    assert hearing.keys == [("#", 1.0)]


def test_a_flash_is_no_key() -> None:
    assert event_digit(b"\x10\x0a\x00\xa0") is None
    assert event_digit(b"\x09\x0a") is None


def test_losses_are_counted_across_the_wrap_and_late_packets_taken_back() -> None:
    hearing = Hearing()
    for sequence in (65534, 65535, 1, 0, 2, 5):
        packet = Packet(8, sequence, 0, 7, b"\xd5" * 160)
        hearing.receive(bytes(packet), 1.0, media=MEDIA, performance=None)
    assert (hearing.packets, hearing.lost) == (6, 2)


def answered(nonce: str, *, password: str = "rehearsal") -> AuthCredentials:
    first, second = _md5(f"licite:{REALM}:{password}"), _md5("INVITE:sip:x")
    fields = {"username": "licite", "realm": REALM, "nonce": nonce, "uri": "sip:x"}
    counted = {"nc": "00000001", "cnonce": "abc", "qop": "auth"}
    response = _md5(":".join([first, nonce, *counted.values(), second]))
    return AuthCredentials("Digest", AuthParameters(**fields, **counted, response=response))


def test_only_the_right_password_for_this_call_is_admitted() -> None:
    keeper = Doorkeeper("licite", "rehearsal")
    nonce = keeper.challenge("call-1").parameters["nonce"]
    assert keeper.admits(answered(nonce), method="INVITE", call_id="call-1")
    assert not keeper.admits(answered(nonce), method="INVITE", call_id="call-2")
    assert not keeper.admits(answered(nonce, password="x"), method="INVITE", call_id="call-1")
    assert not keeper.admits(None, method="INVITE", call_id="call-1")
