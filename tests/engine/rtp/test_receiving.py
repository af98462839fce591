import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from audio.g711 import ALAW_TO_FLOAT
from engine.rtp.packet import RtpPacket
from engine.rtp.receiving import PayloadTypes, ReceivingBank
from engine.rtp.sources import source_of
from engine.rtp.telephone_event import press

TYPES = PayloadTypes(key=101)


def far(slot: int) -> int:
    return source_of("192.0.2.1", 4000 + 2 * slot)


def a_bank(*, calls: int = 2) -> ReceivingBank:
    bank = ReceivingBank(8)
    for slot in range(calls):
        bank.open(slot, source=far(slot), ssrc=None, types=TYPES, now=0.0)
    return bank


def receive(
    bank: ReceivingBank, *datagrams: tuple[int, bytes], now: float = 1.0
) -> list[tuple[int, str]]:
    rows = np.zeros((len(datagrams), 1024), dtype=np.uint8)
    for row, (_, data) in zip(rows, datagrams, strict=True):
        row[: len(data)] = np.frombuffer(data, dtype=np.uint8)
    lengths = np.array([len(data) for _, data in datagrams], dtype=np.uint32)
    sources = np.array([source for source, _ in datagrams], dtype=np.uint64)
    return bank.receive(rows, lengths, sources, now)


def audio(n: int, *, value: int = 1, ssrc: int = 7, payload_type: int = 8) -> bytes:
    return bytes(RtpPacket(payload_type, n, 160 * n, ssrc, bytes([value]) * 160))


def loudest(bank: ReceivingBank, calls: int = 2) -> list[float]:
    return [float(frame.max()) for frame in bank.take(np.arange(calls))]


def test_each_call_hears_its_own_far_end() -> None:
    bank = a_bank()
    for n in range(5):
        receive(bank, (far(0), audio(n, value=0x80)), (far(1), audio(n, value=0x90)))
        frames = loudest(bank)
    assert frames == [ALAW_TO_FLOAT[0x80], ALAW_TO_FLOAT[0x90]]


def test_keys_are_told_with_their_call_once() -> None:
    bank = a_bank()
    packets = [
        (far(1), bytes(RtpPacket(101, n, 800, 7, bytes(event))))
        for n, event in enumerate(press("9"))
    ]
    assert receive(bank, *packets) == [(1, "9")]


def test_keys_under_a_type_not_agreed_are_ignored() -> None:
    bank = a_bank()
    event = bytes(press("9")[0])
    assert receive(bank, (far(0), bytes(RtpPacket(96, 1, 800, 7, event)))) == []


def test_what_is_no_rtp_of_a_call_is_counted_and_changes_nothing() -> None:
    bank = a_bank()
    garbage = [b"", b"\x80", b"\x80" * 11, b"\x00" * 200, b"\xff" * 200, b"\x80\xc8" + bytes(60)]
    stranger = [(source_of("203.0.113.9", 4000), audio(1))]
    assert receive(bank, *[(far(0), data) for data in garbage], *stranger) == []
    assert bank.received == 0
    assert bank.ignored == len(garbage) + 1
    assert loudest(bank) == [0.0, 0.0]


def test_comfort_noise_and_other_types_are_alive_but_not_heard() -> None:
    bank = a_bank()
    for n in range(5):
        receive(bank, (far(0), audio(n, value=0x80, payload_type=13)), now=5.0)
        assert loudest(bank) == [0.0, 0.0]
    assert bank.heard_at[0] == 5.0


def test_packets_with_extension_or_padding_are_heard() -> None:
    bank = a_bank(calls=1)
    for n in range(5):
        plain = audio(n, value=0x80)
        extended = b"\x90" + plain[1:12] + bytes.fromhex("bede0001 00000000") + plain[12:]
        receive(bank, (far(0), extended))
        frames = loudest(bank, 1)
    assert frames == [ALAW_TO_FLOAT[0x80]]


def test_a_new_ssrc_in_mid_call_is_heard() -> None:
    bank = a_bank(calls=1)
    for n in range(10):
        receive(bank, (far(0), audio(n, value=0x80)))
        loudest(bank, 1)
    for n in range(5000, 5010):
        receive(bank, (far(0), audio(n, value=0x90, ssrc=8)))
        frames = loudest(bank, 1)
    assert frames == [ALAW_TO_FLOAT[0x90]]


def test_a_call_sent_elsewhere_is_heard_from_there() -> None:
    bank = a_bank(calls=1)
    receive(bank, (far(0), audio(0)))
    bank.redirect(0, source=far(3), ssrc=None, types=TYPES, now=0.0)
    receive(bank, (far(3), audio(1)), now=9.0)
    assert bank.heard_at[0] == 9.0


def test_a_closed_call_hears_nothing() -> None:
    bank = a_bank()
    receive(bank, (far(0), audio(0)))
    bank.close(0)
    receive(bank, (far(0), audio(1)))
    assert (bank.received, bank.ignored) == (1, 1)


@given(st.lists(st.tuples(st.integers(0, 2), st.binary(max_size=300)), max_size=30))
def test_whatever_arrives_is_outlived(arrivals: list[tuple[int, bytes]]) -> None:
    bank = a_bank()
    receive(bank, *[(far(slot), data) for slot, data in arrivals])
    assert bank.received + bank.ignored == len(arrivals)
    assert bank.take(np.arange(2)).shape == (2, 160)
