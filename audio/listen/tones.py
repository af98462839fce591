"""Pure tones on many calls at once: each is reported when it ends, with what was measured."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from audio.listen.spectrum import FRAME_MS, FRAME_S, Flags, Floats, Frames, Slots

_PURE = 0.80
_BAND_HZ = (340.0, 2600.0)
_FAINTEST_DB = -50.0
_ABOVE_FLOOR_DB = 8.0
#: The level falls by this much within 20 ms where a tone ends.
_DROP_DB = 10.0
_SLOW_DECAY_DB = 6.0


@dataclass(frozen=True, slots=True)
class Tone:
    """One uninterrupted tone."""

    start_s: float
    end_s: float
    hz: float
    spread_hz: float
    "Standard deviation of the frequency, frame by frame."
    level_db: float
    range_db: float
    rises: int
    "Frames whose level rose by more than 1 dB after the first."
    cut: bool
    "It ended by falling silent, not by turning into something else."

    @property
    def length_ms(self) -> int:
        """How long it sounded."""
        return round((self.end_s - self.start_s) * 1000)

    def is_near(self, hz: float) -> bool:
        """Whether this is the same tone as one of *hz*."""
        return abs(self.hz - hz) < max(20.0, 0.02 * self.hz)


class ToneTracker:
    """Follows the tone, if any, that sounds on every slot."""

    def __init__(self, capacity: int) -> None:
        """Make room for *capacity* slots."""
        self.sounding = np.zeros(capacity, np.bool_)
        "Slots on which a tone sounds now."
        self.run = np.zeros(capacity, np.int32)
        "For how many frames it has."
        self._hz_sum = np.zeros(capacity)
        self._hz_squares = np.zeros(capacity)
        self._highest = np.full(capacity, -99.0, np.float32)
        self._lowest = np.full(capacity, 99.0, np.float32)
        self._rises = np.zeros(capacity, np.int32)
        self._misses = np.zeros(capacity, np.int32)
        self._level = np.full(capacity, -99.0, np.float32)

    def clear(self, slot: int) -> None:
        """Forget a slot's past."""
        self.sounding[slot] = False
        self.run[slot] = 0
        self._level[slot] = -99

    def mean_hz(self, slot: int) -> float:
        """Return the frequency of the tone that sounds on a slot."""
        return float(self._hz_sum[slot] / max(1, self.run[slot]))

    def follow(self, slots: Slots, heard: Frames, now_s: Floats) -> tuple[Flags, dict[int, Tone]]:
        """Take one frame of each slot; *now_s* is where each frame ends.

        Returns which frames are pure, and by row the tones that ended with this frame.
        """
        pure = _is_pure(heard)
        sounding, level, before = self.sounding[slots], heard.level_db, self._level[slots]
        run = self.run[slots]
        mean_hz = self._hz_sum[slots] / np.maximum(run, 1)
        same = pure & (np.abs(heard.hz - mean_hz) < np.maximum(14.0, 0.02 * heard.hz))
        audible = level > heard.floor_db + _ABOVE_FLOOR_DB
        decays = same & audible & (level > before - _SLOW_DECAY_DB)
        fell = sounding & (level < self._highest[slots] - _DROP_DB) & ~decays
        goes_on = sounding & same & ~fell
        breaks = sounding & ~same & ~fell
        if sounding.any():
            self._extend(slots[goes_on], heard.hz[goes_on], level[goes_on])
            self._misses[slots[breaks]] += 1
        # One stray frame is a codec's glitch, unless it begins another tone.
        over = fell | (breaks & (pure | (self._misses[slots] >= 2)))
        ended = {
            int(row): self._tone(int(slots[row]), float(now_s[row]), cut=bool(fell[row]))
            for row in np.flatnonzero(over)
        }
        self.sounding[slots[over]] = False
        begins = pure & ~fell & (~sounding | over) & (level > before - _SLOW_DECAY_DB)
        if begins.any():
            self._begin(slots[begins], heard.hz[begins], level[begins])
        self._level[slots] = level
        return pure, ended

    def _begin(self, slots: Slots, hz: Floats, level: Floats) -> None:
        self.sounding[slots] = True
        self.run[slots] = 1
        self._hz_sum[slots] = hz
        self._hz_squares[slots] = hz.astype(np.float64) ** 2
        self._highest[slots] = level
        self._lowest[slots] = 99
        self._rises[slots] = 0
        self._misses[slots] = 0

    def _extend(self, slots: Slots, hz: Floats, level: Floats) -> None:
        before = self._level[slots]
        self.run[slots] += 1
        self._hz_sum[slots] += hz
        self._hz_squares[slots] += hz.astype(np.float64) ** 2
        # The frames at either end are only partly tone: they say nothing of its steadiness.
        inside = self.run[slots] > 2
        lowest = self._lowest[slots]
        self._lowest[slots] = np.where(inside, np.minimum(lowest, before), lowest)
        self._rises[slots] += level > before + 1.0
        self._highest[slots] = np.maximum(self._highest[slots], level)
        self._misses[slots] = 0

    def _tone(self, slot: int, now_s: float, *, cut: bool) -> Tone:
        """Return the tone that just ended; window and hop cancel within 20 ms."""
        run = max(1, int(self.run[slot]))
        mean = self._hz_sum[slot] / run
        variance = max(0.0, self._hz_squares[slot] / run - mean * mean)
        end_s = now_s - FRAME_S
        lowest, highest = float(self._lowest[slot]), float(self._highest[slot])
        return Tone(
            start_s=end_s - run * FRAME_MS / 1000,
            end_s=end_s,
            hz=float(mean),
            spread_hz=float(np.sqrt(variance)),
            level_db=highest,
            range_db=0.0 if lowest > 90 else highest - lowest,
            rises=int(self._rises[slot]),
            cut=cut,
        )


def _is_pure(heard: Frames) -> Flags:
    pure: Flags = (
        (heard.purity >= _PURE)
        & (heard.hz >= _BAND_HZ[0])
        & (heard.hz <= _BAND_HZ[1])
        & (heard.level_db > _FAINTEST_DB)
        & (heard.level_db > heard.floor_db + _ABOVE_FLOOR_DB)
    )
    return pure
