"""An ear for many calls: who answered, when the beep is over, and when nobody is there."""

from __future__ import annotations

import numpy as np

from audio.listen.beeps import Candidate, ToneHistory
from audio.listen.heard import Heard, Hearing
from audio.listen.network import is_called_fax, recognise
from audio.listen.quiet import QuietWatch
from audio.listen.spectrum import FRAME_MS, FRAME_S, Floats, Frames, Slots, Spectrum
from audio.listen.tones import Tone, ToneTracker
from audio.listen.voices import Voices


class Ear:
    """Listens to up to *capacity* calls, 20 ms of each at a time.

    A call holds a slot from `open` to `close`.  Only the slots given to `hear` move on.  One
    verdict is given on a slot; beeps are reported as long as it is open.
    """

    def __init__(self, capacity: int) -> None:
        """Make room for *capacity* calls at once."""
        self._free = list(range(capacity - 1, -1, -1))
        self._open = np.zeros(capacity, np.bool_)
        self._rests = np.zeros(capacity, np.bool_)
        self._frames_heard = np.zeros(capacity, np.int64)
        self._spectrum = Spectrum(capacity)
        self._tones = ToneTracker(capacity)
        self._quiet = QuietWatch(capacity)
        self._voices = Voices(capacity)
        self._histories: dict[int, ToneHistory] = {}

    def open(self) -> int:
        """Return a free slot, its clock at zero; RuntimeError when all are taken."""
        if not self._free:
            raise RuntimeError("every slot of this ear is taken: make it larger, or close some")
        slot = self._free.pop()
        for part in (self._spectrum, self._tones, self._quiet, self._voices):
            part.clear(slot)
        self._frames_heard[slot] = 0
        self._open[slot] = True
        self._rests[slot] = False
        self._histories[slot] = ToneHistory()
        return slot

    def close(self, slot: int) -> None:
        """Give a slot back; closing it again does nothing."""
        if self._open[slot]:
            self._open[slot] = False
            self._quiet.clear(slot)
            del self._histories[slot]
            self._free.append(slot)

    def rest(self, slot: int) -> None:
        """Spend nothing more on a slot, though its frames still come and its clock runs."""
        self._rests[slot] = True

    def wake(self, slot: int) -> None:
        """Listen to a resting slot again."""
        self._rests[slot] = False

    def hear(self, slots: Slots, frames: Floats) -> list[Heard]:
        """Take 160 samples in [-1, 1] of each slot; return what they complete.

        *slots* names each slot once.  A frame of NaN is one that the network lost.
        """
        self._frames_heard[slots] += 1
        awake = self._open[slots] & ~self._rests[slots]
        if not awake.all():
            slots, frames = slots[awake], frames[awake]
        if not slots.size:
            return []
        measured = self._spectrum.measure(slots, frames)
        now_s = self._frames_heard[slots] * FRAME_S
        pure, ended = self._tones.follow(slots, measured, now_s)
        heard: list[Heard] = []
        for row, tone in ended.items():
            heard += self._hear_tone(int(slots[row]), tone)
        sounding = self._tones.sounding[slots]
        for row, candidate in self._quiet.watch(slots, measured, sounding):
            heard.append(self._beep(int(slots[row]), candidate))
        heard += self._hear_fax(slots, measured)
        for row, verdict in self._voices.listen(slots, measured, pure | sounding).items():
            heard.append(self._heard(int(slots[row]), verdict, self._speech(int(slots[row]))))
        return heard

    def _hear_tone(self, slot: int, tone: Tone) -> list[Heard]:
        history = self._histories[slot]
        speech_ms = float(self._voices.speech_ms[slot])
        known = history.count
        pause_ms = float(self._voices.quiet_ms[slot]) - tone.length_ms
        candidate = history.judge(tone, speech_ms=speech_ms, pause_ms=pause_ms)
        if known == history.count:
            return []
        self._quiet.clear(slot)  # another tone sounded where silence was expected
        if candidate:
            self._quiet.expect(slot, candidate)
        what = recognise(history, speech_ms=speech_ms)
        return self._network(slot, what, tone) if what else []

    def _hear_fax(self, slots: Slots, measured: Frames) -> list[Heard]:
        """Recognise an answering fax while its tone still sounds: it lasts three seconds."""
        long = self._tones.sounding[slots] & (self._tones.run[slots] == 75)
        heard: list[Heard] = []
        for row in np.flatnonzero(long):
            slot = int(slots[row])
            hz, length_ms = self._tones.mean_hz(slot), int(self._tones.run[slot]) * FRAME_MS
            if is_called_fax(hz, length_ms):
                level_db = float(measured.level_db[row])
                evidence = {"hz": hz, "tone_ms": float(length_ms), "level_db": level_db}
                self._voices.close(slot)
                heard.append(self._heard(slot, Hearing.FAX, evidence))
        return heard

    def _network(self, slot: int, what: Hearing, tone: Tone) -> list[Heard]:
        if not self._voices.undecided(slot):
            return []
        self._voices.close(slot)
        self._quiet.clear(slot)
        return [self._heard(slot, what, _measured(tone))]

    def _beep(self, slot: int, candidate: Candidate) -> Heard:
        evidence = _measured(candidate.tone) | self._speech(slot)
        self._voices.close(slot)
        return self._heard(slot, Hearing.BEEP, evidence)

    def _speech(self, slot: int) -> dict[str, float]:
        return {
            "speech_ms": float(self._voices.speech_ms[slot]),
            "quiet_ms": float(self._voices.quiet_ms[slot]),
        }

    def _heard(self, slot: int, what: Hearing, evidence: dict[str, float]) -> Heard:
        at_s = round(float(self._frames_heard[slot]) * FRAME_S, 3)
        return Heard(slot, what, at_s, evidence)


def _measured(tone: Tone) -> dict[str, float]:
    return {
        "hz": round(tone.hz, 1),
        "tone_ms": float(tone.length_ms),
        "level_db": round(tone.level_db, 1),
        "end_s": round(tone.end_s, 3),
    }
