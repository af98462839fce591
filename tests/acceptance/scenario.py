"""Who is called in the acceptance scenario, whatever the carrier, and what each of them does."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from engine.callee import Basis, BasisKind, Callee
from engine.campaign import CalleeRow
from engine.numbers import parse
from engine.sandbox.kinds import Kind
from engine.sandbox.lines import Lines, a_line
from tests.engine.operating import OPEN, a_callee

#: Mobiles that the Arcep keeps for fiction: direct deposit serves nothing else.
ROOT = "+3363998"

#: How each kind of callee answers, so that the scenario is short.
STAYS: Mapping[Kind, Mapping[str, object]] = {
    Kind.LISTENER: {"hangs_up_after_s": 0.0},
    Kind.PRESSES_9: {"key_after_s": 4.0},
    Kind.WRONG_KEYS: {"key_after_s": 4.0},
    Kind.CALLS_BACK: {"call_back_after_s": 1.0, "first": Kind.BUSY},
}
ANSWERING = (
    Kind.LISTENER,
    Kind.PRESSES_9,
    Kind.WRONG_KEYS,
    Kind.HANGS_UP_EARLY,
    Kind.SILENT,
    Kind.CALLS_BACK,
    Kind.MAILBOX_SHORT,
    Kind.MAILBOX_LONG,
    Kind.MAILBOX_NO_BEEP,
    Kind.FAX,
    Kind.BUSY,
    Kind.NO_ANSWER,
    Kind.REJECTED,
    Kind.UNKNOWN,
)

#: Those who want to be left alone, by the means that the carrier leaves them.
OBJECTORS = frozenset({Kind.PRESSES_9.value, Kind.CALLS_BACK.value})


@dataclass(frozen=True, slots=True)
class Part:
    """One callee: a name for the test, a line where one answers, what differs in his row."""

    name: str
    number: str
    line: Kind | None = None
    row: Mapping[str, object] = field(default_factory=dict)
    refused_by: tuple[str, ...] = ()
    "The rules that stand against the call, whatever the carrier."


def cast() -> tuple[Part, ...]:
    """Return everybody on the list: those who may be called, then those who may not."""
    called = [Part(kind.value, f"{ROOT}{1200 + i}", kind) for i, kind in enumerate(ANSWERING)]
    return (*called, *_refused())


def _refused() -> tuple[Part, ...]:
    given = a_callee().basis
    rows: Mapping[str, tuple[Mapping[str, object], tuple[str, ...]]] = {
        "consent expired": (
            {"basis": replace(given, at=OPEN - timedelta(days=400))}, ("CON-05", "GDP-01")
        ),
        "consent to come": ({"basis": replace(given, at=OPEN + timedelta(days=1))}, ("CON-01",)),
        "no consent": (
            {"basis": Basis(kind=BasisKind.LEGITIMATE_INTEREST)}, ("CON-01", "GDP-02")
        ),
        "a text nobody registered": ({"basis": replace(given, text_id="nobodys")}, ("GDP-01",)),
        "it is night there": ({"territory": "GP"}, ("ORD-04", "WIN-01")),
        "suppressed": ({}, ("GDP-04",)),
    }  # fmt: skip
    return tuple(
        Part(name, f"{ROOT}{1300 + i}", row=row, refused_by=rules)
        for i, (name, (row, rules)) in enumerate(rows.items())
    )


def lines() -> Lines:
    """Return the network's lines: the same over every carrier."""
    listed = {
        part.number: a_line(part.number, part.line, ring_s=0.6, **STAYS.get(part.line, {}))
        for part in cast()
        if part.line is not None
    }
    return Lines(listed)


def rows() -> list[CalleeRow]:
    """Return the list of callees."""
    return [CalleeRow(place, _callee(part)) for place, part in enumerate(cast(), 2)]


def _callee(part: Part) -> Callee:
    return replace(a_callee(), number=parse(part.number), **part.row)  # type: ignore[arg-type]  # a row names fields


def number_of(name: str) -> str:
    """Return the number of a part."""
    return next(part.number for part in cast() if part.name == name)


#: The campaign ends before the overseas morning begins.
UNTIL = datetime(2026, 11, 24, 11, 30, tzinfo=UTC)
