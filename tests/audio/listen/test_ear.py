"""The ear on lines made for one rule each."""

import time

import numpy as np
import pytest

from audio.listen import Ear, Hearing
from audio.listen.heard import Heard
from audio.listen.recording import listen
from tests.audio.sounds import Sound, join, noise, silence, speech, tone

ALLO = speech("Allô ?")
GREETING = speech("Bonjour, vous êtes bien chez Claire. Laissez un message après le signal.")


def heard(*sounds: Sound) -> list[tuple[Hearing, float]]:
    return [(h.what, h.at_s) for h in listen(join(*sounds)).heard]


def kinds(*sounds: Sound) -> list[Hearing]:
    return [what for what, _ in heard(*sounds)]


def length_s(sound: Sound) -> float:
    return len(sound) / 8000


def test_allo_is_a_person_within_a_second() -> None:
    (what, at_s), *rest = heard(silence(0.5), ALLO, silence(4))
    assert what is Hearing.PERSON
    assert at_s - 0.5 - length_s(ALLO) <= 1.0
    assert rest == []


@pytest.mark.parametrize("pause_s", [0.2, 0.4, 0.6, 1.0])
def test_allo_said_twice_is_a_person(pause_s: float) -> None:
    line = (silence(0.3), ALLO, silence(pause_s), ALLO, silence(4))
    assert kinds(*line) == [Hearing.PERSON]


def test_a_greeting_is_a_machine_before_its_end() -> None:
    (what, at_s), *_ = heard(silence(0.3), GREETING, silence(1))
    assert what is Hearing.MACHINE
    assert at_s < 0.3 + length_s(GREETING)


def test_a_beep_after_a_greeting_is_reported_soon() -> None:
    line = (silence(0.3), GREETING, silence(0.3), tone(1000, 0.4), silence(3))
    found = heard(*line)
    assert [what for what, _ in found] == [Hearing.MACHINE, Hearing.BEEP]
    over_s = 0.3 + length_s(GREETING) + 0.3 + 0.4
    assert 0 < found[1][1] - over_s <= 0.45


@pytest.mark.parametrize("hz", [400, 520, 700, 850, 1000, 1100, 1400, 1850, 2000])
@pytest.mark.parametrize("beep_s", [0.12, 0.25, 1.0])
def test_ordinary_beeps_are_found(hz: float, beep_s: float) -> None:
    line = (silence(0.3), GREETING, silence(0.5), tone(hz, beep_s, level_db=-18), silence(2))
    found = heard(*line)
    over_s = 0.3 + length_s(GREETING) + 0.5 + beep_s
    assert found[-1][0] is Hearing.BEEP
    assert 0 < found[-1][1] - over_s <= 0.68


def test_the_beep_tells_what_was_measured() -> None:
    beep = listen(join(silence(0.3), GREETING, silence(0.5), tone(850, 0.3), silence(2))).heard[-1]
    assert abs(beep.evidence["hz"] - 850) < 3
    assert abs(beep.evidence["tone_ms"] - 300) <= 40
    assert beep.evidence["speech_ms"] > 2000


def test_two_beeps_in_a_row_are_one() -> None:
    double = (tone(1000, 0.15), silence(0.12), tone(1000, 0.15))
    found = heard(silence(0.3), GREETING, silence(0.3), *double, silence(3))
    assert [what for what, _ in found] == [Hearing.MACHINE, Hearing.BEEP]


def test_a_greeting_without_beep_is_over_after_two_and_a_half_seconds() -> None:
    found = heard(silence(0.3), GREETING, silence(5))
    assert [what for what, _ in found] == [Hearing.MACHINE, Hearing.GREETING_OVER]
    assert abs(found[1][1] - 0.3 - length_s(GREETING) - 2.5) < 0.3


def test_a_beep_after_a_person_is_still_reported() -> None:
    found = kinds(silence(0.3), ALLO, silence(1.5), GREETING, tone(1000, 0.4), silence(2))
    assert found == [Hearing.PERSON, Hearing.BEEP]


def test_a_beep_after_the_greeting_was_given_up_is_still_reported() -> None:
    found = kinds(silence(0.3), GREETING, silence(4), tone(1000, 0.4), silence(2))
    assert found == [Hearing.MACHINE, Hearing.GREETING_OVER, Hearing.BEEP]


def test_nobody_is_silence_after_three_and_a_half_seconds() -> None:
    assert heard(silence(6)) == [(Hearing.SILENCE, 3.5)]


def test_a_noisy_line_where_nobody_speaks_is_silence() -> None:
    assert kinds(noise(6, level_db=-48)) == [Hearing.SILENCE]


def test_a_beep_without_greeting_waits_for_a_longer_silence() -> None:
    found = heard(silence(0.5), tone(1000, 0.4), silence(4))
    assert found[0][0] is Hearing.BEEP
    assert 1.0 < found[0][1] - 0.9 < 1.5


