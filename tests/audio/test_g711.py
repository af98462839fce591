"""G.711 against the reference code's tables and its own inverse."""

import hashlib

import numpy as np

from audio.g711 import (
    ALAW_SILENCE,
    ALAW_TO_FLOAT,
    ULAW_TO_FLOAT,
    alaw_to_ulaw,
    decode_alaw,
    decode_ulaw,
    encode_alaw,
    encode_ulaw,
)

EVERY_SAMPLE = np.arange(-32768, 32768).astype(np.int16)
EVERY_CODE = bytes(range(256))
#: SHA-256 of ``audioop.lin2alaw`` and ``lin2ulaw`` over every 16-bit sample, in order.
AUDIOOP_ALAW = "38488f6fd710f4686360edc4d38639f96c491595ef93f8eb8d62d5e07ca6ce7b"
AUDIOOP_ULAW = "81d633c9e6972a18c74a58720b96cb8ca0bdd096d4060b646dd708c3b846019a"


def test_alaw_of_every_sample_is_the_reference_code() -> None:
    assert hashlib.sha256(encode_alaw(EVERY_SAMPLE)).hexdigest() == AUDIOOP_ALAW


def test_ulaw_of_every_sample_is_the_reference_code() -> None:
    assert hashlib.sha256(encode_ulaw(EVERY_SAMPLE)).hexdigest() == AUDIOOP_ULAW


def test_every_alaw_code_survives_decoding_and_encoding() -> None:
    assert encode_alaw(decode_alaw(EVERY_CODE)) == EVERY_CODE


def test_every_ulaw_code_survives_except_negative_zero() -> None:
    survived = encode_ulaw(decode_ulaw(EVERY_CODE))
    assert [c for c in range(256) if survived[c] != c] == [0x7F]


def test_the_idle_line_is_the_smallest_positive_sample() -> None:
    assert decode_alaw(ALAW_SILENCE).tolist() == [8]


def test_tables_hold_samples_between_minus_one_and_one() -> None:
    assert ALAW_TO_FLOAT[0xD5] == 8 / 32768
    assert np.abs(ALAW_TO_FLOAT).max() <= 1
    assert np.abs(ULAW_TO_FLOAT).max() <= 1


def test_rendering_for_a_ulaw_line_goes_through_pcm() -> None:
    assert alaw_to_ulaw(EVERY_CODE) == encode_ulaw(decode_alaw(EVERY_CODE))


def test_encoding_takes_views_that_are_not_contiguous() -> None:
    assert encode_alaw(EVERY_SAMPLE[::2]) == encode_alaw(EVERY_SAMPLE[::2].copy())
