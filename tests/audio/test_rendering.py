from __future__ import annotations

import hashlib
import io
import wave

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from audio.g711 import RATE_HZ, decode_alaw
from audio.rendering import pcm_wav, pcm_wav_sha256

ALAW = bytes(range(256)) * 4


def test_the_same_bytes_give_the_same_file() -> None:
    """What a provider was given is told by its hash, for as long as the journal lasts."""
    assert pcm_wav_sha256(ALAW) == hashlib.sha256(pcm_wav(ALAW)).hexdigest()
    known = "422b128e0f779e687663febac4ad14ee24c91db0c07cc7c2042d4e51282ced38"
    assert pcm_wav_sha256(ALAW) == known


@given(st.binary(max_size=2000))
def test_a_player_hears_what_was_approved(alaw: bytes) -> None:
    with wave.open(io.BytesIO(pcm_wav(alaw))) as file:
        shape = (file.getnchannels(), file.getsampwidth(), file.getframerate())
        frames = file.readframes(file.getnframes())
    assert shape == (1, 2, RATE_HZ)
    assert np.array_equal(np.frombuffer(frames, "<i2"), decode_alaw(alaw))
