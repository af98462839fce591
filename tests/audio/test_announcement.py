"""Announcements made from their script."""

import pytest

from audio.announcement import make
from audio.refusal import AudioRefused
from audio.script import Script, Variant

SCRIPT = """
sender = "Lumière du Midi SARL"
language = "fr"
[[segment]]
text = "Bonjour, ici Lumière du Midi SARL, appel commercial."
[[segment]]
only = "person"
text = "Appuyez sur le 9 pour ne plus être appelé."
"""


def test_two_variants_have_two_hashes() -> None:
    made = make(Script.parse(SCRIPT))
    assert set(made) == set(Variant)
    assert made[Variant.PERSON].sha256 != made[Variant.MACHINE].sha256
    assert made[Variant.PERSON].text.startswith(made[Variant.MACHINE].text)


def test_the_same_script_gives_the_same_bytes() -> None:
    first, second = (make(Script.parse(SCRIPT)) for _ in range(2))
    assert [a.alaw for a in first.values()] == [a.alaw for a in second.values()]


def test_a_variant_with_nothing_to_say_is_refused() -> None:
    only = 'sender = "A"\nlanguage = "fr"\n[[segment]]\nonly = "person"\n'
    with pytest.raises(AudioRefused) as refused:
        make(Script.parse(only + 'text = "Bonjour à vous qui nous écoutez ce matin."'))
    assert refused.value.what in ("empty", "too_short")


def test_an_announcement_longer_than_a_minute_is_refused() -> None:
    long = "Nous parlons lentement. " * 60
    script = f'sender = "A"\nlanguage = "fr"\n[[segment]]\ntext = "{long}"'
    with pytest.raises(AudioRefused) as refused:
        make(Script.parse(script))
    assert refused.value.what == "too_long"
