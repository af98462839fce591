from __future__ import annotations

import hashlib
import io

import numpy as np
import pytest
import soundfile
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from audio.g711 import decode_alaw
from audio.prompts import Prompts, speak_prompt
from engine.addresses import Recorded, Worded
from engine.store import SqlStore
from engine.store import tables as t
from ivr.sounds import SoundShelf, Voices, wav
from tests.engine.operating import a_house, a_recording
from tests.engine.store.tampering import tampering

PROMPTS = Prompts("fr", sender_name="Lumière du Midi")


@given(st.binary(min_size=1, max_size=801))
def test_a_served_file_holds_every_approved_byte_and_nothing_else(alaw: bytes) -> None:
    with soundfile.SoundFile(io.BytesIO(wav(alaw))) as file:
        assert (file.samplerate, file.channels, file.subtype) == (8000, 1, "ALAW")
        decoded = file.read(dtype="int16")
    assert np.array_equal(decoded, decode_alaw(alaw))


def test_what_was_approved_is_served_under_its_hash(store: SqlStore) -> None:
    shelf, approved = SoundShelf(a_house(store)), a_recording("person")
    served = shelf.get(Recorded(approved.sha256))
    assert served is not None
    assert served.etag == approved.sha256
    assert served.wav == wav(approved.alaw)
    assert shelf.get(Recorded("0" * 64)) is None


def test_bytes_that_changed_in_the_store_are_not_served(store: SqlStore) -> None:
    house, approved = a_house(store), a_recording("person")
    with tampering(store) as connection:
        table = t.announcement_variant
        connection.execute(
            sa.update(table).where(table.c.sha256 == approved.sha256).values(alaw=b"other")
        )
    assert SoundShelf(house).get(Recorded(approved.sha256)) is None


@pytest.mark.peer
def test_a_prompt_is_spoken_from_its_words(store: SqlStore) -> None:
    served = SoundShelf(a_house(store)).get(Worded("Au revoir.", "fr"))
    assert served is not None
    alaw = speak_prompt("Au revoir.", "fr")
    assert (served.etag, served.wav) == (hashlib.sha256(alaw).hexdigest(), wav(alaw))


def test_a_recording_comes_before_a_prompt_of_the_same_name() -> None:
    voices = Voices(PROMPTS, "fr", {"announcement/person": "ab"})
    assert voices("announcement/person") == Recorded("ab")
    assert voices("wrong_key") == Worded(PROMPTS.text("wrong_key"), "fr")
    with pytest.raises(KeyError):
        voices("announcement/machine")
