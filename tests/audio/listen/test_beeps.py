"""Which tone can be the beep."""

import pytest

from audio.listen.beeps import Candidate, ToneHistory
from audio.listen.tones import Tone


def a_tone(
    hz: float = 1000.0,
    length_s: float = 0.3,
    *,
    start_s: float = 5.0,
    spread_hz: float = 1.0,
    range_db: float = 1.0,
    rises: int = 0,
    cut: bool = True,
) -> Tone:
    return Tone(start_s, start_s + length_s, hz, spread_hz, -20.0, range_db, rises, cut)


def judged(*tones: Tone, speech_ms: float = 3000, pause_ms: float = 300) -> Candidate | None:
    """Return what becomes of the last of *tones*."""
    history, last = ToneHistory(), None
    for tone in tones:
        last = history.judge(tone, speech_ms=speech_ms, pause_ms=pause_ms)
    return last


def test_a_steady_tone_after_a_greeting_waits_a_quarter_of_a_second() -> None:
    found = judged(a_tone())
    assert found is not None
    assert found.quiet_ms == 240


@pytest.mark.parametrize(
    ("tone", "why"),
    [
        (a_tone(length_s=0.06), "too short"),
        (a_tone(length_s=1.6), "too long"),
        (a_tone(spread_hz=30), "it wavers"),
        (a_tone(hz=600, range_db=12, rises=6), "its level wavers"),
        (a_tone(cut=False), "it turned into something else"),
        (a_tone(hz=440, length_s=1.3), "as long as ringing"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_other_tones_are_no_beep(tone: Tone, why: str) -> None:
    assert judged(tone) is None, why


def test_a_tone_that_dies_away_is_a_beep_and_is_waited_for_longer() -> None:
    found = judged(a_tone(range_db=15))
    assert found is not None
    assert found.quiet_ms == 560


def test_the_end_of_a_vowel_is_no_beep() -> None:
    low = a_tone(hz=400, length_s=0.1)
    assert judged(low, pause_ms=0) is None
    assert judged(low, pause_ms=200) is not None


def test_a_tone_of_the_network_s_frequency_needs_a_greeting_before_it() -> None:
    assert judged(a_tone(hz=440), speech_ms=800) is None
    found = judged(a_tone(hz=440), speech_ms=3000)
    assert found is not None
    assert found.quiet_ms == 560


def test_a_cadence_is_no_beep() -> None:
    assert judged(a_tone(hz=440, start_s=5.0), a_tone(hz=440, start_s=5.8)) is None


def test_a_double_beep_is_one() -> None:
    assert judged(a_tone(start_s=5.0), a_tone(start_s=5.42)) is not None


def test_three_pitches_in_a_row_are_no_beep() -> None:
    pitches = (950.0, 1400.0, 1800.0)
    assert judged(*(a_tone(hz, start_s=5 + k * 0.35) for k, hz in enumerate(pitches))) is None


def test_a_fax_that_calls_is_no_beep_where_nobody_spoke() -> None:
    assert judged(a_tone(hz=1100, length_s=0.5), speech_ms=0) is None


def test_a_beep_where_nobody_spoke_waits_for_over_a_second() -> None:
    found = judged(a_tone(), speech_ms=0)
    assert found is not None
    assert found.quiet_ms == 1200


def test_music_where_nobody_spoke_is_no_beep() -> None:
    notes = [a_tone(hz, start_s=5.0 + k) for k, hz in enumerate((523, 587, 659, 784, 880))]
    assert judged(*notes, speech_ms=0) is None
