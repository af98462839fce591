"""Sound files, honest and hostile."""

import struct
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from audio.files import read_samples, write_wav
from audio.g711 import decode_alaw, encode_alaw
from audio.refusal import AudioRefused
from tests.audio.sounds import encoded, join, silence, tone

HONEST = encoded(tone(1000, 4))


def refusal(source: Path | bytes) -> str:
    with pytest.raises(AudioRefused) as refused:
        read_samples(source)
    assert refused.value.reason
    assert refused.value.remedy
    assert refused.value.told("fr") != refused.value.told("en")
    return refused.value.what


@pytest.mark.parametrize("kind", ["WAV", "FLAC", "OGG", "MP3", "AIFF"])
def test_common_formats_are_read(kind: str) -> None:
    samples, rate_hz = read_samples(encoded(tone(1000, 4), kind=kind))
    assert rate_hz == 8000
    assert abs(len(samples) - 32000) < 4000
    assert 0.05 < np.abs(samples).max() < 0.25


def test_stereo_is_mixed_to_mono() -> None:
    both = np.stack([tone(1000, 4), silence(4)], axis=1)
    samples, _ = read_samples(encoded(both))
    assert samples.ndim == 1


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    assert refusal(tmp_path / "none.wav") == "missing"
    assert refusal(tmp_path) == "missing"


def test_an_empty_file_is_refused() -> None:
    assert refusal(b"") == "empty"
    assert refusal(encoded(silence(0))) == "empty"


@pytest.mark.parametrize(
    "content",
    [b"hello", b"%PDF-1.7\n" * 50, bytes(5000), b"RIFF", b"RIFF\xff\xff\xff\xffWAVEfmt ", b"fLaC"],
)
def test_what_is_no_sound_is_refused(content: bytes) -> None:
    assert refusal(content) == "unreadable"


def test_a_big_file_is_refused_without_reading_it_whole(tmp_path: Path) -> None:
    path = tmp_path / "big.wav"
    with path.open("wb") as file:
        file.truncate(2_000_000_000)
    assert refusal(path) == "too_big"


def test_a_long_sound_in_a_small_file_is_refused() -> None:
    bomb = encoded(silence(3 * 3600), kind="FLAC")
    assert len(bomb) < 1_000_000
    assert refusal(bomb) == "too_long"


def test_a_header_that_claims_hours_is_refused() -> None:
    flac = bytearray(encoded(tone(1000, 4), kind="FLAC"))
    flac[21:26] = bytes([flac[21] | 0x0F, 0xFF, 0xFF, 0xFF, 0xFF])  # total samples: 36 bits
    assert refusal(bytes(flac)) in ("truncated", "unreadable")


def test_a_file_cut_short_is_refused() -> None:
    whole = encoded(tone(1000, 10), kind="FLAC")
    assert refusal(whole[: len(whole) // 2]) in ("truncated", "unreadable")


def test_a_wav_cut_short_is_refused() -> None:
    assert refusal(HONEST[: len(HONEST) // 2]) == "truncated"


def test_rates_that_no_recorder_uses_are_refused() -> None:
    fast = bytearray(HONEST)
    fast[24:28] = struct.pack("<I", 4_000_000)
    assert refusal(bytes(fast)) == "rate"


def test_samples_that_are_no_numbers_are_refused() -> None:
    import io

    import soundfile

    broken = np.full(32000, np.nan, np.float32)
    written = io.BytesIO()
    soundfile.write(written, broken, 8000, format="WAV", subtype="FLOAT")
    assert refusal(written.getvalue()) == "not_finite"


def test_channels_that_cancel_each_other_are_refused() -> None:
    both = np.stack([tone(1000, 4), -tone(1000, 4)], axis=1)
    assert refusal(encoded(both)) == "cancelling"


@settings(max_examples=60)
@given(
    cut=st.integers(0, len(HONEST)),
    place=st.integers(0, 60),
    byte=st.integers(0, 255),
)
def test_a_damaged_header_is_read_or_refused(cut: int, place: int, byte: int) -> None:
    damaged = bytearray(HONEST[:cut])
    if place < len(damaged):
        damaged[place] = byte
    try:
        samples, _ = read_samples(bytes(damaged))
    except AudioRefused:
        return
    assert samples.size


def test_what_is_written_is_read_back(tmp_path: Path) -> None:
    pcm = decode_alaw(encode_alaw((join(tone(800, 4)) * 32767).astype(np.int16)))
    write_wav(tmp_path / "a.wav", pcm)
    samples, rate_hz = read_samples(tmp_path / "a.wav")
    assert rate_hz == 8000
    assert np.array_equal((samples * 32768).astype(np.int16), pcm)


def test_a_file_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="No such file") as refused:
        write_wav(tmp_path / "absent" / "out.wav", np.zeros(8, dtype=np.int16))
    assert refused.value.filename == str(tmp_path / "absent" / "out.wav")
