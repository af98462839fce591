"""Sound files: samples out of them, whatever a stranger put inside, and WAV files written."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Final

import numpy as np
import soundfile
from numpy.typing import NDArray

from audio.g711 import RATE_HZ, Pcm
from audio.loudness import mono
from audio.refusal import AudioRefused

MAX_BYTES: Final = 10_000_000
MAX_S: Final = 60
_MAX_CHANNELS = 2
_RATES_HZ = range(8_000, 96_001)
#: Recorders that cannot seek back write a size of about 2 or 4 GiB, whatever follows.
_STREAMED_BYTES = 0x7FFF_0000
#: Decoders round the length to their own blocks: less missing than this is not a cut.
_TOLERATED_LOSS_S = 0.25


def read_samples(
    source: Path | str | bytes, *, max_s: float = MAX_S, max_bytes: int = MAX_BYTES
) -> tuple[NDArray[np.float32], int]:
    """Return the mono samples of a WAV, FLAC, OGG, MP3 or AIFF file, in [-1, 1], and their rate.

    At most *max_s* seconds are decoded, whatever the header claims.
    Raises `AudioRefused` for anything that is not a whole, readable sound of that size.
    """
    content = source if isinstance(source, bytes) else _content(Path(source), max_bytes)
    if len(content) > max_bytes:
        raise AudioRefused("too_big", limit_mb=max_bytes // 1_000_000)
    if not content:
        raise AudioRefused("empty")
    samples, rate_hz = _decode(content, max_s)
    if not samples.size:
        raise AudioRefused("empty")
    if not np.isfinite(samples).all():
        raise AudioRefused("not_finite")
    return mono(samples), rate_hz


def _content(path: Path, max_bytes: int) -> bytes:
    """Read a file, but never more than one byte over *max_bytes*."""
    try:
        with path.open("rb") as file:
            return file.read(max_bytes + 1)
    except OSError as error:
        raise AudioRefused("missing", name=str(path)) from error


def _decode(content: bytes, max_s: float) -> tuple[NDArray[np.float32], int]:
    try:
        with soundfile.SoundFile(io.BytesIO(content)) as file:
            if file.samplerate not in _RATES_HZ:
                raise AudioRefused("rate", rate_hz=file.samplerate)
            if file.channels > _MAX_CHANNELS:
                raise AudioRefused("channels", channels=file.channels)
            at_most = int(max_s * file.samplerate)
            samples = file.read(at_most + 1, dtype="float32", always_2d=True)
            announced, rate_hz = file.frames * _missing_share(content), file.samplerate
    except (soundfile.SoundFileError, RuntimeError, ValueError, TypeError, OverflowError) as error:
        if isinstance(error, AudioRefused):
            raise
        raise AudioRefused("unreadable") from error
    found = len(samples)
    if found > at_most:
        raise AudioRefused("too_long", limit_s=f"{max_s:g}")
    if announced - found > _TOLERATED_LOSS_S * rate_hz:
        raise AudioRefused("truncated", announced_s=announced / rate_hz, found_s=found / rate_hz)
    return np.asarray(samples, np.float32), int(rate_hz)


def _missing_share(content: bytes) -> float:
    """Return how many times longer a RIFF file says it is than it is; libsndfile does not tell."""
    if content[:4] != b"RIFF":
        return 1.0
    size = int.from_bytes(content[4:8], "little") + 8
    return max(1.0, size / len(content)) if size < _STREAMED_BYTES else 1.0


def write_wav(path: Path | str, pcm: Pcm, *, rate_hz: int = RATE_HZ) -> None:
    """Write 16-bit samples, ``(n,)`` or ``(n, channels)``, as a WAV file; OSError if it cannot."""
    with Path(path).open("wb") as file:
        soundfile.write(file, pcm, rate_hz, subtype="PCM_16", format="WAV")
