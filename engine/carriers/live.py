"""A live call on a trunk."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from enum import Enum
from typing import Protocol

from engine.carriers.causes import BY_FAR_END, BY_US, NO_AUDIO
from engine.carriers.streams import MediaEvent
from engine.interfaces import CallEvent, Happening
from engine.rtp.telephone_event import KEYS


class Line(Protocol):
    """What a live call asks of its carrier."""

    def play(self, payload: bytes, serial: int) -> None:
        """Send *payload*; say with *serial* when its last frame left."""

    def fall_silent(self) -> None:
        """Send silence."""

    def press(self, keys: str) -> bool:
        """Send *keys*; tell whether the far end takes any."""

    def bridge(self, other: Line) -> None:
        """Let this call and another of the same carrier hear each other; ValueError else."""

    def part(self, other: Line) -> None:
        """Undo `bridge`."""

    def end(self) -> None:
        """Send BYE and stop the audio."""


class KeyPath(Enum):
    """How a key reached us."""

    RTP = "rtp"  #: A telephone-event (RFC 4733)
    INFO = "info"  #: A SIP INFO with application/dtmf-relay


class TrunkCall:
    """An answered call (`engine.interfaces.LiveCall`); all of it runs on the event loop."""

    def __init__(self, line: Line, *, caller: str | None, called: str) -> None:
        self.caller = caller
        self.called = called
        self._codecs: list[str] = []
        self._line = line
        self._answered_at = time.monotonic()
        self._events: deque[CallEvent] = deque()
        self._arrived = asyncio.Event()
        self._ended: CallEvent | None = None
        self._gone = asyncio.Event()
        self._is_ending = False
        self._was_there = True
        self._serial = 0
        self._key_path: KeyPath | None = None

    @property
    def elapsed_s(self) -> float:
        """Seconds since the answer (2xx sent or received)."""
        return time.monotonic() - self._answered_at

    @property
    def codec(self) -> str:
        """What the far end was sent, in order: ``PCMA``, or ``PCMA+PCMU`` once it has changed."""
        return "+".join(self._codecs)

    def take_codec(self, name: str) -> None:
        """Go on in the codec *name*."""
        if self._codecs[-1:] != [name]:
            self._codecs.append(name)

    def play(self, payload: bytes) -> None:
        """Send *payload* (A-law, 8 kHz) from the next frame on, instead of what was playing."""
        self._forget_played()
        self._line.play(payload, self._serial)

    def fall_silent(self) -> None:
        """Stop what is playing; no `Happening.PLAYED` follows."""
        self._forget_played()
        self._line.fall_silent()

    def press(self, keys: str) -> bool:
        """Press *keys* (0-9 * # A-D) towards the far end; False when it takes none."""
        if not set(keys) <= set(KEYS):
            raise ValueError(f"keys are among {KEYS}")
        return self._line.press(keys)

    @contextmanager
    def bridged(self, other: TrunkCall) -> Iterator[None]:
        """Let both calls hear each other, and nothing of ours, until the block is left.

        Raises ValueError when the other call is another carrier's.
        """
        self._forget_played()
        other._forget_played()
        self._line.bridge(other._line)
        try:
            yield
        finally:
            self._line.part(other._line)

    async def next_event(self, timeout_s: float | None = None) -> CallEvent | None:
        """Return the next event in order, or `None` after *timeout_s* without one."""
        try:
            async with asyncio.timeout(timeout_s):
                while not self._events and self._ended is None:
                    self._arrived.clear()
                    await self._arrived.wait()
        except TimeoutError:
            return None
        return self._events.popleft() if self._events else self._ended

    async def hang_up(self) -> bool:
        """End the call, until the far end agreed or the timers ran out; tell whether it did."""
        self._end_line()
        await self._gone.wait()
        return self._was_there

    def end_for(self, cause: str) -> None:
        """End the call because of *cause*, telling so before the far end agrees."""
        self._tell_ended(cause)
        self._end_line()

    def take_media(self, event: MediaEvent) -> None:
        """Take what happened in the audio."""
        at_s = event.at - self._answered_at
        if event.what is Happening.ENDED:
            self.end_for(NO_AUDIO)
        elif event.what is Happening.KEY:
            self.take_key(event.digit, KeyPath.RTP, at_s=at_s)
        elif event.what is not Happening.PLAYED or event.serial == self._serial:
            self._tell(CallEvent(event.what, at_s, evidence=event.evidence))

    def take_key(self, digit: str, path: KeyPath, *, at_s: float | None = None) -> None:
        """Take a key; a far end that sends keys on both paths is heard on the first it used."""
        self._key_path = self._key_path or path
        if path is self._key_path:
            at_s = self.elapsed_s if at_s is None else at_s
            self._tell(CallEvent(Happening.KEY, at_s, digit=digit))

    def take_end(self, *, by_us: bool, was_there: bool = True) -> None:
        """Take the end of the dialog: nothing follows."""
        self._was_there = was_there
        self._tell_ended(BY_US if by_us else BY_FAR_END)
        self._gone.set()

    def _forget_played(self) -> None:
        """Let nobody take the end of what was played before for the end of what follows."""
        self._serial += 1
        self._events = deque(e for e in self._events if e.what is not Happening.PLAYED)

    def _end_line(self) -> None:
        if not self._is_ending:
            self._is_ending = True
            self._line.end()

    def _tell_ended(self, cause: str) -> None:
        if self._ended is None:
            self._tell(CallEvent(Happening.ENDED, self.elapsed_s, cause=cause))

    def _tell(self, event: CallEvent) -> None:
        """Queue an event, keeping instants in order; after the end nothing is told."""
        if self._ended is not None:
            return
        event = replace(event, at_s=max(0.0, event.at_s))
        self._events.append(event)
        if event.what is Happening.ENDED:
            self._ended = event
        self._arrived.set()
