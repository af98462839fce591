"""Person or machine, by how long the far end speaks before it waits; many calls at once."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from audio.listen.heard import Hearing
from audio.listen.spectrum import FRAME_MS, Flags, Frames, Slots

Counts = NDArray[np.int32]

_ABOVE_FLOOR_DB = 10.0
_FAINTEST_DB = -46.0
#: Speech begins with so many frames in a row, and is over after so much quiet.
_ONSET_FRAMES = 4
_PHRASE_ENDS_MS = 160

#: A person says little, then waits: speech at most, quiet at least, in milliseconds.
_SHORT_MS, _AFTER_SHORT_MS = 700, 700
_LONGER_MS, _AFTER_LONGER_MS = 1500, 900
_MACHINE_MS = 2000
_AFTER_UNSURE_MS = 1300
_SILENCE_MS = 3500
_GREETING_OVER_MS = 2500

#: What a slot still waits to be told.
_UNDECIDED, _GREETS, _DECIDED = range(3)
VERDICTS: Final = (
    Hearing.PERSON,
    Hearing.UNSURE,
    Hearing.MACHINE,
    Hearing.SILENCE,
    Hearing.GREETING_OVER,
)


class Voices:
    """How long every slot has spoken, has been quiet, and what that makes of it."""

    def __init__(self, capacity: int) -> None:
        """Make room for *capacity* slots."""
        self.speech_ms = np.zeros(capacity, np.int32)
        "Speech so far."
        self.quiet_ms = np.zeros(capacity, np.int32)
        "Time since the last speech, or since the start."
        self._run = np.zeros(capacity, np.int32)
        self._talking = np.zeros(capacity, np.bool_)
        self._stage = np.zeros(capacity, np.int8)

    def clear(self, slot: int) -> None:
        """Forget a slot's past."""
        for field in (self.speech_ms, self.quiet_ms, self._run, self._stage):
            field[slot] = 0
        self._talking[slot] = False

    def close(self, slot: int) -> None:
        """Give no verdict on this slot any more."""
        self._stage[slot] = _DECIDED

    def undecided(self, slot: int) -> bool:
        """Whether no verdict was given yet."""
        return bool(self._stage[slot] == _UNDECIDED)

    def listen(self, slots: Slots, heard: Frames, tonal: Flags) -> dict[int, Hearing]:
        """Take one frame of each slot; return the verdicts reached with it, by row."""
        voiced = (
            (heard.level_db > heard.floor_db + _ABOVE_FLOOR_DB)
            & (heard.level_db > _FAINTEST_DB)
            & ~tonal
        )
        run = np.where(voiced, self._run[slots] + 1, 0)
        talking = self._talking[slots]
        begins = ~talking & (run >= _ONSET_FRAMES)
        speech = self.speech_ms[slots] + FRAME_MS * (
            (talking & voiced) + _ONSET_FRAMES * begins.astype(np.int32)
        )
        quiet = np.where(begins | (talking & voiced), 0, self.quiet_ms[slots] + FRAME_MS)
        self._run[slots] = run
        self._talking[slots] = begins | (talking & (quiet < _PHRASE_ENDS_MS))
        self.speech_ms[slots] = speech
        self.quiet_ms[slots] = quiet
        return self._decide(slots, speech, quiet)

    def _decide(self, slots: Slots, speech: Counts, quiet: Counts) -> dict[int, Hearing]:
        stage = self._stage[slots]
        if not (stage != _DECIDED).any():
            return {}
        spoke = speech > 0
        undecided = stage == _UNDECIDED
        reached = (
            undecided
            & spoke
            & (
                ((speech <= _SHORT_MS) & (quiet >= _AFTER_SHORT_MS))
                | ((speech <= _LONGER_MS) & (quiet >= _AFTER_LONGER_MS))
            ),
            undecided & spoke & (speech < _MACHINE_MS) & (quiet >= _AFTER_UNSURE_MS),
            undecided & (speech >= _MACHINE_MS),
            undecided & ~spoke & (quiet >= _SILENCE_MS),
            (stage == _GREETS) & (quiet >= _GREETING_OVER_MS),
        )
        verdicts: dict[int, Hearing] = {}
        for flags, verdict in zip(reached, VERDICTS, strict=True):
            for row in np.flatnonzero(flags):
                verdicts.setdefault(int(row), verdict)
        for reached_row, verdict in verdicts.items():
            self._stage[slots[reached_row]] = _GREETS if verdict is Hearing.MACHINE else _DECIDED
        return verdicts
