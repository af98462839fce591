"""The thread that speaks and listens on the one port, in four phases of 5 ms."""

from __future__ import annotations

import os
import socket
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress

import numpy as np
import structlog
from numpy.typing import NDArray

from engine.carriers.bridges import Bridges
from engine.carriers.datagrams import open_port
from engine.carriers.streams import Counts, Ear, FarEnd, MediaEvent, Stream
from engine.interfaces import Happening
from engine.rtp.packet import FRAME_S
from engine.rtp.receiving import ReceivingBank
from engine.rtp.sending import SendingBank

PHASES = 4  #: Calls are spread over the 20 ms, so that the port never sends in one burst
PHASE_S = FRAME_S / PHASES
LATEST_S = 0.2  #: Later than this, the clock starts over: what was missed is not made up for
NICENESS = -10  #: Of the thread, where we may set it: speech cannot wait for other processes
FAULTS_TOLD = 20  #: Failed ticks that the log tells of; `Counts.faults` counts them all
IDLE_S = 0.05  #: How often an idle port throws away what strangers send

log = structlog.get_logger(__name__)


class Pacer:
    """The thread: everything here but `obey` and `is_closing` is used by it alone."""

    def __init__(
        self,
        bound: socket.socket,
        capacity: int,
        ear: Ear | None,
        random: np.random.Generator,
        no_audio_s: float,
        post: Callable[[Sequence[MediaEvent]], None],
    ) -> None:
        self.counts = Counts()
        self.is_closing = False
        self._port = open_port(bound)
        self._ear = ear
        self._post = post
        self._no_audio_s = no_audio_s
        self._sending = SendingBank(capacity, random=random)
        self._receiving = ReceivingBank(capacity)
        self._bridges = Bridges(capacity, self._sending, self._receiving)
        self._commands: deque[Callable[[], None]] = deque()
        self._wake = threading.Event()
        self._streams: dict[int, Stream] = {}  # by slot
        self._serials: dict[int, int] = {}
        self._destinations = np.zeros((capacity, 16), dtype=np.uint8)
        self._is_sending = np.zeros(capacity, dtype=bool)
        self._held_since: dict[int, float] = {}
        self._ear_slot = np.full(capacity, -1, dtype=np.intp)
        self._slot_of_ear: dict[int, tuple[int, float]] = {}
        self._events: list[MediaEvent] = []

    def obey(self, command: Callable[[], None]) -> None:
        """Have the thread run *command* at its next phase (called on the loop)."""
        self._commands.append(command)
        self._wake.set()

    def drain(self) -> None:
        """Throw away what arrived while nobody listened."""
        while len(self._port.receive().lengths):
            self.counts.ignored += 1

    def run(self) -> None:
        """Keep time until `is_closing`."""
        _go_before_others()
        phase, due = 0, time.monotonic()
        while not self.is_closing:
            if not self._streams and not self._commands:
                self._rest()
                due = time.monotonic()
            due = self._wait_for(due)
            self._tick(phase)
            phase, due = (phase + 1) % PHASES, due + PHASE_S

    def connect(
        self, stream: Stream, far_end: FarEnd, name: NDArray[np.uint8], source: int, listens: bool
    ) -> None:
        """Open the stream in both directions, or move it to another far end."""
        slot, ssrc, types = stream.slot, far_end.ssrc, far_end.receives
        is_new, now = self._streams.get(slot) != stream, time.monotonic()
        if is_new:
            self._streams[slot] = stream
            self._sending.open(
                slot, ssrc=stream.ssrc, payload_type=far_end.payload_type, is_ulaw=far_end.is_ulaw
            )
            self._receiving.open(slot, source=source, ssrc=ssrc, types=types, now=now)
        else:
            self._sending.switch(slot, payload_type=far_end.payload_type, is_ulaw=far_end.is_ulaw)
            self._receiving.redirect(slot, source=source, ssrc=ssrc, types=types, now=now)
        self._destinations[slot] = name
        self._hold(slot, not (far_end.wants_audio and far_end.port > 0), now=now)
        if is_new and listens:
            self._open_ear(slot)

    def play(self, stream: Stream, payload: bytes, serial: int) -> None:
        """Play on a stream that is still open."""
        if self._is_open(stream):
            self._sending.play(stream.slot, payload)
            self._serials[stream.slot] = serial

    def fall_silent(self, stream: Stream) -> None:
        """Silence a stream that is still open."""
        if self._is_open(stream):
            self._sending.fall_silent(stream.slot)

    def press(self, stream: Stream, keys: str, payload_type: int) -> None:
        """Press keys on a stream that is still open."""
        if self._is_open(stream):
            self._sending.press(stream.slot, keys, payload_type=payload_type)

    def bridge(self, one: Stream, other: Stream) -> None:
        """Let two streams hear each other, if both are open."""
        if self._is_open(one) and self._is_open(other):
            self._bridges.join(one.slot, other.slot)
            self._listen_to(one.slot, other.slot, is_listened_to=False)

    def part(self, one: Stream, other: Stream) -> None:
        """End what `bridge` began, if it has not ended by itself."""
        for stream in (one, other):
            if self._is_open(stream):
                self._listen_to(*self._bridges.part(stream.slot), is_listened_to=True)

    def stop(self, stream: Stream) -> None:
        """Close the stream, if it was started, and the bridge that it is part of."""
        slot = stream.slot
        if not self._is_open(stream):
            return
        self._listen_to(*self._bridges.part(slot), is_listened_to=True)
        del self._streams[slot]
        self._serials.pop(slot, None)
        self._held_since.pop(slot, None)
        self._is_sending[slot] = False
        self._sending.close(slot)
        self._receiving.close(slot)
        ear_slot = int(self._ear_slot[slot])
        if ear_slot >= 0 and self._ear is not None:
            self._ear_slot[slot] = -1
            del self._slot_of_ear[ear_slot]
            self._ear.close(ear_slot)

    def _hold(self, slot: int, is_held: bool, *, now: float) -> None:
        """Send nothing while the far end holds the call, then go on where it was interrupted."""
        self._is_sending[slot] = not is_held
        if is_held:
            self._held_since.setdefault(slot, now)
        elif (since := self._held_since.pop(slot, None)) is not None:
            self._sending.resume(slot, after_s=now - since)

    def _is_open(self, stream: Stream) -> bool:
        return self._streams.get(stream.slot) == stream

    def _listen_to(self, *slots: int, is_listened_to: bool) -> None:
        for ear_slot in (int(self._ear_slot[slot]) for slot in slots):
            if ear_slot >= 0 and self._ear is not None:
                (self._ear.wake if is_listened_to else self._ear.rest)(ear_slot)

    def _open_ear(self, slot: int) -> None:
        if self._ear is not None:
            ear_slot = self._ear.open()
            self._ear_slot[slot] = ear_slot
            self._slot_of_ear[ear_slot] = (slot, time.monotonic())

    def _rest(self) -> None:
        """With no call, wait for a command."""
        while not self.is_closing and not self._wake.wait(IDLE_S):
            self.drain()
        self._wake.clear()

    def _wait_for(self, due: float) -> float:
        """Wait until *due*, on an absolute clock; return it, or now when it is long past."""
        late = time.monotonic() - due
        if late < 0:
            time.sleep(-late)
            late = time.monotonic() - due
        self.counts.latest_s = max(self.counts.latest_s, late)
        if late <= LATEST_S:
            return due
        self.counts.restarts += 1
        return due + late

    def _tick(self, phase: int) -> None:
        """Do what one phase has to do, whatever goes wrong in it."""
        try:
            self._wake.clear()
            while self._commands:
                self._commands.popleft()()
            self._send(phase)
            self._receive()
            self._listen(phase)
            if phase == 0:
                self._miss_the_silent(time.monotonic())
        except Exception:  # a mute call is worse than a lost tick
            self.counts.faults += 1
            if self.counts.faults <= FAULTS_TOLD:  # 200 ticks a second would drown the log
                log.exception("a media tick failed", faults=self.counts.faults)
        if self._events:
            events, self._events = self._events, []
            self._post(events)

    def _send(self, phase: int) -> None:
        slots = np.flatnonzero(self._is_sending[phase::PHASES]) * PHASES + phase
        if not len(slots):
            return
        self._bridges.feed(slots)
        stamped = self._sending.stamp(slots)
        left = self._port.send(stamped.packets, stamped.lengths, self._destinations[slots])
        self.counts.sent += left
        self.counts.refused += len(slots) - left
        now = time.monotonic()
        for slot in stamped.played.tolist():
            self._tell(slot, Happening.PLAYED, now, serial=self._serials[slot])

    def _receive(self) -> None:
        now = time.monotonic()
        received = self._port.receive()
        if not len(received.lengths):
            return
        keys = self._receiving.receive(received.datagrams, received.lengths, received.sources, now)
        for slot, key in keys:
            self._tell(slot, Happening.KEY, now, digit=key)
        self.counts.received = self._receiving.received
        self.counts.ignored = self._receiving.ignored

    def _listen(self, phase: int) -> None:
        if self._ear is None:
            return
        slots = np.flatnonzero(self._ear_slot[phase::PHASES] >= 0) * PHASES + phase
        if not len(slots):
            return
        for heard in self._ear.hear(self._ear_slot[slots], self._bridges.frames_to_hear(slots)):
            slot, since = self._slot_of_ear[heard.slot]
            what = Happening(heard.what.value)
            self._tell(slot, what, since + heard.at_s, evidence=heard.evidence)

    def _miss_the_silent(self, now: float) -> None:
        """Tell of the streams that have heard nothing for too long, once each.

        Not of those that play: a mailbox may send nothing while it records.
        """
        for slot in np.flatnonzero(now - self._receiving.heard_at > self._no_audio_s).tolist():
            if self._sending.is_playing(slot):
                self._receiving.heard_at[slot] = now
            else:
                self._tell(slot, Happening.ENDED, now)
                self._receiving.heard_at[slot] = np.inf

    def _tell(
        self,
        slot: int,
        what: Happening,
        at: float,
        *,
        digit: str = "",
        serial: int = 0,
        evidence: Mapping[str, float] | None = None,
    ) -> None:
        number = self._streams[slot].number
        self._events.append(MediaEvent(number, what, at, digit, serial, evidence or {}))


def _go_before_others() -> None:
    """Have the kernel prefer this thread (setpriority(2)), if it lets us."""
    with suppress(OSError, AttributeError):
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), NICENESS)
