"""The sandbox's subscribers: which behaviour answers at which number."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from enum import Enum
from pathlib import Path
from typing import Final

from engine.sandbox.kinds import DEFAULTS, Kind


class LinesError(ValueError):
    """A file of lines that cannot be used; the message names the line, the field and the remedy."""


class KeysBy(Enum):
    """How a line sends the keys that its person presses."""

    RTP = "rtp"  #: Telephone events (RFC 4733)
    INFO = "info"  #: SIP INFO with application/dtmf-relay
    INBAND = "inband"  #: Dual tones in the audio (ITU-T Q.23)


@dataclass(frozen=True, slots=True)
class Line:
    """One subscriber line and how it behaves; times in seconds."""

    number: str
    kind: Kind
    language: str = "fr"
    ring_s: float = 1.0
    "Ringing before the answer or the refusal."
    codec: str = ""
    "`PCMA` or `PCMU` when the line speaks nothing else; empty: both."
    keys: str = ""
    key_after_s: float = 6.0
    "From the answer to the first key."
    key_gap_s: float = 0.4
    "From one key to the next."
    keys_by: KeysBy = KeysBy.RTP
    hangs_up_after_s: float = 0.0
    "From the answer (when it calls back or talks: from its last key); 0: the far end hangs up."
    limit_s: float = 120.0
    "A mailbox records this long after its beep, a person listens this long."
    code: int = 0
    "The SIP status that refuses the call; 0: the line answers."
    first: Kind = Kind.NO_ANSWER
    "What a line that calls back does with the call it gets."
    call_back_after_s: float = 3.0
    "From the end of the call it got to the call it makes."

    @property
    def calls_back(self) -> bool:
        """Whether the line rings the shown number afterwards."""
        return self.kind in _CALL_BACKS

    @property
    def as_called(self) -> Line:
        """The line as it takes a call: one that calls back takes it as its `first` kind does."""
        if not self.calls_back:
            return self
        return a_line(self.number, self.first, language=self.language, ring_s=self.ring_s)

    @property
    def number_withheld(self) -> bool:
        """Whether it hides its number when it calls back."""
        return self.kind is Kind.CALLS_BACK_WITHHELD


_CALL_BACKS: Final = {Kind.CALLS_BACK, Kind.CALLS_BACK_HANGS_UP, Kind.CALLS_BACK_WITHHELD}


def a_line(number: str, kind: Kind, **chosen: object) -> Line:
    """Return the line of *kind* at *number*: the kind's defaults, then what was *chosen*."""
    return replace(Line(number, kind), **{**DEFAULTS.get(kind, {}), **chosen})  # type: ignore[arg-type]  # checked by _checked


#: The rule for numbers that no file lists: the last two digits choose.
LAST_TWO_DIGITS: Final[Mapping[range, Kind]] = {
    **{range(ending, ending + 1): kind for ending, kind in enumerate(Kind)},
    range(40, 80): Kind.MAILBOX_SHORT,
    range(80, 90): Kind.MAILBOX_PAUSING,
    range(90, 95): Kind.LISTENER,
    range(95, 98): Kind.NO_ANSWER,
    range(98, 99): Kind.BUSY,
    range(99, 100): Kind.UNKNOWN,
}


def kind_by_ending(number: str) -> Kind:
    """Return what answers at an unlisted *number*: see `LAST_TWO_DIGITS`; else a 404."""
    ending = int(number[-2:]) if number[-2:].isdecimal() else -1
    return next((k for span, k in LAST_TWO_DIGITS.items() if ending in span), Kind.UNKNOWN)


@dataclass(frozen=True, slots=True)
class Lines:
    """Every line of a sandbox: those listed, and the rule for all others."""

    listed: Mapping[str, Line] = field(default_factory=dict)
    defaults: Mapping[str, object] = field(default_factory=dict)
    "Settings for the lines that nobody listed (`language`, `ring_s`, …)."

    def at(self, number: str) -> Line:
        """Return the line at *number* (E.164)."""
        found = self.listed.get(number)
        return found or a_line(number, kind_by_ending(number), **self.defaults)

    @classmethod
    def parse(cls, text: str) -> Lines:
        """Read lines from TOML: settings at the top are defaults, each ``[[line]]`` is one line.

        Raises LinesError.
        """
        try:
            tables = tomllib.loads(text)
        except tomllib.TOMLDecodeError as error:
            raise LinesError(f"the file of lines is not TOML: {error}") from error
        listed = tables.pop("line", [])
        if not isinstance(listed, list):
            raise LinesError("`line` must be tables: write [[line]] before each line")
        defaults = _checked(tables, "at the top of the file", without={"number", "kind"})
        lines = [_line(table, position, defaults) for position, table in enumerate(listed, 1)]
        return cls({line.number: line for line in lines}, defaults)

    @classmethod
    def read(cls, path: Path) -> Lines:
        """Read a file of lines. Raises LinesError, OSError."""
        try:
            return cls.parse(path.read_text(encoding="utf-8-sig"))
        except UnicodeDecodeError as error:
            raise LinesError(f"{path} is not UTF-8 text") from error


def _line(table: object, position: int, defaults: Mapping[str, object]) -> Line:
    where = f"in line {position}"
    if not isinstance(table, dict):
        raise LinesError(f"{where}: write [[line]] before each line")
    number, kind = table.pop("number", None), table.pop("kind", None)
    if not isinstance(number, str) or not (number[:1] == "+" and number[1:].isdecimal()):
        raise LinesError(f'{where}: `number` must be an E.164 string like "+33612345678"')
    return a_line(number, _kind(kind, where), **{**defaults, **_checked(table, where)})


def _kind(value: object, where: str) -> Kind:
    try:
        return Kind(value)
    except ValueError:
        known = ", ".join(kind.value for kind in Kind)
        raise LinesError(f"{where}: no kind {value!r}; the kinds are {known}") from None


_TYPES: Final[Mapping[str, str]] = {each.name: str(each.type) for each in fields(Line)}


def _checked(
    table: Mapping[str, object], where: str, *, without: set[str] | None = None
) -> dict[str, object]:
    """Return *table* with values of the fields' own types. Raises LinesError."""
    return {
        name: _value(name, value, where)
        for name, value in table.items()
        if _known(name, where, without or set())
    }


def _known(name: str, where: str, without: set[str]) -> bool:
    if name in _TYPES and name not in without:
        return True
    raise LinesError(f"{where}: no field `{name}`; the fields are {', '.join(_TYPES)}")


def _value(name: str, value: object, where: str) -> object:
    wanted = _TYPES[name]
    if wanted == "Kind":
        return _kind(value, where)
    if wanted == "KeysBy" and value in {by.value for by in KeysBy}:
        return KeysBy(value)
    if wanted == "float" and type(value) in (int, float) and 0 <= float(str(value)) <= 3600:
        return float(str(value))
    if wanted == "int" and type(value) is int and (value == 0 or 300 <= value <= 699):
        return value
    if wanted == "str" and isinstance(value, str) and _fits(name, value):
        return value
    raise LinesError(f"{where}: `{name}` cannot be {value!r} ({wanted} wanted)")


def _fits(name: str, value: str) -> bool:
    match name:
        case "language":
            return value in {"fr", "en"}
        case "codec":
            return value in {"", "PCMA", "PCMU"}
        case _:
            return set(value) <= set("0123456789*#")
