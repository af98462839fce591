"""Recordings made ready for the telephone."""

import numpy as np
import pytest

from audio.g711 import ALAW_TO_FLOAT, FRAME_BYTES
from audio.loudness import loudness_lufs, peak_db
from audio.prepare import prepare
from audio.refusal import AudioRefused
from tests.audio.sounds import Sound, join, noise, silence, speech, tone

SPOKEN = speech("Bonjour, ici Lumière du Midi, appel commercial. Nous vous invitons samedi.")


def refusal(samples: Sound, rate_hz: int = 8000) -> str:
    with pytest.raises(AudioRefused) as refused:
        prepare(samples, rate_hz)
    return refused.value.what


@pytest.mark.parametrize("level_db", [-45.0, -30.0, -12.0])
def test_loudness_and_peak_are_the_same_whatever_the_recording(level_db: float) -> None:
    prepared = prepare((SPOKEN * 10 ** ((level_db + 20) / 20)).astype(np.float32), 8000)
    heard = ALAW_TO_FLOAT[np.frombuffer(prepared.alaw, np.uint8)]
    assert abs(prepared.report.lufs + 18) < 0.5
    assert peak_db(heard) < -2.9
    assert abs(loudness_lufs(heard, 8000) + 18) < 1.0


def test_the_same_samples_give_the_same_bytes() -> None:
    assert prepare(SPOKEN, 8000).sha256 == prepare(SPOKEN.copy(), 8000).sha256


def test_sound_begins_and_ends_with_our_own_silence() -> None:
    prepared = prepare(join(silence(2), SPOKEN, silence(2)), 8000)
    heard = ALAW_TO_FLOAT[np.frombuffer(prepared.alaw, np.uint8)]
    assert np.abs(heard[:1500]).max() < 0.001
    assert np.abs(heard[-2300:]).max() < 0.001
    assert prepared.report.length_s < len(SPOKEN) / 8000 + 0.7


def test_only_the_telephone_band_is_left() -> None:
    hum, hiss = tone(50, 4, level_db=-20), tone(3900, 4, level_db=-20)
    loud = join(SPOKEN, silence(4))[: len(hum)]
    prepared = prepare((loud + hum + hiss).astype(np.float32), 8000)
    heard = ALAW_TO_FLOAT[np.frombuffer(prepared.alaw, np.uint8)]
    power = np.abs(np.fft.rfft(heard)) ** 2
    hz = np.fft.rfftfreq(len(heard), 1 / 8000)
    outside = power[(hz < 150) | (hz > 3800)].sum()
    assert outside < 0.001 * power.sum()


def test_other_rates_are_resampled() -> None:
    faster = np.repeat(SPOKEN, 2)
    length_s = prepare(faster, 16000).report.length_s
    assert abs(length_s - prepare(SPOKEN, 8000).report.length_s) < 0.1


@pytest.mark.parametrize(
    ("samples", "what"),
    [
        (silence(0), "empty"),
        (silence(5), "no_speech"),
        (tone(440, 5), "no_speech"),
        (noise(5), "no_speech"),
        (SPOKEN[:16000], "too_short"),
        (np.tile(SPOKEN, 20), "too_long"),
        (np.full(40000, np.inf, np.float32), "not_finite"),
    ],
    ids=["empty", "silence", "tone", "noise", "short", "long", "infinite"],
)
def test_what_is_no_announcement_is_refused(samples: Sound, what: str) -> None:
    assert refusal(samples) == what


def test_an_unusable_rate_is_refused() -> None:
    assert refusal(SPOKEN, 100) == "rate"


def test_a_silent_second_of_a_prompt_may_be_short() -> None:
    assert len(prepare(SPOKEN[:8000], 8000, least_s=0).alaw) > FRAME_BYTES


def test_a_constant_offset_is_taken_off() -> None:
    heard = prepare((SPOKEN + 0.3).astype(np.float32), 8000).alaw
    assert abs(float(ALAW_TO_FLOAT[np.frombuffer(heard, np.uint8)].mean())) < 0.001
