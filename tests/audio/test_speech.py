"""Text to speech."""

import numpy as np
import pytest

from audio.speech import SpeechError, speak


def test_the_same_text_gives_the_same_samples_whatever_was_said_before() -> None:
    first = speak("Bonjour, ici Lumière du Midi.", language="fr")
    speak("Something else, in another language.", language="en")
    again = speak("Bonjour, ici Lumière du Midi.", language="fr")
    assert np.array_equal(first.pcm, again.pcm)


def test_every_word_has_its_place_and_time() -> None:
    text = "Bonjour à vous"
    spoken = speak(text, language="fr")
    assert [text[at : at + length] for at, length, _ in spoken.words] == ["Bonjour", "à", "vous"]
    times_ms = [ms for _, _, ms in spoken.words]
    assert times_ms == sorted(times_ms)
    assert times_ms[-1] < len(spoken.pcm) / spoken.rate_hz * 1000


def test_a_faster_rate_is_shorter() -> None:
    slow = speak("Un message de la part de vos voisins.", language="fr", rate_wpm=120)
    fast = speak("Un message de la part de vos voisins.", language="fr", rate_wpm=200)
    assert len(fast.pcm) < len(slow.pcm)


def test_a_language_without_voice_is_refused() -> None:
    with pytest.raises(SpeechError, match="fr or en"):
        speak("Guten Tag", language="de")
