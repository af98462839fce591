"""One dated parameter of the rulebook, read from one TOML file."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import Enum
from itertools import pairwise
from typing import TypeVar

from engine.law.finding import Standing

_E = TypeVar("_E", bound=Enum)

Value = object
"What TOML can hold: text, number, boolean, date, time, list or table."

_FILE_KEYS = {"rule", "title", "version"}
_VERSION_KEYS = {
    "value", "from", "to", "published", "reference", "source", "last_checked", "confidence",
    "standing", "binds_kinds", "binds_callees", "note",
}  # fmt: skip
_OPTIONAL_KEYS = {"to", "binds_kinds", "binds_callees", "note"}


class Confidence(Enum):
    """How far a version was compared with its source."""

    PRIMARY = "A"  #: The primary text was read
    QUOTED = "B"  #: A secondary text that quotes the primary one
    LIBRARY = "C"  #: Press, vendor or library data
    MEMORY = "M"  #: Unchecked: confirm before relying on it


class RulebookError(ValueError):
    """A parameter file that cannot be relied on; names the file and the way out."""


class NotInForce(LookupError):
    """A parameter was asked for a date that none of its versions covers."""


@dataclass(frozen=True, slots=True)
class Version:
    """What a parameter is worth in one period, and on whose word."""

    value: Value
    since: date
    until: date | None
    "The last day in force; `None` while it is not known."
    published: str
    reference: str
    "The article, as findings cite it."
    source: str
    last_checked: date
    confidence: Confidence
    standing: Standing
    note: str = ""
    binds_kinds: frozenset[str] | None = None
    "The kinds of message that the text itself binds; for others the rule is policy. `None`: all."
    binds_callees: frozenset[str] | None = None
    "The kinds of callee that the text itself binds; for others the rule is policy. `None`: all."

    def standing_for(self, kind: str, callee: str) -> Standing:
        """Tell whether the rule is the law's own for this kind of message and of callee."""
        is_bound = (self.binds_kinds is None or kind in self.binds_kinds) and (
            self.binds_callees is None or callee in self.binds_callees
        )
        return self.standing if is_bound else Standing.POLICY

    def covers(self, day: date) -> bool:
        """Whether the version is in force on *day*."""
        return self.since <= day and (self.until is None or day <= self.until)


@dataclass(frozen=True, slots=True)
class Parameter:
    """A rule's parameter: its versions, oldest first."""

    name: str
    rule: str
    title: Mapping[str, str]
    versions: tuple[Version, ...]

    def on(self, day: date) -> Version:
        """Return the version in force on *day*; raises NotInForce."""
        for version in reversed(self.versions):
            if version.covers(day):
                return version
        raise NotInForce(f"{self.rule} ({self.name}): no version covers {day.isoformat()}")


def parse_parameter(name: str, text: str) -> Parameter:
    """Return the parameter that a TOML file writes; raises RulebookError."""
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise RulebookError(f"{name}: not TOML: {error}") from error
    _only(name, document, _FILE_KEYS, optional=set())
    versions = tuple(_version(name, row) for row in document["version"])
    if not versions:
        raise RulebookError(f"{name}: write at least one [[version]]")
    _in_order(name, versions)
    return Parameter(name, _text(name, document, "rule"), dict(document["title"]), versions)


def _version(name: str, row: Mapping[str, object]) -> Version:
    """Return one version, checked key by key."""
    _only(name, row, _VERSION_KEYS, optional=_OPTIONAL_KEYS)
    _no_naive_instant(name, row["value"])
    until = _day(name, row, "to") if "to" in row else None
    since = _day(name, row, "from")
    if until is not None and until < since:
        raise RulebookError(f"{name}: a version ends ({until}) before it begins ({since})")
    return Version(
        value=row["value"],
        since=since,
        until=until,
        published=_text(name, row, "published"),
        reference=_text(name, row, "reference"),
        source=_text(name, row, "source"),
        last_checked=_day(name, row, "last_checked"),
        confidence=_member(name, row, "confidence", Confidence),
        standing=_member(name, row, "standing", Standing),
        note=_text(name, row, "note") if "note" in row else "",
        binds_kinds=_names(name, row, "binds_kinds"),
        binds_callees=_names(name, row, "binds_callees"),
    )


def _only(name: str, row: Mapping[str, object], known: set[str], *, optional: set[str]) -> None:
    """Refuse unknown keys and missing ones."""
    if unknown := sorted(set(row) - known):
        raise RulebookError(
            f"{name}: unknown key {unknown[0]!r}; known: {', '.join(sorted(known))}"
        )
    if missing := sorted(known - optional - set(row)):
        raise RulebookError(f"{name}: a version without {missing[0]!r} is refused; add it")


def _text(name: str, row: Mapping[str, object], key: str) -> str:
    value = row[key]
    if not isinstance(value, str) or not value.strip():
        raise RulebookError(f"{name}: {key} must be a text that says something")
    return value


def _day(name: str, row: Mapping[str, object], key: str) -> date:
    value = row[key]
    if isinstance(value, datetime) or not isinstance(value, date):
        raise RulebookError(f"{name}: {key} must be a date, such as 2026-08-11")
    return value


def _member(name: str, row: Mapping[str, object], key: str, among: type[_E]) -> _E:
    try:
        return among(row[key])
    except ValueError:
        names = ", ".join(str(member.value) for member in among)
        raise RulebookError(f"{name}: {key} must be one of {names}") from None


def _names(name: str, row: Mapping[str, object], key: str) -> frozenset[str] | None:
    if key not in row:
        return None
    values = row[key]
    if not isinstance(values, list) or not values or not all(isinstance(v, str) for v in values):
        raise RulebookError(f"{name}: {key} must be a list of names")
    return frozenset(values)


def _no_naive_instant(name: str, value: object) -> None:
    """Refuse an instant that does not say its offset: it would mean two things."""
    if isinstance(value, datetime) and value.tzinfo is None:
        raise RulebookError(f"{name}: {value.isoformat()} has no offset; write +01:00 or Z")
    if isinstance(value, Mapping):
        for part in value.values():
            _no_naive_instant(name, part)
    elif isinstance(value, Sequence) and not isinstance(value, str):
        for part in value:
            _no_naive_instant(name, part)


def _in_order(name: str, versions: Sequence[Version]) -> None:
    """Refuse versions that overlap or are not written oldest first."""
    for older, newer in pairwise(versions):
        if older.until is None or older.until >= newer.since:
            raise RulebookError(
                f"{name}: the versions from {older.since} and {newer.since} overlap; "
                "end the older the day before the newer begins, oldest first"
            )
