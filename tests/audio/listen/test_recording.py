"""A recorded line heard as a call."""

from audio.listen import Hearing
from audio.listen.recording import listen, listen_all
from tests.audio.sounds import join, silence, speech, tone

GREETING = speech("Bonjour, vous êtes bien chez Claire. Laissez un message après le signal.")


def test_a_person_is_played_to_at_once() -> None:
    listened = listen(join(silence(0.3), speech("Allô ?"), silence(3)))
    assert listened.verdict is Hearing.PERSON
    assert len(listened.starts_s) == 1


def test_a_beep_after_playing_began_starts_it_once_more() -> None:
    beeps = (tone(1000, 0.3), silence(2), tone(1000, 0.3), silence(2))
    listened = listen(join(silence(0.3), speech("Allô ?"), silence(1.5), GREETING, *beeps))
    assert len(listened.starts_s) == 2


def test_a_line_that_ends_at_once_tells_nothing() -> None:
    listened = listen(silence(0.01))
    assert listened.verdict is None
    assert listened.starts_s == ()


def test_no_lines_are_heard_too() -> None:
    assert listen_all([]) == []
