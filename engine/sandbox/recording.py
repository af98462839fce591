"""What a line received, laid out on the line's own clock, and the stereo WAV of the call."""

from __future__ import annotations

import wave
from array import array
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from audio.g711 import RATE_HZ, decode_alaw, decode_ulaw

Pcm = NDArray[np.int16]

#: The least delayed of this many packets tells where a packet belongs.
_WINDOW: Final = 50
#: A packet this much *earlier* than its time stamp says begins a new run of time stamps.
_JUMP: Final = RATE_HZ * 60 // 1000
#: Differences up to this are the jitter of the clock, not a change.
_STEADY: Final = RATE_HZ * 5 // 1000


class Recording:
    """Collects packets in the order of their arrival; `pcm` puts each where it belongs."""

    def __init__(self) -> None:
        self._arrived = array("d")
        self._stamps = array("q")
        self._sources = array("q")
        self._payloads: list[bytes] = []

    def add(self, payload: bytes, *, arrived_s: float, timestamp: int, source: int) -> None:
        """Keep one packet; *arrived_s* is in seconds from the answer."""
        self._arrived.append(arrived_s)
        self._stamps.append(timestamp)
        self._sources.append(source)
        self._payloads.append(payload)

    def __len__(self) -> int:
        return len(self._payloads)

    @property
    def end_s(self) -> float:
        """When the last packet to arrive has been heard."""
        if not self._payloads:
            return 0.0
        return self._arrived[-1] + len(self._payloads[-1]) / RATE_HZ

    def pcm(self, codec: str, *, length: int) -> Pcm:
        """Return *length* samples of 8 kHz audio; what never arrived is zero."""
        out = np.zeros(length, np.int16)
        decode = decode_ulaw if codec == "PCMU" else decode_alaw
        for start, payload in zip(self._starts(), self._payloads, strict=True):
            cut = max(0, -start)
            samples = decode(payload)[cut : max(0, length - start)]
            out[max(0, start) : max(0, start) + len(samples)] = samples
        return out

    def _starts(self) -> list[int]:
        """Return the position of each packet: its time stamp plus the delay-free clock offset."""
        if not self._payloads:
            return []
        stamps = np.frombuffer(self._stamps, np.int64)
        offsets = np.rint(np.frombuffer(self._arrived) * RATE_HZ).astype(np.int64) - stamps
        changed = np.diff(np.frombuffer(self._sources, np.int64)) != 0
        breaks = np.flatnonzero(changed | (np.diff(offsets) < -_JUMP)) + 1
        runs = np.split(offsets, breaks)
        return list((stamps + np.concatenate([_settled(run) for run in runs])).tolist())


def _settled(offsets: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the offset to use for each packet of a run: the least of those that follow it.

    A packet can only be late. A late one is followed by punctual ones, which give it its place;
    after a true pause of the time stamps all that follow are later, and the offset moves.
    """
    following = np.concatenate([offsets, np.full(_WINDOW - 1, np.iinfo(np.int64).max)])
    least = np.lib.stride_tricks.sliding_window_view(following, _WINDOW).min(axis=1)
    settled = np.empty(len(least), np.int64)
    current = least[0]
    for position, offset in enumerate(least):
        if abs(offset - current) > _STEADY:
            current = offset
        settled[position] = current
    return np.asarray(settled, np.int64)


def write_stereo(path: Path, *, left: Pcm, right: Pcm) -> None:
    """Write two channels of the same length as 8 kHz PCM16."""
    with wave.open(str(path), "wb") as file:
        file.setnchannels(2)
        file.setsampwidth(2)
        file.setframerate(RATE_HZ)
        file.writeframes(np.column_stack([left, right]).astype("<i2").tobytes())
