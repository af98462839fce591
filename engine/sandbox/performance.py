"""What a line does once it is answered, frame by frame: a pure machine on a 20 ms clock."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import cycle
from typing import Final

from audio.g711 import FRAME_BYTES
from engine.sandbox.sounds import Beep, Sound, dual_tone

FRAME_S: Final = 0.02
_KEY_FRAMES: Final = 8
#: The final packet of an event is sent three times (RFC 4733, 2.5.1.4).
_KEY_ENDS: Final = 3


@dataclass(frozen=True, slots=True)
class Play:
    """Send a sound."""

    sound: Sound


@dataclass(frozen=True, slots=True)
class Say:
    """Send a sound again and again, for so long."""

    sound: Sound
    duration_s: float


@dataclass(frozen=True, slots=True)
class Wait:
    """Send nothing but the line's noise."""

    duration_s: float


@dataclass(frozen=True, slots=True)
class WaitUntil:
    """The same, until so many seconds after the answer."""

    at_s: float


@dataclass(frozen=True, slots=True)
class AwaitQuiet:
    """Wait until the far end has spoken, then fallen silent for a while."""

    quiet_s: float = 1.0
    at_most_s: float = 30.0


@dataclass(frozen=True, slots=True)
class Press:
    """Press a key; `inband` puts its tones in the audio."""

    digit: str
    inband: bool = False


@dataclass(frozen=True, slots=True)
class PressByInfo:
    """Press a key whose digit travels in a SIP INFO."""

    digit: str


Step = Play | Say | Wait | WaitUntil | AwaitQuiet | Press | PressByInfo


@dataclass(frozen=True, slots=True)
class KeyFrame:
    """One telephone-event packet, `duration` in 8 kHz ticks since the event began (RFC 4733)."""

    digit: str
    duration: int
    ends: bool
    "The key is up: the duration no longer grows."


@dataclass(frozen=True, slots=True)
class KeyByInfo:
    """A key to be sent in the signalling; the audio goes on."""

    digit: str


Frame = bytes | KeyFrame | KeyByInfo


class Performance:
    """Yields what a line sends every 20 ms; ends when the line hangs up.

    `hear` tells it whether the far end is loud just now. What it did is kept as truth:
    `pressed` (digit, seconds), `greeting_end_s`, `beeps`, all in seconds since its first frame.
    """

    def __init__(self, steps: Sequence[Step], *, noise: bytes, lasts_s: float) -> None:
        self.pressed: list[tuple[str, float]] = []
        self.greeting_end_s: float | None = None
        self.beeps: list[Beep] = []
        self.listens = any(isinstance(step, AwaitQuiet) for step in steps)
        self._noise = noise
        self._frames_done = 0
        self._spoke = False
        self._quiet_frames = 0
        self._lasts_s = lasts_s
        self._script = self._perform(steps)

    @property
    def elapsed_s(self) -> float:
        """Length of what has been sent."""
        return self._frames_done * FRAME_S

    def hear(self, loud: bool) -> None:
        """Take note of one received frame."""
        self._spoke = self._spoke or loud
        self._quiet_frames = 0 if loud else self._quiet_frames + 1

    def next_frame(self) -> Frame | None:
        """Return what to send next; `None`: the line hangs up."""
        frame = next(self._script, None)
        if frame is not None and not isinstance(frame, KeyByInfo):
            self._frames_done += 1
        return frame

    def _perform(self, steps: Sequence[Step]) -> Iterator[Frame]:
        for step in steps:
            yield from self._step(step)
        ends_s = self.elapsed_s + self._lasts_s
        while self.elapsed_s < ends_s:
            yield self._noise_frame()

    def _step(self, step: Step) -> Iterator[Frame]:
        match step:
            case Play(sound):
                yield from self._play(sound)
            case Say(sound, duration_s):
                yield from self._say(sound, self.elapsed_s + duration_s)
            case Wait(duration_s):
                yield from self._wait_until(self.elapsed_s + duration_s)
            case WaitUntil(at_s):
                yield from self._wait_until(at_s)
            case AwaitQuiet():
                yield from self._await_quiet(step)
            case Press(digit, inband):
                yield from self._press(digit, inband=inband)
            case PressByInfo(digit):
                self.pressed.append((digit, self.elapsed_s))
                yield KeyByInfo(digit)

    def _play(self, sound: Sound) -> Iterator[Frame]:
        began_s = self.elapsed_s
        if sound.speech_end_s is not None:
            self.greeting_end_s = began_s + sound.speech_end_s
        self.beeps += [
            Beep(began_s + each.start_s, began_s + each.end_s, each.frequency_hz, each.level_dbfs)
            for each in sound.beeps
        ]
        yield from _frames_of(sound.alaw)

    def _say(self, sound: Sound, until_s: float) -> Iterator[Frame]:
        for frame in cycle(_frames_of(sound.alaw)):
            if self.elapsed_s > until_s - FRAME_S / 2:
                return
            yield frame

    def _wait_until(self, at_s: float) -> Iterator[Frame]:
        while self.elapsed_s < at_s - FRAME_S / 2:
            yield self._noise_frame()

    def _await_quiet(self, step: AwaitQuiet) -> Iterator[Frame]:
        self._spoke, self._quiet_frames = False, 0
        ends_s = self.elapsed_s + step.at_most_s
        while self.elapsed_s < ends_s:
            if self._spoke and self._quiet_frames * FRAME_S >= step.quiet_s:
                return
            yield self._noise_frame()

    def _press(self, digit: str, *, inband: bool) -> Iterator[Frame]:
        self.pressed.append((digit, self.elapsed_s))
        if inband:
            yield from _frames_of(dual_tone(digit, _KEY_FRAMES * FRAME_S))
            return
        for frame in range(1, _KEY_FRAMES + _KEY_ENDS):
            duration = min(frame, _KEY_FRAMES) * FRAME_BYTES
            yield KeyFrame(digit, duration, ends=frame >= _KEY_FRAMES)

    def _noise_frame(self) -> bytes:
        start = self._frames_done * FRAME_BYTES % len(self._noise)
        return self._noise[start : start + FRAME_BYTES]


def _frames_of(alaw: bytes) -> Iterator[bytes]:
    for start in range(0, len(alaw), FRAME_BYTES):
        yield alaw[start : start + FRAME_BYTES]
