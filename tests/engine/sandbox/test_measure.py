import json
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from audio.g711 import decode_alaw, encode_alaw
from audio.speech import speak
from engine.sandbox.measure import Measure, find, main, measure
from engine.sandbox.recording import write_stereo

SAID = speak("Bonjour, ceci est un appel de Lumière du Midi.", language="fr").pcm[::3]
ALAW = encode_alaw(SAID)
HEARD = decode_alaw(ALAW)
NOISE = np.random.default_rng(1).normal(0, 20, 8000 * 20).astype(np.int16)


def a_recording(*starts: int, cut: int | None = None) -> NDArray[np.int16]:
    """Return noise with the announcement at *starts*; the first is cut off after *cut* samples."""
    out = NOISE.copy()
    for position, start in enumerate(starts):
        said = HEARD[: cut if position == 0 else None]
        out[start : start + len(said)] = said
    return out


def a_wav(folder: Path, right: NDArray[np.int16]) -> Path:
    path = folder / "mailbox.wav"
    write_stereo(path, left=np.zeros(len(right), np.int16), right=right)
    return path


def test_an_announcement_is_found_to_the_sample(tmp_path: Path) -> None:
    found = measure(a_wav(tmp_path, a_recording(12345)), ALAW)
    assert found.start_s == 12345 / 8000
    assert found.correlation > 0.999


def test_the_last_full_playing_of_a_restarted_announcement_counts(tmp_path: Path) -> None:
    assert (
        find(a_recording(8000, 40000, cut=9000).astype(float), HEARD.astype(float)).start_s == 5.0
    )
    assert measure(a_wav(tmp_path, a_recording(8000, 80000)), ALAW).start_s == 10.0


def test_a_cut_announcement_correlates_less() -> None:
    assert (
        find(a_recording(8000, cut=len(HEARD) // 2).astype(float), HEARD.astype(float)).correlation
        < 0.9
    )


def test_a_recording_without_it_does_not_correlate() -> None:
    assert find(NOISE.astype(float), HEARD.astype(float)).correlation < 0.1


def test_an_announcement_cut_off_by_the_end_is_found_with_what_is_there() -> None:
    whole, half = HEARD.astype(float), HEARD[: len(HEARD) // 2].astype(float)
    found = find(np.concatenate([np.zeros(800), half]), whole)
    assert found.start_s == 0.1
    part = (half**2).sum() / (whole**2).sum()
    assert found.correlation == pytest.approx(part**0.5, abs=0.001)


def test_an_empty_or_silent_recording_has_no_start() -> None:
    for samples in (0, 100, len(HEARD)):
        assert find(np.zeros(samples), HEARD.astype(float)) == Measure(None, 0.0)


def test_a_file_that_is_not_a_stereo_wav_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "x.wav"
    for content in (b"", b"RIFF", b"\0" * 100):
        path.write_bytes(content)
        with pytest.raises(ValueError, match=r"x\.wav"):
            measure(path, ALAW)


def test_the_command_prints_one_json_document(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "a.alaw").write_bytes(ALAW)
    wav = a_wav(tmp_path, a_recording(8000))
    assert main([str(wav), str(tmp_path / "a.alaw")]) == 0
    assert json.loads(capsys.readouterr().out)["start_s"] == 1.0


def test_the_command_says_what_is_wrong(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 2
    assert main([str(tmp_path / "none.wav"), str(tmp_path / "none.alaw")]) == 2
    assert "none" in capsys.readouterr().err
