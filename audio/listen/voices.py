"""Person or machine, by how long the far end speaks before it waits; many calls at once."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from audio.listen.heard import Hearing
from audio.listen.spectrum import FRAME_MS, Flags, Floats, Frames, Slots

Counts = NDArray[np.int32]

_ABOVE_FLOOR_DB = 10.0
_FAINTEST_DB = -46.0
#: A voice is this loud at least against the loudest of it, which is followed slowly (per frame).
_VOICE_RANGE_DB = 22.0
_LOUDEST_FADES_DB, _USUAL_RISES_DB = 0.04, 3.0
#: What stayed fainter than this all the time was the line, not a voice.
_VOICE_DB = -38.0
_FAINT_VOICE_DB, _FAINT_MS, _JUMP_DB = -34.0, 300, 10.0
_UNHEARD_DB = -60.0
#: Speech begins with so many frames in a row, and a phrase is over after so much quiet.
_ONSET_FRAMES = 4
_PHRASE_ENDS_MS = 160

#: A person says little, then waits: (first to last word at most, quiet at least), milliseconds.
_PERSON_MS: Final = ((800, 700), (1600, 1100), (2000, 1300))
_UNSURE_QUIET_MS = 1300
#: A machine goes on: first to last word, and speech in it, at least.
_MACHINE_MS, _MACHINE_SPEECH_MS = 2300, 1800
_SILENCE_MS = 3500
#: Where a tone sounded, one more may come: the pause of ringing and fax tones is over 3 s.
_SILENCE_AFTER_TONE_MS = 4500
_GREETING_OVER_MS = 2500
#: Music and dual tones are even in over two thirds of their frames, speech in under two fifths.
_EVEN_SHARE, _EVEN_MS = 0.55, 600

_ON_SPEECH = frozenset({Hearing.PERSON, Hearing.MACHINE, Hearing.UNSURE})
#: What a slot still waits to be told.
_UNDECIDED, _GREETS, _DECIDED = range(3)


class Voices:
    """How long every slot has spoken, has been quiet, and what that makes of it."""

    def __init__(self, capacity: int) -> None:
        """Make room for *capacity* slots."""
        self.speech_ms = np.zeros(capacity, np.int32)
        "Speech so far, short gaps between syllables included."
        self.quiet_ms = np.zeros(capacity, np.int32)
        "Time since the last speech, or since the start."
        self._spoke_for_ms = np.zeros(capacity, np.int32)
        self._sound_ms = np.zeros(capacity, np.int32)
        self._even_ms = np.zeros(capacity, np.int32)
        self._still_ms = np.zeros(capacity, np.int32)
        self._silence_ms = np.full(capacity, _SILENCE_MS, np.int32)
        self._run = np.zeros(capacity, np.int32)
        self._talking = np.zeros(capacity, np.bool_)
        self._loudest = np.full(capacity, _UNHEARD_DB, np.float32)
        self._usual = np.full(capacity, _UNHEARD_DB, np.float32)
        self._stage = np.zeros(capacity, np.int8)

    def clear(self, slot: int) -> None:
        """Forget a slot's past."""
        self.forget_speech(slot)
        self._still_ms[slot] = 0
        self._silence_ms[slot] = _SILENCE_MS
        self._stage[slot] = _UNDECIDED

    def forget_speech(self, slot: int) -> None:
        """Take what was heard for something else than speech, and decide anew."""
        for field in (self.speech_ms, self.quiet_ms, self._spoke_for_ms, self._run):
            field[slot] = 0
        self._sound_ms[slot] = self._even_ms[slot] = 0
        self._talking[slot] = False
        self._loudest[slot] = self._usual[slot] = _UNHEARD_DB
        self._stage[slot] = _UNDECIDED

    def close(self, slot: int) -> None:
        """Give no verdict on this slot any more."""
        self._stage[slot] = _DECIDED

    def undecided(self, slot: int) -> bool:
        """Whether no verdict was given yet."""
        return bool(self._stage[slot] == _UNDECIDED)

    def listen(self, slots: Slots, heard: Frames, tonal: Flags) -> dict[int, Hearing]:
        """Take one frame of each slot; return the verdicts reached with it, by row."""
        voiced = self._is_voiced(slots, heard) & ~tonal
        self._follow_loudest(slots, heard.voice_db, voiced)
        self._follow_speech(slots, voiced)
        self._follow_tones(slots, tonal)
        self._sound_ms[slots] += (voiced | tonal) * FRAME_MS
        self._even_ms[slots] += (tonal | (voiced & heard.even)) * FRAME_MS
        stage = self._stage[slots]
        if not (stage != _DECIDED).any():
            return {}
        return self._decide(slots, stage)

    def _is_voiced(self, slots: Slots, heard: Frames) -> Flags:
        bar = np.maximum(heard.voice_floor_db + _ABOVE_FLOOR_DB, _FAINTEST_DB)
        voiced: Flags = heard.voice_db > np.maximum(bar, self._loudest[slots] - _VOICE_RANGE_DB)
        return voiced

    def _follow_loudest(self, slots: Slots, voice_db: Floats, voiced: Flags) -> None:
        """Where a voice rises far above what was heard so far, that was the noise of the line."""
        before = self._loudest[slots] - _LOUDEST_FADES_DB
        self._loudest[slots] = np.where(voiced, np.maximum(before, voice_db), before)
        usual = self._usual[slots]
        step = np.clip(voice_db - usual, -_LOUDEST_FADES_DB, _USUAL_RISES_DB)
        self._usual[slots] = usual + np.where(voiced, step, 0)
        faint = (usual < _FAINT_VOICE_DB) & (self.speech_ms[slots] >= _FAINT_MS)
        jumps = voiced & faint & (voice_db > usual + _JUMP_DB)
        self.speech_ms[slots[jumps]] = 0
        self._spoke_for_ms[slots[jumps]] = 0

    def _follow_speech(self, slots: Slots, voiced: Flags) -> None:
        run = np.where(voiced, self._run[slots] + 1, 0)
        talking, quiet = self._talking[slots], self.quiet_ms[slots]
        begins = ~talking & (run >= _ONSET_FRAMES)
        grown = np.where(begins, _ONSET_FRAMES * FRAME_MS, 0)
        grown = np.where(talking & voiced, quiet + FRAME_MS, grown)
        quiet = np.where(grown > 0, 0, quiet + FRAME_MS)
        speech = self.speech_ms[slots] + grown
        since_first = self._spoke_for_ms[slots]
        self._spoke_for_ms[slots] = np.where(since_first > 0, since_first + FRAME_MS, grown)
        self._run[slots] = run
        self._talking[slots] = begins | (talking & (quiet < _PHRASE_ENDS_MS))
        self.speech_ms[slots] = speech
        self.quiet_ms[slots] = quiet

    def _follow_tones(self, slots: Slots, tonal: Flags) -> None:
        self._still_ms[slots] = np.where(tonal, 0, self._still_ms[slots] + FRAME_MS)
        self._silence_ms[slots[tonal]] = _SILENCE_AFTER_TONE_MS

    def _decide(self, slots: Slots, stage: NDArray[np.int8]) -> dict[int, Hearing]:
        quiet = self.quiet_ms[slots]
        said = self._spoke_for_ms[slots] - quiet  # from the first word to the last
        spoke = (self.speech_ms[slots] > 0) & (self._loudest[slots] > _VOICE_DB)
        undecided = stage == _UNDECIDED
        answered = undecided & spoke
        waits = np.zeros(len(slots), np.bool_)
        for most, least in _PERSON_MS:
            waits |= (said <= most) & (quiet >= least)
        enough = (said >= _MACHINE_MS) & (self.speech_ms[slots] >= _MACHINE_SPEECH_MS)
        still = self._still_ms[slots] >= self._silence_ms[slots]
        reached = (
            (Hearing.PERSON, answered & waits),
            (Hearing.MACHINE, answered & enough),
            (Hearing.UNSURE, answered & (quiet >= _UNSURE_QUIET_MS)),
            (Hearing.SILENCE, undecided & ~spoke & still),
            (Hearing.GREETING_OVER, (stage == _GREETS) & (quiet >= _GREETING_OVER_MS)),
        )
        verdicts: dict[int, Hearing] = {}
        for verdict, flags in reached:
            for row in np.flatnonzero(flags).tolist():
                verdicts.setdefault(row, verdict)
        return {row: v for row, v in verdicts.items() if self._stands(int(slots[row]), v)}

    def _stands(self, slot: int, verdict: Hearing) -> bool:
        """Settle a verdict, unless what was taken for speech is music: then listen anew."""
        if verdict in _ON_SPEECH and self._is_music(slot):
            self.forget_speech(slot)
            return False
        self._stage[slot] = _GREETS if verdict is Hearing.MACHINE else _DECIDED
        return True

    def _is_music(self, slot: int) -> bool:
        even_ms = int(self._even_ms[slot])
        return even_ms >= max(_EVEN_MS, _EVEN_SHARE * int(self._sound_ms[slot]))
