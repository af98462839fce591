"""Which tone is the beep that ends a greeting: it is short, steady, alone, and silence follows."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Final

from audio.listen.tones import Tone

_SHORTEST_MS = 80
_LONGEST_MS = 1400
_STEADY_DB = 7.0
_SHAKEN_DB, _SHAKEN_HZ = 10.0, 1200.0
_RISE_EVERY_MS = 120
#: Ringing, busy and congestion tones of France, Europe and the United States.
PROGRESS_HZ: Final = (395.0, 485.0)
#: The calling tone of a fax machine (ITU-T T.30, 4.2).
_FAX_CALLING_HZ = (1060.0, 1140.0)
_LOW_HZ, _LOW_SHORTEST_MS, _LOW_PAUSE_MS = 450.0, 140, 80
_LONGEST_PROGRESS_MS = 1250
#: Speech that a greeting holds at least, before a beep is taken for its end.
_GREETING_MS = 600
_GREETING_BEFORE_PROGRESS_MS = 1200
_QUIET_MS = 240
_QUIET_AFTER_PROGRESS_MS = 560
_QUIET_WITHOUT_GREETING_MS = 1200
_BURST_GAP_S = 0.5
_MUSIC_NOTES = 4
_MUSIC_MEMORY_S = 8.0
_REMEMBERED = 12


@dataclass(frozen=True, slots=True)
class Candidate:
    """A tone that is the beep, if *quiet_ms* of silence follow it."""

    tone: Tone
    quiet_ms: int


@dataclass(slots=True)
class ToneHistory:
    """The tones of one call, and what they are together."""

    tones: deque[Tone] = field(default_factory=lambda: deque(maxlen=_REMEMBERED))
    repeats: int = 0
    count: int = 0
    "Tones so far."

    def judge(self, tone: Tone, *, speech_ms: float, pause_ms: float) -> Candidate | None:
        """Add a tone that just ended; return it if it can be the beep.

        *speech_ms* is all the speech heard before it, *pause_ms* the time between the two.
        """
        if not _is_a_tone(tone) or _is_vowel(tone, pause_ms):
            return None
        self._count_repeats(tone)
        self.tones.append(tone)
        self.count += 1
        if not _is_steady(tone) or self._refused(tone, speech_ms):
            return None
        return Candidate(tone, self._quiet_needed_ms(tone, speech_ms))

    def _count_repeats(self, tone: Tone) -> None:
        """Count the times this tone came back, equally long: a cadence is no beep."""
        if not _is_steady(tone):
            return
        last = next((t for t in reversed(self.tones) if _is_steady(t)), None)
        again = (
            last is not None
            and tone.is_near(last.hz)
            and tone.start_s - last.end_s >= 0.2
            and abs(tone.length_ms - last.length_ms) <= 60
        )
        self.repeats = self.repeats + 1 if again else 0

    def _refused(self, tone: Tone, speech_ms: float) -> bool:
        progress = is_progress(tone.hz)
        return (
            tone.length_ms > _LONGEST_MS
            or self._changes_in_burst() >= 2
            or (speech_ms < _GREETING_MS and self._notes(tone.end_s) >= _MUSIC_NOTES)
            or (progress and speech_ms < _GREETING_BEFORE_PROGRESS_MS)
            or (progress and tone.length_ms > _LONGEST_PROGRESS_MS)
            or (_within(tone.hz, _FAX_CALLING_HZ) and speech_ms < _GREETING_MS)
            or self.repeats >= (1 if progress else 3)
        )

    def _quiet_needed_ms(self, tone: Tone, speech_ms: float) -> int:
        if speech_ms < _GREETING_MS or self._notes(tone.end_s) >= _MUSIC_NOTES:
            return _QUIET_WITHOUT_GREETING_MS
        # What dies away sounds on, below what can be heard here.
        slow = is_progress(tone.hz) or _dies_away(tone)
        return _QUIET_AFTER_PROGRESS_MS if slow else _QUIET_MS

    def _changes_in_burst(self) -> int:
        """Count the changes of pitch in the run of tones that the last one ends."""
        changes, tones = 0, list(self.tones)
        for earlier, later in zip(reversed(tones[:-1]), reversed(tones[1:]), strict=True):
            if later.start_s - earlier.end_s > _BURST_GAP_S:
                break
            changes += not later.is_near(earlier.hz)
        return changes

    def _notes(self, now_s: float) -> int:
        """Count the tones of the last seconds, a double beep as one."""
        recent = [t for t in self.tones if now_s - t.end_s < _MUSIC_MEMORY_S]
        doubles = sum(
            later.is_near(earlier.hz) and later.start_s - earlier.end_s < _BURST_GAP_S
            for earlier, later in pairwise(recent)
        )
        return len(recent) - doubles


def is_progress(hz: float) -> bool:
    """Whether networks use this frequency to say that it rings or is busy."""
    return _within(hz, PROGRESS_HZ)


def _is_a_tone(tone: Tone) -> bool:
    return tone.length_ms >= 60 and tone.spread_hz <= max(8.0, 0.02 * tone.hz)


def _is_steady(tone: Tone) -> bool:
    """Whether a tone is long, pure and even enough, or dies away evenly."""
    return (
        tone.cut
        and tone.length_ms >= _SHORTEST_MS
        and tone.spread_hz <= max(4.0, 0.006 * tone.hz)
        and (_is_even(tone) or _dies_away(tone))
    )


def _is_vowel(tone: Tone, pause_ms: float) -> bool:
    """Whether a tone can be the end of a vowel: low, short, right after speech."""
    low = tone.hz < _LOW_HZ and tone.length_ms < _LOW_SHORTEST_MS
    return low and pause_ms < _LOW_PAUSE_MS


def _is_even(tone: Tone) -> bool:
    """Whether the level holds; mobile codecs shake high tones, which vowels do not have."""
    return tone.range_db <= (_SHAKEN_DB if tone.hz >= _SHAKEN_HZ else _STEADY_DB)


def _dies_away(tone: Tone) -> bool:
    return not _is_even(tone) and tone.rises <= max(1, tone.length_ms // _RISE_EVERY_MS)


def _within(hz: float, band: tuple[float, float]) -> bool:
    return band[0] <= hz <= band[1]
