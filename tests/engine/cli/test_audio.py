"""Recordings made ready, and heard as a call hears them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from audio.files import write_wav
from audio.speech import speak
from tests.engine.cli.conftest import CommandLine

LINES = Path(__file__).resolve().parents[2] / "data/lines"


@pytest.fixture
def recording(tmp_path: Path) -> Path:
    """Return a spoken recording, at the synthesiser's own rate."""
    speech = speak(
        "Bonjour, ceci est un enregistrement assez long pour être préparé.", language="fr"
    )
    write_wav(tmp_path / "in.wav", np.asarray(speech.pcm), rate_hz=speech.rate_hz)
    return tmp_path / "in.wav"


def test_preparing_measures_and_names_the_bytes(empty: CommandLine, recording: Path) -> None:
    target = recording.with_name("out.alaw")
    prepared = empty.json("audio", "prepare", recording, target)
    assert abs(prepared["measured"]["lufs"] + 18) < 1
    assert prepared["measured"]["peak_dbfs"] <= -2.9
    assert len(prepared["sha256"]) == 64
    assert len(target.read_bytes()) == round(8000 * prepared["measured"]["length_s"])


def test_a_prepared_recording_can_be_listened_to(empty: CommandLine, recording: Path) -> None:
    target = recording.with_name("out.wav")
    assert empty("audio", "prepare", recording, target).status == 0
    assert target.read_bytes().startswith(b"RIFF")


@pytest.mark.parametrize("content", [b"", b"RIFF\x00\x00", b"hello" * 100])
def test_what_is_no_sound_is_bad_input_with_a_way_out(
    empty: CommandLine, tmp_path: Path, content: bytes
) -> None:
    source = tmp_path / "in.wav"
    source.write_bytes(content)
    ended = empty("audio", "prepare", source, tmp_path / "out.wav", "--json")
    assert ended.status == 2
    assert ended.document["errors"][0]["remedy"]


@pytest.mark.parametrize("name", ["out.mp3", "absent/out.wav"])
def test_what_cannot_be_written_is_bad_input(
    empty: CommandLine, recording: Path, name: str
) -> None:
    assert empty("audio", "prepare", recording, recording.parent / name).status == 2


def test_listening_tells_what_answered_and_when_to_play(empty: CommandLine) -> None:
    sources = sorted(LINES.glob("*.flac"))[:2]
    heard = empty.json("audio", "listen", *sources)["files"]
    assert [Path(each["file"]) for each in heard] == sources
    assert all(each["verdict"] for each in heard)


def test_listening_speaks_to_people_too(empty: CommandLine) -> None:
    source = min(LINES.glob("*.flac"))
    assert source.name in empty("audio", "listen", source).out.replace("\n", "")


def test_a_missing_recording_is_bad_input(empty: CommandLine, tmp_path: Path) -> None:
    assert empty("audio", "listen", tmp_path / "absent.wav").status == 2
