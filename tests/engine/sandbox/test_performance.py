from collections.abc import Sequence

from engine.sandbox.behaviour import (
    VARIANTS,
    answer,
    conversation,
    greeting,
    ring_back,
    variant_of,
)
from engine.sandbox.kinds import Kind
from engine.sandbox.lines import KeysBy, a_line
from engine.sandbox.performance import (
    AwaitQuiet,
    Frame,
    KeyByInfo,
    KeyFrame,
    Performance,
    Press,
    Step,
    Wait,
    WaitUntil,
)

NUMBER = "+33612345601"


def a_performance(*steps: Step, lasts_s: float = 0) -> Performance:
    return Performance(steps, noise=b"\x55" * 160, lasts_s=lasts_s)


def played(performance: Performance) -> list[Frame]:
    return list(iter(performance.next_frame, None))


def keys(frames: Sequence[Frame]) -> list[KeyFrame]:
    return [frame for frame in frames if isinstance(frame, KeyFrame)]


def test_a_key_lasts_160_ms_and_its_end_is_sent_three_times() -> None:
    sent = keys(played(a_performance(Press("9"))))
    assert [key.duration for key in sent] == [160 * n for n in range(1, 9)] + [1280, 1280]
    assert [key.ends for key in sent] == [False] * 7 + [True] * 3


def test_waiting_counts_from_the_answer_or_from_here() -> None:
    performance = a_performance(Wait(0.1), Press("1"), WaitUntil(1.0), Press("2"))
    played(performance)
    assert [(digit, round(at_s, 2)) for digit, at_s in performance.pressed] == [
        ("1", 0.1),
        ("2", 1.0),
    ]


def test_a_line_hangs_up_after_it_has_listened_long_enough() -> None:
    assert len(played(a_performance(lasts_s=2.0))) == 100


def test_who_asks_for_the_reception_presses_2_and_talks_from_then_on() -> None:
    line = a_line(NUMBER, Kind.ASKS_FOR_RECEPTION, key_after_s=3.0, hangs_up_after_s=20.0)
    performance = answer(line)
    frames = played(performance)
    assert [(digit, round(at_s, 2)) for digit, at_s in performance.pressed] == [("2", 3.0)]
    spoken = conversation(line.kind, line.language, variant_of(line)).alaw
    said = b"".join(frame for frame in frames[160:] if isinstance(frame, bytes))
    assert said == (spoken * 20)[: len(said)]
    assert len(said) / 8000 >= 20.0


def test_the_reception_greets_talks_and_hangs_up() -> None:
    line = a_line(NUMBER, Kind.RECEPTION, hangs_up_after_s=2.0)
    hello = greeting(line.kind, line.language, variant_of(line)).alaw
    talk = conversation(line.kind, line.language, variant_of(line)).alaw
    assert b"".join(f for f in played(answer(line)) if isinstance(f, bytes)) == hello + talk[:16000]


def test_quiet_is_awaited_only_after_speech() -> None:
    performance = a_performance(AwaitQuiet(quiet_s=0.2, at_most_s=10), Press("9"))
    for loud in [False] * 50 + [True] * 20 + [False] * 9:
        performance.hear(loud)
        assert isinstance(performance.next_frame(), bytes)
    performance.hear(False)
    assert isinstance(performance.next_frame(), KeyFrame)


def test_quiet_is_not_awaited_for_ever() -> None:
    assert len(played(a_performance(AwaitQuiet(at_most_s=1.0)))) == 50


def test_a_key_by_info_takes_no_time() -> None:
    line = a_line(NUMBER, Kind.PRESSES_9, keys_by=KeysBy.INFO, hangs_up_after_s=7.0)
    frames = played(answer(line))
    assert [frame for frame in frames if isinstance(frame, KeyByInfo)] == [KeyByInfo("9")]
    assert len(frames) == 351


def test_a_key_in_band_is_audio() -> None:
    line = a_line(NUMBER, Kind.PRESSES_9, keys_by=KeysBy.INBAND, hangs_up_after_s=7.0)
    performance = answer(line)
    assert all(isinstance(frame, bytes) for frame in played(performance))
    assert performance.pressed == [("9", 6.0)]


def test_every_greeting_is_whole_frames_and_tells_its_beeps() -> None:
    for position, kind in enumerate(Kind):
        sound = greeting(kind, "en" if position % 2 else "fr", position % VARIANTS)
        assert sound.alaw
        assert len(sound.alaw) % 160 == 0
        for beep in sound.beeps:
            assert (sound.speech_end_s or 0) < beep.start_s < beep.end_s
            assert beep.end_s <= len(sound.alaw) / 8000


def test_nine_at_once_comes_before_the_first_word() -> None:
    performance = answer(a_line(NUMBER, Kind.PRESSES_9_AT_ONCE, hangs_up_after_s=4.0))
    played(performance)
    assert performance.pressed == [("9", 0.3)]
    assert (performance.greeting_end_s or 0) > 0.5


def test_a_withheld_number_is_keyed_then_confirmed_when_the_far_end_is_quiet() -> None:
    performance = ring_back(a_line(NUMBER, Kind.CALLS_BACK_WITHHELD, limit_s=1.0))
    while performance.next_frame() is not None:
        performance.hear(int(performance.elapsed_s) % 4 < 2)
    assert "".join(digit for digit, _ in performance.pressed) == "0612345601#1"


def test_hanging_up_right_after_nine_leaves_no_time_for_an_answer() -> None:
    performance = ring_back(a_line(NUMBER, Kind.CALLS_BACK_HANGS_UP))
    frames = played(performance)
    assert len(frames) * 0.02 - performance.pressed[0][1] < 0.5
