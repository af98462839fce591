"""From a line to what it does: the steps of each kind, with the small differences of real life."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from functools import cache
from typing import Final

from engine.sandbox.kinds import Kind
from engine.sandbox.lines import KeysBy, Line
from engine.sandbox.performance import (
    AwaitQuiet,
    Performance,
    Play,
    Press,
    PressByInfo,
    Say,
    Step,
    Wait,
    WaitUntil,
)
from engine.sandbox.sounds import (
    NOISE_DBFS,
    VOICES,
    Samples,
    Sound,
    Tone,
    a_sound,
    line_noise,
    spoken,
    wording,
)

#: Speakers and timings repeat after this many numbers, so that sounds are made once.
VARIANTS: Final = len(VOICES)

_BEEPS: Final = (Tone(1000, 0.4), Tone(800, 0.25, -18.0), Tone(1400, 0.6, -12.0))
_TONES: Final[dict[Kind, tuple[Tone, ...]]] = {
    Kind.MAILBOX_NO_BEEP: (),
    Kind.MAILBOX_DOUBLE_BEEP: (Tone(1000, 0.15), Tone(1000, 0.15)),
    Kind.MAILBOX_LOW_BEEP: (Tone(440, 0.5),),
    Kind.MAILBOX_HIGH_BEEP: (Tone(1900, 0.3),),
    Kind.MAILBOX_DECAYING_BEEP: (Tone(1000, 0.8, -10.0, decay_db=20.0),),
    Kind.MAILBOX_QUIET_BEEP: (Tone(900, 0.4, -32.0),),
    Kind.MAILBOX_FULL: (),
    Kind.SCREENING: (),
}
_GREETINGS: Final = {
    Kind.MAILBOX_LONG: "long",
    Kind.MAILBOX_PAUSING: "pausing",
    Kind.MAILBOX_FULL: "full",
    Kind.SCREENING: "screening",
}
_HELLOS: Final = {
    Kind.RECEPTION: "reception",
    Kind.SAYS_ALLO_TWICE: "hello_again",
    Kind.LONG_HELLO: "long_hello",
}
_PEOPLE: Final = frozenset(list(Kind)[: list(Kind).index(Kind.CALLS_BACK)])
_TALKS: Final = {Kind.RECEPTION: "reception_talk", Kind.ASKS_FOR_RECEPTION: "asks_talk"}
_RECORDS_NOTHING: Final = {Kind.MAILBOX_FULL}
#: Special information tones: "not obtainable" (ITU-T E.180, 7.6).
_SIT: Final = (Tone(950, 0.33, -20.0), Tone(1400, 0.33, -20.0), Tone(1800, 0.33, -20.0))
#: Called station identification (ITU-T T.30, 4.3.3).
_CED: Final = Tone(2100, 3.0, -12.0)


def variant_of(line: Line) -> int:
    """Return which speaker and timings the line has: always the same for one number."""
    return zlib.crc32(line.number.encode()) % VARIANTS


def answer(line: Line) -> Performance:
    """Return what the line does from its answer on; the greeting is spoken at its first use."""
    if line.kind in _TALKS:
        return _performance(_talking(line), lasts_s=0)
    variant = variant_of(line)
    sound = greeting(line.kind, line.language, variant)
    keys = _keys(line)
    begins_at_once = keys and line.key_after_s < 1.0
    steps: Sequence[Step] = [*keys, Play(sound)] if begins_at_once else [Play(sound), *keys]
    if line.hangs_up_after_s:
        return _performance([*steps, WaitUntil(line.hangs_up_after_s)], lasts_s=0)
    return _performance(steps, lasts_s=0 if line.kind in _RECORDS_NOTHING else line.limit_s)


def _talking(line: Line) -> list[Step]:
    """Greet, press the keys if there are any, and talk all the time from then on."""
    variant = variant_of(line)
    talk = conversation(line.kind, line.language, variant)
    steps: list[Step] = [Play(greeting(line.kind, line.language, variant))]
    for place, digit in enumerate(line.keys):
        gap = Say(talk, max(0.1, line.key_gap_s - 0.2))
        steps += [gap if place else WaitUntil(line.key_after_s), *_pressed(line, digit)]
    return [*steps, Say(talk, line.hangs_up_after_s or line.limit_s)]


def announce_early(line: Line) -> Performance:
    """Return what the network says before it refuses the call."""
    return _performance([Play(_network_announcement(line.language))], lasts_s=0)


def ring_back(line: Line) -> Performance:
    """Return what a person does who calls the number that rang."""
    if line.number_withheld:
        return _performance(_withheld(line), lasts_s=line.limit_s)
    steps = [*_pause_before_keys(line), *_pressed(line, line.keys)]
    if line.hangs_up_after_s:
        return _performance([*steps, Wait(line.hangs_up_after_s)], lasts_s=0)
    return _performance(steps, lasts_s=line.limit_s)


def _withheld(line: Line) -> list[Step]:
    """Key the number when asked for it, then confirm what is read back."""
    national = "0" + line.number.removeprefix("+33") if line.number.startswith("+33") else ""
    number = national or line.number.removeprefix("+")
    keyed = _pressed(line, line.keys or f"{number}#")
    return [AwaitQuiet(), *keyed, AwaitQuiet(), *_pressed(line, "1")]


def _pause_before_keys(line: Line) -> list[Step]:
    return [WaitUntil(line.key_after_s)]


def _keys(line: Line) -> list[Step]:
    if not line.keys:
        return []
    return [*_pause_before_keys(line), *_pressed(line, line.keys)]


def _pressed(line: Line, digits: str) -> list[Step]:
    """Press *digits*, `Line.key_gap_s` from the start of one to the start of the next."""
    steps: list[Step] = []
    for digit in digits:
        if steps:
            steps.append(Wait(max(0.1, line.key_gap_s - 0.2)))
        if line.keys_by is KeysBy.INFO:
            steps.append(PressByInfo(digit))
        else:
            steps.append(Press(digit, inband=line.keys_by is KeysBy.INBAND))
    return steps


def _performance(steps: Sequence[Step], *, lasts_s: float) -> Performance:
    return Performance(steps, noise=line_noise(round(-NOISE_DBFS)), lasts_s=lasts_s)


@cache
def greeting(kind: Kind, language: str, variant: int) -> Sound:
    """Return what a line of *kind* says first: speech, then its beep."""
    lead_s = 0.4 + 0.35 * variant
    if kind is Kind.SILENT:
        return a_sound(lead_s)
    if kind is Kind.FAX:
        return a_sound(1.5, tones=(_CED,))
    if kind in _PEOPLE or kind in _TALKS:
        phrases = wording(language)[_HELLOS.get(kind, "hello")]
        return a_sound(lead_s, _said(phrases, language, variant), pauses_s=(0.6,))
    return _mailbox(kind, language, variant)


@cache
def conversation(kind: Kind, language: str, variant: int) -> Sound:
    """Return what a person of *kind* says to whomever they talk with."""
    return a_sound(0.0, _said(wording(language)[_TALKS[kind]], language, variant))


def _mailbox(kind: Kind, language: str, variant: int) -> Sound:
    phrases = wording(language)[_GREETINGS.get(kind, "short")]
    return a_sound(
        0.5 + 0.4 * variant,
        _said(phrases, language, variant),
        pauses_s=(0.9, 1.2, 1.05) if kind is Kind.MAILBOX_PAUSING else (),
        gap_s=0.3 + 0.3 * variant,
        tones=_TONES.get(kind, (_BEEPS[variant],)),
    )


def _said(phrases: Sequence[str], language: str, variant: int) -> list[Samples]:
    return [spoken(each, language=language, voice=VOICES[variant]) for each in phrases]


@cache
def _network_announcement(language: str) -> Sound:
    phrases = wording(language)["unreachable"]
    tones = a_sound(0.2, tones=_SIT, between_tones_s=0.03)
    said = a_sound(0.4, _said(phrases, language, 0))
    return Sound(tones.alaw + said.alaw)
