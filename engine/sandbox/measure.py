"""Where an announcement begins in what a mailbox recorded, and how much alike they are.

Anyone can measure again: ``python -m engine.sandbox.measure MAILBOX.wav ANNOUNCEMENT.alaw`` prints
``start_s`` (seconds from the answer) and ``correlation`` (1 is identical).
"""

from __future__ import annotations

import json
import sys
import wave
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from audio.g711 import RATE_HZ, decode_alaw

#: A playing counts when it is at least this much like the best one.
_AS_GOOD: Final = 0.9


@dataclass(frozen=True, slots=True)
class Measure:
    """The last full playing of an announcement in a recording."""

    start_s: float | None
    "Seconds from the answer; `None` when nothing was received."
    correlation: float
    """Normalised cross-correlation of the whole announcement with the recording at `start_s`:
    the square root of the received part of its energy when the recording ends before it does."""


def measure(wav: Path, announcement_alaw: bytes) -> Measure:
    """Find *announcement_alaw* in the right channel of the stereo file *wav*.

    A restarted announcement is in the recording more than once, the first time cut off: the last
    full playing is reported. Raises ValueError when *wav* is not stereo PCM16 at 8 kHz.
    """
    return find(right_channel(wav), decode_alaw(announcement_alaw).astype(np.float64))


def right_channel(wav: Path) -> NDArray[np.float64]:
    """Return what the line received, as 16-bit values. Raises ValueError."""
    try:
        with wave.open(str(wav), "rb") as file:
            shape = (file.getnchannels(), file.getsampwidth(), file.getframerate())
            frames = file.readframes(file.getnframes())
    except (wave.Error, EOFError) as error:
        raise ValueError(f"{wav} is not a WAV file: {error}") from error
    if shape != (2, 2, RATE_HZ):
        raise ValueError(f"{wav} is not stereo PCM16 at 8 kHz")
    return np.frombuffer(frames, "<i2")[1::2].astype(np.float64)


def find(recording: NDArray[np.float64], announcement: NDArray[np.float64]) -> Measure:
    """Return the last place where the whole *announcement* lies in *recording*."""
    cut_off = np.zeros(len(announcement))  # the line may hang up before the end
    scores = correlations(np.concatenate([recording, cut_off]), announcement)
    if not len(scores) or scores.max() <= 0:
        return Measure(None, 0.0)
    good = np.flatnonzero(scores >= _AS_GOOD * scores.max())
    last = good[good > good[-1] - RATE_HZ // 100]  # the peak itself, not its rising flank
    start = int(last[np.argmax(scores[last])])
    return Measure(start / RATE_HZ, round(float(scores[start]), 4))


def correlations(
    recording: NDArray[np.float64], announcement: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return the normalised cross-correlation at every offset where the whole fits, in [-1, 1]."""
    length, room = len(announcement), len(recording) - len(announcement) + 1
    if not length or room < 1:
        return np.zeros(0)
    size = 1 << (len(recording) + length - 1).bit_length()
    spectrum = np.fft.rfft(recording, size) * np.conj(np.fft.rfft(announcement, size))
    products = np.fft.irfft(spectrum, size)[:room]
    sums = np.concatenate([[0.0], np.cumsum(recording**2)])
    energy = sums[length:] - sums[:room]
    scale = np.sqrt(energy * np.sum(announcement**2))
    out = np.zeros(room)
    np.divide(products, scale, out=out, where=scale > 0)
    return out


def main(arguments: list[str]) -> int:
    """Measure one recording from the command line; 2 is wrong usage or a wrong file."""
    if len(arguments) != 2:
        sys.stderr.write("usage: python -m engine.sandbox.measure MAILBOX.wav ANNOUNCEMENT.alaw\n")
        return 2
    wav, announcement = map(Path, arguments)
    try:
        found = measure(wav, announcement.read_bytes())
    except (OSError, ValueError) as error:
        sys.stderr.write(f"{error}\n")
        return 2
    sys.stdout.write(json.dumps(asdict(found)) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
