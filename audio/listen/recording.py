"""A recorded line heard from its answer on, as on a live call."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from audio.listen.ear import Ear
from audio.listen.heard import Heard, Hearing
from audio.listen.spectrum import FRAME, Floats

#: After these, playing may start.
STARTS: Final = frozenset(
    {Hearing.PERSON, Hearing.UNSURE, Hearing.SILENCE, Hearing.BEEP, Hearing.GREETING_OVER}
)


@dataclass(frozen=True, slots=True)
class Listened:
    """What was heard on one line, in order."""

    heard: tuple[Heard, ...]

    @property
    def verdict(self) -> Hearing | None:
        """What the line is, as first known; `None` when it ended before."""
        return self.heard[0].what if self.heard else None

    @property
    def starts_s(self) -> tuple[float, ...]:
        """When playing could start, then start again after a later beep, in seconds."""
        first = next((h for h in self.heard if h.what in STARTS), None)
        if first is None:
            return ()
        later = [h.at_s for h in self.heard if h.what is Hearing.BEEP and h.at_s > first.at_s]
        return (first.at_s, *later[:1])


def listen_all(lines: list[Floats]) -> list[Listened]:
    """Hear 8 kHz samples of several lines, all answered at once."""
    ear = Ear(max(1, len(lines)))
    slots = np.array([ear.open() for _ in lines], np.intp)
    frames = np.array([len(line) // FRAME for line in lines], np.intp)
    heard: dict[int, list[Heard]] = {int(slot): [] for slot in slots}
    for index in range(int(frames.max(initial=0))):
        live = np.flatnonzero(frames > index)
        now = np.stack([lines[k][index * FRAME : (index + 1) * FRAME] for k in live])
        for one in ear.hear(slots[live], now.astype(np.float32)):
            heard[one.slot].append(one)
    return [Listened(tuple(heard[int(slot)])) for slot in slots]


def listen(samples: Floats) -> Listened:
    """Hear the 8 kHz samples of one line, in [-1, 1]."""
    return listen_all([samples])[0]
