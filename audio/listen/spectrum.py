"""Level, tonality and noise floor of 20 ms frames, for many calls at once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

FRAME: Final = 160
RATE_HZ: Final = 8000
FRAME_S: Final = FRAME / RATE_HZ
FRAME_MS: Final = 20

Floats = NDArray[np.float32]
Flags = NDArray[np.bool_]
Slots = NDArray[np.intp]

_FFT = 512
_BIN_HZ = RATE_HZ / _FFT
_WINDOW = np.hanning(2 * FRAME).astype(np.float32)
_LOWEST_TONE, _HIGHEST_TONE = int(340 / _BIN_HZ), int(2600 / _BIN_HZ) + 1
_BAND = slice(int(125 / _BIN_HZ), int(3800 / _BIN_HZ))
_VOICE = slice(int(320 / _BIN_HZ), int(3400 / _BIN_HZ))
_POWER_TO_SQUARE = np.float32(2 / (_FFT * float(np.sum(_WINDOW**2))))
_SIDE = np.arange(-4, 5)

_EVEN_DB, _EVEN_HZ = 0.7, 4.0
_QUIET_DB = -60.0
_HIGHEST_FLOOR_DB = -45.0
_FLOOR_SPAN = 25  # frames: the quietest of half a second
_FLOOR_RISE_DB = 0.03  # per frame: 1.5 dB a second
#: Lost frames are bridged by the last one heard; after so many the far end is simply silent.
_BRIDGED = 3


@dataclass(frozen=True, slots=True)
class Frames:
    """What was measured in one frame of each slot."""

    level_db: Floats
    "RMS of the frame, in dBFS."
    purity: Floats
    "Share of the power over the noise (125-3800 Hz, the last 40 ms) in the strongest peak."
    hz: Floats
    "Where that peak is, interpolated between bins; 340-2600 Hz."
    floor_db: Floats
    "The level of the line when nobody speaks."
    voice_db: Floats
    "Level between 300 and 3400 Hz over the last 40 ms: mains hum has no part in it."
    voice_floor_db: Floats
    "The same, when nobody speaks."
    even: Flags
    "Neither louder, softer nor elsewhere than 20 ms before: tones and music, seldom speech."


class Spectrum:
    """The last 40 ms and the noise floor of every slot."""

    def __init__(self, capacity: int) -> None:
        """Make room for *capacity* slots."""
        self._last = np.zeros((capacity, FRAME), np.float32)
        self._lost = np.zeros(capacity, np.int32)
        self._voice_db = np.full(capacity, _QUIET_DB, np.float32)
        self._hz = np.zeros(capacity, np.float32)
        self._floor = _Floor(capacity)
        self._voice_floor = _Floor(capacity)

    def clear(self, slot: int) -> None:
        """Forget a slot's past."""
        self._last[slot] = 0
        self._lost[slot] = 0
        self._voice_db[slot] = _QUIET_DB
        self._hz[slot] = 0
        self._floor.clear(slot)
        self._voice_floor.clear(slot)

    def measure(self, slots: Slots, frames: Floats) -> Frames:
        """Measure one 20 ms frame of each slot; a row that begins with NaN is a lost frame."""
        last = self._last[slots]
        frames = self._bridge(slots, frames, last)
        power = self._power(last, frames)
        self._last[slots] = frames
        peak = power[:, _LOWEST_TONE:_HIGHEST_TONE].argmax(axis=1) + _LOWEST_TONE
        around = np.take_along_axis(power, peak[:, None] + _SIDE, axis=1)
        tone = around.sum(axis=1)
        voice = power[:, _VOICE].sum(axis=1)
        voice_db = 10 * np.log10(voice * _POWER_TO_SQUARE + 1e-10)
        voice_floor_db = self._voice_floor.follow(slots, voice_db)
        noise = 10 ** (voice_floor_db / 10) / _POWER_TO_SQUARE
        whole = power[:, _BAND].sum(axis=1)
        purity = tone / np.maximum(whole - noise, tone + np.float32(1e-12))
        hz = (peak + _between_bins(around)).astype(np.float32) * np.float32(_BIN_HZ)
        moved_db, moved_hz = voice_db - self._voice_db[slots], hz - self._hz[slots]
        self._voice_db[slots], self._hz[slots] = voice_db, hz
        level_db = 10 * np.log10(np.einsum("ij,ij->i", frames, frames) / FRAME + 1e-10)
        return Frames(
            level_db=level_db,
            purity=purity,
            hz=hz,
            floor_db=self._floor.follow(slots, level_db),
            voice_db=voice_db,
            voice_floor_db=voice_floor_db,
            even=(np.abs(moved_db) < _EVEN_DB) & (np.abs(moved_hz) < _EVEN_HZ),
        )

    def _bridge(self, slots: Slots, frames: Floats, last: Floats) -> Floats:
        """Put the last frame heard in the place of lost ones, silence after a few."""
        lost = np.isnan(frames[:, 0])
        if not lost.any():
            self._lost[slots] = 0
            return frames
        self._lost[slots] = count = np.where(lost, self._lost[slots] + 1, 0)
        bridged = np.where(lost[:, None], last, frames)
        bridged[count > _BRIDGED] = 0
        return bridged

    @staticmethod
    def _power(last: Floats, frames: Floats) -> Floats:
        windowed = np.concatenate((last, frames), axis=1)
        windowed *= _WINDOW
        spectrum = np.fft.rfft(windowed, _FFT, axis=1)
        return (spectrum.real**2 + spectrum.imag**2).astype(np.float32, copy=False)


class _Floor:
    """The noise floor of every slot."""

    def __init__(self, capacity: int) -> None:
        self._levels = np.zeros((capacity, _FLOOR_SPAN), np.float32)
        self._floor = np.full(capacity, _QUIET_DB, np.float32)
        self._heard = np.zeros(capacity, np.int32)

    def clear(self, slot: int) -> None:
        self._levels[slot] = 0
        self._floor[slot] = _QUIET_DB
        self._heard[slot] = 0

    def follow(self, slots: Slots, level_db: Floats) -> Floats:
        """Fall at once to the quietest of the last half second, rise slowly."""
        heard = self._heard[slots]
        self._levels[slots, heard % _FLOOR_SPAN] = level_db
        self._heard[slots] = heard + 1
        quietest = self._levels[slots].min(axis=1)
        later = np.minimum(self._floor[slots] + _FLOOR_RISE_DB, quietest)
        first = np.minimum(quietest, _HIGHEST_FLOOR_DB)
        floor: Floats = np.where(heard < _FLOOR_SPAN, first, later)
        self._floor[slots] = floor
        return floor


def _between_bins(around: Floats) -> Floats:
    """Return how far the true peak lies from its bin, by a parabola through the logarithms."""
    left, centre, right = np.log(around[:, 3:6].T + 1e-12)
    bend = left - 2 * centre + right
    flat = np.abs(bend) <= 1e-6
    shift = 0.5 * (left - right) / np.where(flat, 1, bend)
    return np.where(flat, 0, shift).clip(-0.5, 0.5).astype(np.float32)
