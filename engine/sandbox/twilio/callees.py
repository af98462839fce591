"""What the sandbox's lines are to Twilio: who answers when, what it hears in them, their keys.

The same lines answer over SIP in `engine.sandbox.behaviour`; here a greeting is only its length.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from engine.sandbox.kinds import Kind
from engine.sandbox.lines import Line

#: Default of MachineDetectionTimeout, seconds (Twilio: AMD).
DETECTION_S: Final = 30.0
#: A machine is told from a person after this (Twilio: "about 4 seconds").
_TOLD_S: Final = 4.0
_PAUSE_BEFORE_BEEP_S: Final = 0.4
_BEEP_S: Final = 0.4
#: From the end of a beep, or of a greeting, to the verdict that tells of it.
_AFTER_BEEP_S: Final = 0.4
_AFTER_SILENCE_S: Final = 2.0
_QUIET_S: Final = 1.0


@dataclass(frozen=True, slots=True)
class Greeting:
    """What a machine does: seconds of greeting, whether and how its beep is heard."""

    lasts_s: float = 6.0
    beeps: int = 1
    verdict: str = "machine_end_beep"


#: Twilio's beep detection is weaker abroad, "because tones differ" (Twilio: AMD FAQ): a beep at
#: 440 Hz is another tone to it, one at -32 dBFS none (assumed).
_MACHINES: Final[Mapping[Kind, Greeting]] = {
    Kind.MAILBOX_SHORT: Greeting(),
    Kind.MAILBOX_LONG: Greeting(18.5),
    Kind.MAILBOX_PAUSING: Greeting(11.0),
    Kind.MAILBOX_NO_BEEP: Greeting(beeps=0, verdict="machine_end_silence"),
    Kind.MAILBOX_DOUBLE_BEEP: Greeting(beeps=2),
    Kind.MAILBOX_LOW_BEEP: Greeting(verdict="machine_end_other"),
    Kind.MAILBOX_HIGH_BEEP: Greeting(),
    Kind.MAILBOX_DECAYING_BEEP: Greeting(),
    Kind.MAILBOX_QUIET_BEEP: Greeting(verdict="machine_end_silence"),
    Kind.MAILBOX_LIMIT: Greeting(),
    Kind.MAILBOX_PCMU: Greeting(),
    Kind.CHALLENGES: Greeting(),
}
#: What else answers: the verdict, and after how long.
_OTHERS: Final[Mapping[Kind, tuple[str, float]]] = {
    Kind.SILENT: ("unknown", 5.0),
    Kind.LONG_HELLO: ("human", 4.4),
    Kind.SAYS_ALLO_TWICE: ("human", 3.8),
    Kind.FAX: ("fax", 3.0),
    Kind.SCREENING: ("unknown", 7.0),
}
_A_PERSON: Final = ("human", 3.0)
_FULL_S: Final = 6.5
_NOTHING_RINGS: Final = {Kind.BUSY, Kind.UNKNOWN, Kind.UNREACHABLE, Kind.EARLY_MEDIA}


@dataclass(frozen=True, slots=True)
class Callee:
    """How one call to, or from, a line goes; seconds from the answer."""

    rings: bool = True
    ring_s: float = 1.0
    answers: bool = True
    sip_code: int = 0
    "What refuses the call; 0 with `answers` false: nobody answers."
    verdict: str = ""
    "`AnsweredBy` by DetectMessageEnd; empty: the call ends before."
    verdict_s: float = 0.0
    is_machine: bool = False
    records_from_s: float | None = None
    records_for_s: float = 0.0
    presses: tuple[tuple[str, float], ...] = ()
    presses_when_quiet: tuple[str, ...] = ()
    "Keys pressed a second after what is said has ended, one string a time."
    key_gap_s: float = 0.4
    hangs_up_s: float = 120.0

    def judged(self, mode: str, timeout_s: float) -> tuple[str, float]:
        """Return the verdict by *mode* (``Enable``, ``DetectMessageEnd``) and when it falls."""
        if mode == "Enable" and self.is_machine:
            return "machine_start", min(_TOLD_S, timeout_s)
        if self.verdict and self.verdict_s > timeout_s:
            return ("machine_end_other" if self.is_machine else "unknown"), timeout_s
        return self.verdict, self.verdict_s


def called(line: Line) -> Callee:
    """Return how *line* takes a call."""
    line = line.as_called
    rings = line.kind not in _NOTHING_RINGS
    if line.code or line.kind is Kind.NO_ANSWER:
        return Callee(rings, line.ring_s, answers=False, sip_code=line.code)
    if line.kind is Kind.MAILBOX_FULL:
        return Callee(rings, line.ring_s, is_machine=True, hangs_up_s=_FULL_S)
    if line.kind in _MACHINES:
        return _machine(line, _MACHINES[line.kind])
    verdict, verdict_s = _OTHERS.get(line.kind, _A_PERSON)
    return Callee(
        rings,
        line.ring_s,
        verdict=verdict,
        verdict_s=verdict_s,
        presses=_at(line, line.keys, line.key_after_s),
        key_gap_s=line.key_gap_s,
        hangs_up_s=line.hangs_up_after_s or line.limit_s,
    )


def calling(line: Line) -> Callee:
    """Return what a person does who rings the number that rang; never silent for ever."""
    if line.number_withheld:
        keys = line.keys or f"{_national(line.number)}#"
        return Callee(presses_when_quiet=(keys, "1"), hangs_up_s=line.limit_s)
    presses = _at(line, line.keys, line.key_after_s)
    last_s = presses[-1][1] if presses else 0.0
    hangs_up_s = last_s + line.hangs_up_after_s if line.hangs_up_after_s else line.limit_s
    return Callee(presses=presses, key_gap_s=line.key_gap_s, hangs_up_s=hangs_up_s)


def a_person(keys: str, *, key_after_s: float, lasts_s: float) -> Callee:
    """Return somebody who rings and presses *keys*, the first *key_after_s* after the answer."""
    presses = tuple((key, key_after_s + place * 0.4) for place, key in enumerate(keys))
    return Callee(presses=presses, hangs_up_s=lasts_s)


def _machine(line: Line, greeting: Greeting) -> Callee:
    beep_s = greeting.beeps * _BEEP_S + (_PAUSE_BEFORE_BEEP_S if greeting.beeps else 0.0)
    records_from_s = greeting.lasts_s + beep_s
    heard = greeting.verdict == "machine_end_beep"
    return Callee(
        ring_s=line.ring_s,
        verdict=greeting.verdict,
        verdict_s=records_from_s + (_AFTER_BEEP_S if heard else _AFTER_SILENCE_S),
        is_machine=True,
        records_from_s=records_from_s,
        records_for_s=line.limit_s,
        hangs_up_s=records_from_s + line.limit_s,
    )


def _at(line: Line, keys: str, first_s: float) -> tuple[tuple[str, float], ...]:
    return tuple((key, first_s + place * line.key_gap_s) for place, key in enumerate(keys))


def _national(number: str) -> str:
    return "0" + number.removeprefix("+33") if number.startswith("+33") else number[1:]


def quiet_presses(keys: str, gap_s: float) -> list[tuple[str, float]]:
    """Return *keys* with the seconds after which each is pressed, once it is quiet."""
    return [(key, _QUIET_S + place * gap_s) for place, key in enumerate(keys)]
