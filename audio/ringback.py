"""The tone that a caller hears while a phone rings elsewhere."""

from __future__ import annotations

from functools import cache

import numpy as np

from audio.g711 import RATE_HZ, encode_alaw

#: The French ringing tone: 440 Hz, 1.5 s in every 5 (ITU-T E.180, Supplement 2: France).
RINGBACK_HZ = 440
ON_S, EVERY_S = 1.5, 5.0
LEVEL_DBFS = -20.0
_EDGE_S = 0.01


@cache
def ringback(periods: int) -> bytes:
    """Return *periods* of the ringing tone, of `EVERY_S` each, as A-law at 8 kHz."""
    at_s = np.arange(round(ON_S * RATE_HZ)) / RATE_HZ
    edge = np.minimum(1.0, np.minimum(at_s, at_s[::-1]) / _EDGE_S)
    peak = 32767 * np.sqrt(2) * 10 ** (LEVEL_DBFS / 20)
    tone = peak * edge * np.sin(2 * np.pi * RINGBACK_HZ * at_s)
    pause = np.zeros(round((EVERY_S - ON_S) * RATE_HZ))
    return encode_alaw(np.concatenate([tone, pause]).astype(np.int16)) * periods
