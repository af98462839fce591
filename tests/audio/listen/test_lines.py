"""The ear on 142 recorded lines: 90 mailboxes, 30 people, 22 traps (``tests/data/lines``).

The floors are what the ear reaches, less one line: falling under them is a regression.
"""

import json
from collections import Counter
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import soundfile

from audio.listen import Hearing
from audio.listen.recording import Listened, listen_all
from tests.audio.sounds import Sound

LINES = Path(__file__).parents[2] / "data" / "lines"


@dataclass(frozen=True)
class Line:
    name: str
    label: str
    record_start_s: float | None
    greeting_end_s: float
    first_speech: tuple[float, float] | None
    listened: Listened

    def beeps_s(self) -> list[float]:
        return [h.at_s for h in self.listened.heard if h.what is Hearing.BEEP]


def sound_of(name: str) -> Sound:
    samples, _ = soundfile.read(LINES / name, dtype="float32")
    return np.asarray(samples, np.float32)


@cache
def lines() -> tuple[Line, ...]:
    truths = json.loads((LINES / "lines.json").read_text("utf-8"))
    samples = [sound_of(truth["file"]) for truth in truths]
    return tuple(
        Line(
            truth["file"],
            truth["label"],
            truth["record_start"],
            truth.get("greeting_end", 0.0),
            tuple(truth["speech"][0]) if truth["speech"] else None,
            listened,
        )
        for truth, listened in zip(truths, listen_all(samples), strict=True)
    )


def labelled(label: str) -> list[Line]:
    return [line for line in lines() if line.label.startswith(label)]


def verdicts(label: str) -> Counter[Hearing | None]:
    return Counter(line.listened.verdict for line in labelled(label))


def test_beeps_are_found() -> None:
    beeping = [line for line in lines() if line.record_start_s is not None]
    found = [b for b in beeping if any(at >= (b.record_start_s or 0) for at in b.beeps_s())]
    assert len(beeping) == 83
    assert len(found) >= 81  # 97.6 %


def test_no_beep_is_reported_before_its_end() -> None:
    early = [
        line.name
        for line in labelled("voicemail")
        for at in line.beeps_s()
        if line.record_start_s is None or at < line.record_start_s
    ]
    assert early == []


def test_no_beep_is_heard_on_people_and_traps() -> None:
    assert [x.name for x in labelled("human") + labelled("trap") if x.beeps_s()] == []


def test_playing_can_start_soon_after_the_beep() -> None:
    waits_s = [
        line.beeps_s()[-1] - line.record_start_s
        for line in lines()
        if line.record_start_s is not None and line.beeps_s()
    ]
    assert np.percentile(waits_s, 50) <= 0.30
    assert np.percentile(waits_s, 95) <= 0.60
    assert max(waits_s) <= 0.68


def test_playing_never_starts_for_good_before_the_greeting_is_over() -> None:
    for line in labelled("voicemail"):
        truth_s = line.record_start_s or line.greeting_end_s
        assert line.listened.starts_s, line.name
        assert line.listened.starts_s[-1] >= truth_s, line.name


def test_people_are_not_called_machines() -> None:
    heard = verdicts("human")
    assert heard[Hearing.MACHINE] == 0
    assert heard[Hearing.PERSON] >= 29


def test_machines_are_seldom_called_people() -> None:
    heard = verdicts("voicemail")
    assert heard[Hearing.PERSON] <= 3
    assert heard[Hearing.MACHINE] >= 84


def test_traps_are_seldom_taken_for_somebody() -> None:
    heard = verdicts("trap")
    assert heard[Hearing.PERSON] == 0
    assert heard[Hearing.MACHINE] <= 3


def test_network_and_fax_tones_are_named() -> None:
    named = {line.name: line.listened.verdict for line in labelled("trap")}
    for name in ("dt_busy", "dt_busyuk", "dt_cong", "dt_sit"):
        assert named[f"{name}.flac"] is Hearing.TONES
    for name in ("dt_ced", "dt_cng"):
        assert named[f"{name}.flac"] is Hearing.FAX


def test_a_short_answer_is_decided_within_a_second() -> None:
    for line in labelled("human"):
        assert line.first_speech is not None
        begin, end = line.first_speech
        if end - begin <= 0.6:
            assert line.listened.heard[0].at_s - end <= 1.0, line.name


def test_packets_lost_are_bridged() -> None:
    truths = json.loads((LINES / "lines.json").read_text("utf-8"))[:90]
    drawn = np.random.default_rng(3)
    damaged = []
    for truth in truths:
        samples = sound_of(truth["file"])
        frames = samples[: len(samples) // 160 * 160].reshape(-1, 160).copy()
        frames[drawn.uniform(size=len(frames)) < 0.03] = np.nan
        damaged.append(frames.ravel())
    found = [
        any(h.what is Hearing.BEEP and h.at_s >= truth["record_start"] for h in listened.heard)
        for truth, listened in zip(truths, listen_all(damaged), strict=True)
        if truth["record_start"]
    ]
    assert sum(found) >= 76
