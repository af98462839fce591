import numpy as np
from numpy.typing import NDArray

from audio.g711 import decode_alaw, encode_alaw
from engine.sandbox.recording import Recording

SPEECH = np.random.default_rng(1).integers(-20000, 20000, 8000).astype(np.int16)
ALAW = encode_alaw(SPEECH)
HEARD = decode_alaw(ALAW)


def laid_out(
    arrivals_s: list[float], *, stamps: list[int] | None = None, sources: list[int] | None = None
) -> NDArray[np.int16]:
    """Lay out one packet of `SPEECH` per arrival."""
    recording = Recording()
    for n, arrived_s in enumerate(arrivals_s):
        recording.add(
            ALAW[160 * n : 160 * (n + 1)],
            arrived_s=arrived_s,
            timestamp=stamps[n] if stamps else 5_000_000_000 + 160 * n,
            source=sources[n] if sources else 1,
        )
    return recording.pcm("PCMA", length=40_000)


def start_of(pcm: NDArray[np.int16], *, packet: int = 0) -> int:
    """Return where a packet of `SPEECH` lies, whole."""
    wanted = HEARD[160 * packet : 160 * (packet + 1)]
    windows = np.lib.stride_tricks.sliding_window_view(pcm, 160)
    return int(np.flatnonzero((windows == wanted).all(axis=1))[0])


def test_punctual_packets_lie_where_they_came() -> None:
    pcm = laid_out([1 + 0.02 * n for n in range(50)])
    assert np.array_equal(pcm[8000:16000], HEARD)


def test_jitter_does_not_move_the_audio() -> None:
    jitter_s = np.abs(np.random.default_rng(2).normal(0, 0.004, 50))
    pcm = laid_out([1 + 0.02 * n + float(jitter_s[n]) for n in range(50)])
    start = start_of(pcm)
    assert np.array_equal(pcm[start : start + 8000], HEARD)
    assert abs(start - 8000) < 40


def test_a_stalled_sender_that_catches_up_leaves_no_gap() -> None:
    arrivals_s = [max(1 + 0.02 * n, 1.5 if 10 <= n <= 25 else 0) for n in range(50)]
    assert np.array_equal(laid_out(arrivals_s)[8000:16000], HEARD)


def test_a_true_pause_is_a_pause() -> None:
    arrivals_s = [1 + 0.02 * n + (2.0 if n >= 25 else 0) for n in range(50)]
    pcm = laid_out(arrivals_s)
    assert start_of(pcm, packet=24) == 8000 + 24 * 160
    assert start_of(pcm, packet=25) == 24000 + 25 * 160


def test_a_new_source_has_a_clock_of_its_own() -> None:
    stamps = [160 * n for n in range(25)] + [77 + 160 * n for n in range(25)]
    pcm = laid_out([1 + 0.02 * n for n in range(50)], stamps=stamps, sources=[1] * 25 + [2] * 25)
    assert np.array_equal(pcm[8000:16000], HEARD)


def test_a_lost_packet_is_silence_in_its_place() -> None:
    recording = Recording()
    for n in [n for n in range(50) if n != 20]:
        payload = ALAW[160 * n : 160 * (n + 1)]
        recording.add(payload, arrived_s=1 + 0.02 * n, timestamp=160 * n, source=1)
    pcm = recording.pcm("PCMA", length=40_000)
    assert not pcm[8000 + 3200 : 8000 + 3360].any()
    assert np.array_equal(pcm[8000 + 3360 : 16000], HEARD[3360:])


def test_what_lies_outside_the_call_is_cut_off() -> None:
    recording = Recording()
    recording.add(ALAW[:160], arrived_s=-0.01, timestamp=0, source=1)
    assert np.array_equal(recording.pcm("PCMA", length=100)[:80], HEARD[80:160])


def test_a_call_without_audio_is_silence() -> None:
    assert not Recording().pcm("PCMU", length=800).any()
