import numpy as np

from audio.g711 import ALAW_SILENCE, RATE_HZ, decode_alaw
from audio.ringback import EVERY_S, LEVEL_DBFS, ON_S, RINGBACK_HZ, ringback


def test_it_rings_for_a_second_and_a_half_in_five() -> None:
    period = decode_alaw(ringback(1))
    assert len(period) == EVERY_S * RATE_HZ
    rings = period[: round(ON_S * RATE_HZ)].astype(float)
    assert np.argmax(np.abs(np.fft.rfft(rings))) == RINGBACK_HZ * ON_S
    level = 20 * np.log10(np.sqrt(np.mean(rings**2)) / 32768)
    assert abs(level - LEVEL_DBFS) < 0.5
    assert ringback(1)[round(ON_S * RATE_HZ) :] == ALAW_SILENCE * 28_000


def test_it_goes_on_as_long_as_it_is_asked_to() -> None:
    assert ringback(7) == ringback(1) * 7
