"""Text to speech by espeak-ng, offline: one text, language and rate always give the same samples.

The library keeps the phase of its oscillators in globals from one utterance to the next, which no
call resets.  It is therefore loaded afresh for each (under 1 ms).
"""

from __future__ import annotations

import _ctypes
import ctypes
import threading
from contextlib import closing
from dataclasses import dataclass
from typing import Any, Final

import espeakng_loader
import numpy as np

from audio.g711 import Pcm

DEFAULT_RATE_WPM: Final = 150

_OUTPUT_SYNCHRONOUS = 2
_DO_NOT_EXIT = 0x8000
_POSITION_IN_CHARACTERS = 1
_TEXT_IS_UTF8 = 1
_PARAMETER_RATE = 1
_PARAMETER_VOLUME = 2
_EVENT_LIST_ENDS = 0
_EVENT_WORD = 1
#: espeak-ng looks voices up by their own names: the tag ``fr-fr`` is not one of them.
_VOICES: Final = {"fr": "fr", "en": "en"}


class SpeechError(RuntimeError):
    """The synthesiser could not speak."""


@dataclass(frozen=True, slots=True)
class Speech:
    """Spoken text."""

    pcm: Pcm
    rate_hz: int
    words: tuple[tuple[int, int, int], ...]
    "For each word: position in the text, length (both in characters), time in milliseconds."


class _Identity(ctypes.Union):
    _fields_ = (
        ("number", ctypes.c_int),
        ("name", ctypes.c_char_p),
        ("string", ctypes.c_char * 8),
    )


class _Event(ctypes.Structure):
    """``espeak_EVENT`` (speak_lib.h)."""

    _fields_ = (
        ("type", ctypes.c_int),
        ("unique_identifier", ctypes.c_uint),
        ("text_position", ctypes.c_int),
        ("length", ctypes.c_int),
        ("audio_position", ctypes.c_int),
        ("sample", ctypes.c_int),
        ("user_data", ctypes.c_void_p),
        ("id", _Identity),
    )


_Callback = ctypes.CFUNCTYPE(
    ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.POINTER(_Event)
)


class _Synthesiser:
    """The library, loaded afresh; one at a time in a process."""

    def __init__(self) -> None:
        self._library = ctypes.CDLL(str(espeakng_loader.get_library_path()))  # type: ignore[no-untyped-call] # untyped package
        voices = str(espeakng_loader.get_data_path())  # type: ignore[no-untyped-call] # untyped package
        self.rate_hz = self._library.espeak_Initialize(
            _OUTPUT_SYNCHRONOUS, 0, voices.encode(), _DO_NOT_EXIT
        )
        if self.rate_hz < 0:
            raise SpeechError("espeak-ng did not start: reinstall the package espeakng-loader")

    def close(self) -> None:
        """Unload the library and, with it, its state."""
        self._library.espeak_Terminate()
        _ctypes.dlclose(self._library._handle)

    def speak(self, text: str, *, voice: str, rate_wpm: int) -> Speech:
        chunks: list[Pcm] = []
        words: list[tuple[int, int, int]] = []

        def collect(wave: Any, count: int, events: Any) -> int:
            if count > 0 and wave:
                chunks.append(np.ctypeslib.as_array(wave, (count,)).copy())
            words.extend(_words(events))
            return 0

        callback = _Callback(collect)  # kept alive until the synthesis is over
        library = self._library
        library.espeak_SetSynthCallback(callback)
        if library.espeak_SetVoiceByName(voice.encode()):
            raise SpeechError(f"espeak-ng has no voice {voice!r}")
        library.espeak_SetParameter(_PARAMETER_RATE, rate_wpm, 0)
        library.espeak_SetParameter(_PARAMETER_VOLUME, 100, 0)
        written = text.encode() + b"\0"
        failed = library.espeak_Synth(
            written, len(written), 0, _POSITION_IN_CHARACTERS, 0, _TEXT_IS_UTF8, None, None
        )
        library.espeak_Synchronize()
        if failed:
            raise SpeechError(f"espeak-ng could not speak (error {failed})")
        pcm = np.concatenate(chunks) if chunks else np.zeros(0, np.int16)
        return Speech(pcm=pcm, rate_hz=self.rate_hz, words=tuple(words))


def _words(events: Any) -> list[tuple[int, int, int]]:
    """Return the word events of a list that an event of type 0 ends."""
    words = []
    index = 0
    while events[index].type != _EVENT_LIST_ENDS:
        event = events[index]
        if event.type == _EVENT_WORD:  # espeak-ng counts characters from 1
            words.append((event.text_position - 1, event.length, event.audio_position))
        index += 1
    return words


_lock = threading.Lock()


def speak(text: str, *, language: str, rate_wpm: int = DEFAULT_RATE_WPM) -> Speech:
    """Speak *text* in ``fr`` or ``en``; callers in other threads wait their turn."""
    if language not in _VOICES:
        raise SpeechError(f"no voice for the language {language!r}: use fr or en")
    with _lock, closing(_Synthesiser()) as synthesiser:
        return synthesiser.speak(text, voice=_VOICES[language], rate_wpm=rate_wpm)
