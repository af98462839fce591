"""The shelf: every announcement being played, encoded once, cut in frames of 20 ms."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from audio.g711 import ALAW_SILENCE
from engine.rtp.packet import FRAME_SAMPLES

SILENT_FRAME = 0  #: Where the shelf keeps a frame of silence


@dataclass(slots=True)
class _Place:
    """Where a payload stands, and how many calls play it."""

    first: int
    stop: int
    users: int = 1


class Shelf:
    """Payloads side by side in one array, so that N calls' frames are one numpy gather.

    *frames* has shape (rows, 160), dtype uint8, A-law; row 0 is silence. A payload that several
    calls play stands here once.
    """

    def __init__(self, rows: int = 2048) -> None:
        self.frames: NDArray[np.uint8] = _silence(rows)
        self._places: dict[bytes, _Place] = {}
        self._free: list[tuple[int, int]] = [(SILENT_FRAME + 1, rows)]

    def put(self, payload: bytes) -> tuple[int, int]:
        """Return the rows [first, stop) of *payload*, the last padded with silence."""
        place = self._places.get(payload)
        if place is not None:
            place.users += 1
        else:
            rows = -(-len(payload) // FRAME_SAMPLES)
            first = self._take(rows)
            place = self._places[payload] = _Place(first, first + rows)
            self._write(place, payload)
        return place.first, place.stop

    def release(self, payload: bytes) -> None:
        """Say that one call plays *payload* no more."""
        place = self._places[payload]
        place.users -= 1
        if not place.users:
            del self._places[payload]
            self._free = _merged([*self._free, (place.first, place.stop)])

    def _write(self, place: _Place, payload: bytes) -> None:
        room = self.frames[place.first : place.stop].reshape(-1)
        room[: len(payload)] = np.frombuffer(payload, dtype=np.uint8)
        room[len(payload) :] = ALAW_SILENCE[0]

    def _take(self, rows: int) -> int:
        """Return the first row of *rows* free ones, growing when there is no such gap."""
        for i, (first, stop) in enumerate(self._free):
            if stop - first >= rows:
                self._free[i] = (first + rows, stop)
                return first
        self._grow(rows)
        return self._take(rows)

    def _grow(self, rows: int) -> None:
        old = len(self.frames)
        added = max(old, rows)
        self.frames = np.concatenate([self.frames, _silence(added)])
        self._free = _merged([*self._free, (old, old + added)])


def _silence(rows: int) -> NDArray[np.uint8]:
    return np.full((rows, FRAME_SAMPLES), ALAW_SILENCE[0], dtype=np.uint8)


def _merged(spans: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Return the spans in order, neighbours joined, empty ones left out."""
    merged: list[tuple[int, int]] = []
    for first, stop in sorted(span for span in spans if span[0] < span[1]):
        if merged and merged[-1][1] == first:
            merged[-1] = (merged[-1][0], stop)
        else:
            merged.append((first, stop))
    return merged