def test_speech_after_a_tone_makes_it_no_beep() -> None:
    found = kinds(silence(0.3), GREETING, tone(1000, 0.3), silence(0.1), GREETING)
    assert Hearing.BEEP not in found


def test_busy_is_tones() -> None:
    assert kinds(*[tone(440, 0.5), silence(0.5)] * 5) == [Hearing.TONES]


def test_ringing_is_nobody_and_no_beep() -> None:
    found = kinds(*[tone(440, 1.5), silence(3.5)] * 3)
    assert Hearing.BEEP not in found
    assert Hearing.PERSON not in found


def test_special_information_tones_are_tones() -> None:
    sit = (tone(950, 0.33), tone(1400, 0.33), tone(1800, 0.33))
    assert kinds(silence(0.2), *sit, silence(1)) == [Hearing.TONES]


def test_an_answering_fax_is_known_while_it_whistles() -> None:
    assert heard(silence(0.5), tone(2100, 3.3), silence(1))[0][0] is Hearing.FAX


def test_a_calling_fax_is_known_at_its_second_tone() -> None:
    cng = (tone(1100, 0.5), silence(3.0))
    assert kinds(silence(0.5), *cng, *cng)[0] is Hearing.FAX


def test_a_melody_is_no_beep() -> None:
    notes = [523, 587, 659, 784, 1046, 698, 880, 523, 659, 988]
    melody = [part for hz in notes for part in (tone(hz, 0.4), silence(0.1))]
    assert Hearing.BEEP not in kinds(*melody)


def test_only_the_slots_given_move_on() -> None:
    ear = Ear(2)
    first, second = ear.open(), ear.open()
    still = np.zeros((1, 160), np.float32)
    found: list[Heard] = []
    for _ in range(200):
        found += ear.hear(np.array([first]), still)
    assert [(h.slot, h.what) for h in found] == [(first, Hearing.SILENCE)]
    for _ in range(175):
        found += ear.hear(np.array([second]), still)
    assert (found[-1].slot, found[-1].at_s) == (second, 3.5)


def test_calls_at_once_hear_what_each_hears_alone() -> None:
    lines = [
        join(silence(0.3), ALLO, silence(6)),
        join(silence(0.3), GREETING, silence(0.4), tone(1000, 0.3), silence(2)),
        join(*[tone(440, 0.5), silence(0.5)] * 6),
    ]
    ear = Ear(3)
    slots = np.array([ear.open() for _ in lines])
    together: list[Heard] = []
    for start in range(0, min(map(len, lines)) - 160, 160):
        frames = np.stack([line[start : start + 160] for line in lines])
        together += ear.hear(slots, frames)
    for slot, line in zip(slots, lines, strict=True):
        alone = [(h.what, h.at_s) for h in listen(line[: min(map(len, lines))]).heard]
        assert [(h.what, h.at_s) for h in together if h.slot == slot] == alone


def test_a_slot_that_is_closed_begins_anew() -> None:
    ear = Ear(1)
    for _ in range(3):
        slot = ear.open()
        found: list[Heard] = []
        line = join(silence(0.3), ALLO, silence(2))
        for start in range(0, len(line) - 160, 160):
            found += ear.hear(np.array([slot]), line[None, start : start + 160])
        assert [h.what for h in found] == [Hearing.PERSON]
        ear.close(slot)
        ear.close(slot)


def test_a_closed_slot_hears_nothing() -> None:
    ear = Ear(1)
    slot = ear.open()
    ear.close(slot)
    still = np.zeros((1, 160), np.float32)
    assert [h for _ in range(300) for h in ear.hear(np.array([slot]), still)] == []


def test_a_resting_slot_hears_nothing_and_its_clock_runs() -> None:
    ear = Ear(1)
    slot = ear.open()
    still = np.zeros((1, 160), np.float32)
    ear.rest(slot)
    assert [h for _ in range(300) for h in ear.hear(np.array([slot]), still)] == []
    ear.wake(slot)
    found = [h for _ in range(300) for h in ear.hear(np.array([slot]), still)]
    assert found[0].at_s == 9.5


def test_more_calls_than_slots_are_refused() -> None:
    ear = Ear(1)
    ear.open()
    with pytest.raises(RuntimeError, match="make it larger"):
        ear.open()


def test_no_calls_at_all_are_heard_too() -> None:
    assert Ear(1).hear(np.array([], np.intp), np.zeros((0, 160), np.float32)) == []


@pytest.mark.peer
def test_two_hundred_calls_cost_a_tenth_of_a_core() -> None:
    ear = Ear(200)
    slots = np.array([ear.open() for _ in range(200)])
    line = join(silence(0.3), GREETING, silence(0.4), tone(1000, 0.3), silence(2))
    frames = np.stack([np.roll(line, 977 * k)[: 160 * 150] for k in range(200)])
    began = time.process_time()
    for start in range(0, frames.shape[1], 160):
        ear.hear(slots, frames[:, start : start + 160])
    assert (time.process_time() - began) / 150 / 200 < 10e-6
