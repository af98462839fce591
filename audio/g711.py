"""G.711: PCM to A-law and mu-law and back, bit-exact with the reference code (ITU-T G.711)."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

RATE_HZ: Final = 8000
FRAME_MS: Final = 20
FRAME_BYTES: Final = RATE_HZ * FRAME_MS // 1000
#: What an idle A-law line carries (ITU-T G.711, table 1a, the smallest positive value).
ALAW_SILENCE: Final = b"\xd5"

Pcm = NDArray[np.int16]

_ALAW_SEGMENT_ENDS = np.array([0x1F, 0x3F, 0x7F, 0xFF, 0x1FF, 0x3FF, 0x7FF, 0xFFF])
_ULAW_SEGMENT_ENDS = np.array([0x3F, 0x7F, 0xFF, 0x1FF, 0x3FF, 0x7FF, 0xFFF, 0x1FFF])
_ULAW_BIAS = 0x21
_ULAW_CLIP = 8159


def _alaw_encoder() -> NDArray[np.uint8]:
    """Return the code of every 16-bit value; 13 bits are kept, the rest is cut off."""
    value = np.arange(-32768, 32768) >> 3
    mask = np.where(value >= 0, 0xD5, 0x55)
    magnitude = np.where(value >= 0, value, -value - 1)
    segment = np.searchsorted(_ALAW_SEGMENT_ENDS, magnitude)
    code = (segment << 4) | ((magnitude >> np.maximum(segment, 1)) & 0x0F)
    return (np.where(segment >= 8, 0x7F, code) ^ mask).astype(np.uint8)


def _ulaw_encoder() -> NDArray[np.uint8]:
    """Return the code of every 16-bit value; 14 bits are kept, the rest is cut off."""
    value = np.arange(-32768, 32768) >> 2
    mask = np.where(value >= 0, 0xFF, 0x7F)
    magnitude = np.minimum(np.abs(value), _ULAW_CLIP) + _ULAW_BIAS
    segment = np.searchsorted(_ULAW_SEGMENT_ENDS, magnitude)
    code = (segment << 4) | ((magnitude >> (segment + 1)) & 0x0F)
    return (np.where(segment >= 8, 0x7F, code) ^ mask).astype(np.uint8)


def _alaw_decoder() -> Pcm:
    code = np.arange(256) ^ 0x55
    segment, step = (code >> 4) & 7, code & 0x0F
    magnitude = (step << 4) + 8
    magnitude = np.where(segment > 0, (magnitude + 0x100) << np.maximum(segment - 1, 0), magnitude)
    return np.where(code & 0x80, magnitude, -magnitude).astype(np.int16)


def _ulaw_decoder() -> Pcm:
    code = ~np.arange(256) & 0xFF
    magnitude = ((((code & 0x0F) << 3) + 0x84) << ((code >> 4) & 7)) - 0x84
    return np.where(code & 0x80, -magnitude, magnitude).astype(np.int16)


# Indexed by the sample's bit pattern (its uint16 view), hence the roll.
_ALAW_OF_PCM = np.roll(_alaw_encoder(), 32768)
_ULAW_OF_PCM = np.roll(_ulaw_encoder(), 32768)
_PCM_OF_ALAW = _alaw_decoder()
_PCM_OF_ULAW = _ulaw_decoder()

#: A-law code -> sample in [-1, 1]; index it with an array of codes.
ALAW_TO_FLOAT: NDArray[np.float32] = (_PCM_OF_ALAW / 32768).astype(np.float32)
#: Mu-law code -> sample in [-1, 1]; index it with an array of codes.
ULAW_TO_FLOAT: NDArray[np.float32] = (_PCM_OF_ULAW / 32768).astype(np.float32)

_ULAW_OF_ALAW = _ULAW_OF_PCM[_PCM_OF_ALAW.view(np.uint16)].tobytes()


def encode_alaw(pcm: Pcm) -> bytes:
    """Encode 16-bit samples, one byte each."""
    return _ALAW_OF_PCM[np.ascontiguousarray(pcm, np.int16).view(np.uint16)].tobytes()


def decode_alaw(payload: bytes) -> Pcm:
    """Decode A-law bytes into 16-bit samples."""
    return _PCM_OF_ALAW[np.frombuffer(payload, np.uint8)]


def encode_ulaw(pcm: Pcm) -> bytes:
    """Encode 16-bit samples, one byte each."""
    return _ULAW_OF_PCM[np.ascontiguousarray(pcm, np.int16).view(np.uint16)].tobytes()


def decode_ulaw(payload: bytes) -> Pcm:
    """Decode mu-law bytes into 16-bit samples."""
    return _PCM_OF_ULAW[np.frombuffer(payload, np.uint8)]


def alaw_to_ulaw(payload: bytes) -> bytes:
    """Render approved A-law bytes for a mu-law line, always the same way."""
    return payload.translate(_ULAW_OF_ALAW)
