"""Tones that no person and no mailbox sends: busy, congestion, special information, fax."""

from __future__ import annotations

from itertools import pairwise
from typing import Final

from audio.listen.beeps import ToneHistory, is_progress
from audio.listen.heard import Hearing
from audio.listen.tones import Tone

#: Special information tone (ITU-T E.180, 6): three tones that rise.
_SIT_HZ: Final = (950.0, 1400.0, 1800.0)
_SIT_TOLERANCE_HZ = 55.0
_SIT_MS = range(200, 450)
#: Called fax (CED, ITU-T T.30, 4.1) and calling fax (CNG, 4.2).
_CED_HZ, _CED_TOLERANCE_HZ, _CED_LEAST_MS = 2100.0, 20.0, 1500
_CNG_HZ, _CNG_TOLERANCE_HZ, _CNG_MS = 1100.0, 42.0, range(400, 620)
_BUSY_CYCLES = 3
_BUSY_MS = range(160, 760)


def is_called_fax(hz: float, length_ms: int) -> bool:
    """Whether a tone that still sounds can only be a fax machine that answers."""
    return abs(hz - _CED_HZ) <= _CED_TOLERANCE_HZ and length_ms >= _CED_LEAST_MS


def recognise(history: ToneHistory, *, speech_ms: float) -> Hearing | None:
    """Return what the last tones of a call are together, if they are the network's or a fax's."""
    tones = list(history.tones)
    if _is_sit(tones[-3:]) or _is_busy(tones[-_BUSY_CYCLES:]):
        return Hearing.TONES
    if speech_ms == 0 and _is_calling_fax(tones[-2:]):
        return Hearing.FAX
    return None


def _is_sit(tones: list[Tone]) -> bool:
    return len(tones) == len(_SIT_HZ) and all(
        abs(tone.hz - hz) <= _SIT_TOLERANCE_HZ and tone.length_ms in _SIT_MS
        for tone, hz in zip(tones, _SIT_HZ, strict=True)
    )


def _is_busy(tones: list[Tone]) -> bool:
    """Whether one tone comes and goes evenly, as long as its pauses (ITU-T E.180, 5)."""
    if len(tones) < _BUSY_CYCLES or not all(is_progress(tone.hz) for tone in tones):
        return False
    lengths = [tone.length_ms for tone in tones]
    pauses = [(b.start_s - a.end_s) * 1000 for a, b in pairwise(tones)]
    return (
        all(length in _BUSY_MS for length in lengths)
        and max(lengths) - min(lengths) <= 80
        and max(pauses) - min(pauses) <= 80
        and min(pauses) >= 100
        and max(pauses) <= 800
    )


def _is_calling_fax(tones: list[Tone]) -> bool:
    return len(tones) == 2 and all(
        abs(tone.hz - _CNG_HZ) <= _CNG_TOLERANCE_HZ and tone.length_ms in _CNG_MS for tone in tones
    )
