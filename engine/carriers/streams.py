"""What the media port, its thread and the calls say to each other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from engine.interfaces import Happening
from engine.rtp.receiving import PayloadTypes


class Hearing(Protocol):
    """What an ear heard on one call (`audio.listen.Heard`)."""

    @property
    def slot(self) -> int:
        """The ear's slot."""

    @property
    def what(self) -> Enum:
        """A member whose value is a `Happening`'s."""

    @property
    def at_s(self) -> float:
        """Seconds of sound since the slot was opened."""

    @property
    def evidence(self) -> Mapping[str, float]:
        """What it was concluded from."""


class Ear(Protocol):
    """What listens to all calls at once (`audio.listen.Ear`); used from one thread only."""

    def open(self) -> int:
        """Begin listening to a call; return its slot."""

    def close(self, slot: int) -> None:
        """Stop listening to it."""

    def rest(self, slot: int) -> None:
        """Let its clock run, and hear nothing."""

    def wake(self, slot: int) -> None:
        """Listen to it again."""

    def hear(self, slots: NDArray[np.intp], frames: NDArray[np.float32]) -> Sequence[Hearing]:
        """Take 20 ms of each of *slots*, shape (n, 160) in [-1, 1]; return what was heard."""


@dataclass(frozen=True, slots=True)
class Stream:
    """One call's share of the port, from `MediaPort.reserve` to `MediaPort.release`."""

    number: int
    slot: int
    ssrc: int


@dataclass(frozen=True, slots=True)
class FarEnd:
    """Where a call's audio goes, and in which form: what offer and answer agreed."""

    host: str
    port: int
    payload_type: int
    is_ulaw: bool
    receives: PayloadTypes = field(default_factory=PayloadTypes)
    ssrc: int | None = None
    wants_audio: bool = True


@dataclass(frozen=True, slots=True)
class MediaEvent:
    """Something that happened on a stream at *at* (monotonic seconds).

    `Happening.PLAYED` carries the *serial* of what was played; `Happening.ENDED` means that
    nothing was received for too long.
    """

    stream: int
    what: Happening
    at: float
    digit: str = ""
    serial: int = 0
    evidence: Mapping[str, float] = field(default_factory=dict)


@dataclass(slots=True)
class Counts:
    """What passed through the port since it was opened."""

    sent: int = 0
    refused: int = 0  #: Packets that the kernel would not take
    received: int = 0
    ignored: int = 0  #: Datagrams that were no RTP of a call
    restarts: int = 0  #: Times the clock fell more than `LATEST_S` behind
    faults: int = 0  #: Ticks cut short by an error, which is logged
    latest_s: float = 0.0  #: The worst lateness of a tick
