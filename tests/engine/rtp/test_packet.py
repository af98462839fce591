import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.rtp.packet import RtpPacket, is_rtcp

PACKETS = st.builds(
    RtpPacket,
    payload_type=st.integers(0, 127).filter(lambda n: not 64 <= n <= 95),
    sequence_number=st.integers(0, 0xFFFF),
    timestamp=st.integers(0, 0xFFFFFFFF),
    ssrc=st.integers(0, 0xFFFFFFFF),
    payload=st.binary(max_size=400),
    marker=st.booleans(),
    csrc=st.lists(st.integers(0, 0xFFFFFFFF), max_size=15).map(tuple),
)


@given(PACKETS)
def test_bytes_and_parse_are_inverse(packet: RtpPacket) -> None:
    assert RtpPacket.parse(bytes(packet)) == packet


@given(st.binary(max_size=300))
def test_parsing_raises_nothing_but_value_error(data: bytes) -> None:
    try:
        RtpPacket.parse(data)
    except ValueError:
        return


@given(PACKETS)
def test_every_truncation_of_the_header_is_refused(packet: RtpPacket) -> None:
    whole = bytes(packet)
    header = len(whole) - len(packet.payload)
    for length in range(header):
        with pytest.raises(ValueError):
            RtpPacket.parse(whole[:length])


def test_a_captured_packet_reads_as_its_sender_meant() -> None:
    data = bytes.fromhex("8088 04d2 0000 00a0 deadbeef") + b"\xd5" * 160
    packet = RtpPacket.parse(data)
    assert packet == RtpPacket(8, 1234, 160, 0xDEADBEEF, b"\xd5" * 160, marker=True)


def test_padding_is_taken_off() -> None:
    data = bytes.fromhex("a000 0001 00000001 00000001") + b"abc" + b"\0\0\x03"
    assert RtpPacket.parse(data).payload == b"abc"


@pytest.mark.parametrize("count", [0, 4, 200])
def test_padding_longer_than_the_packet_is_refused(count: int) -> None:
    data = bytes.fromhex("a000 0001 00000001 00000001") + b"ab" + bytes([count])
    with pytest.raises(ValueError, match="padding"):
        RtpPacket.parse(data)


def test_a_header_extension_is_read_past() -> None:
    data = bytes.fromhex("9000 0001 00000001 00000001 bede0001 11223344") + b"abc"
    assert RtpPacket.parse(data).payload == b"abc"


def test_a_header_extension_cut_short_is_refused() -> None:
    data = bytes.fromhex("9000 0001 00000001 00000001 bede0002 11223344")
    with pytest.raises(ValueError, match="extension"):
        RtpPacket.parse(data)


def test_another_version_is_refused() -> None:
    with pytest.raises(ValueError, match="version"):
        RtpPacket.parse(bytes.fromhex("4000 0001 00000001 00000001"))


@pytest.mark.parametrize("kind", [200, 201, 202, 203, 204, 205, 206, 207])
def test_rtcp_is_told_from_rtp(kind: int) -> None:
    data = bytes([0x80, kind]) + bytes(26)
    assert is_rtcp(data)
    with pytest.raises(ValueError, match="RTCP"):
        RtpPacket.parse(data)
