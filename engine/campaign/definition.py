"""A campaign's definition: the fields of its TOML file, checked one by one."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from engine.callee import MessageKind
from engine.campaign.problems import FieldProblem, field_problem
from engine.numbers import NumberRefused, PhoneNumber, parse, territory_of
from engine.wording import LANGUAGES

LONGEST_TEXT = 500
MOST_ATTEMPTS = 4
"Calls to one callee in a campaign: more would fall under the four of C. consom. art. D. 223-9."

_DURATION = re.compile(r"(\d{1,6})\s*(s|min|h|d)", re.ASCII)
_SECONDS = {"s": 1, "min": 60, "h": 3600, "d": 86400}
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}", re.ASCII)
_OPT_OUT = re.compile(r"\+?[0-9][0-9 .-]{1,20}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Campaign:
    """A drop request without its callees."""

    sender: str
    kind: MessageKind
    sector: str
    purpose: str
    caller_id: PhoneNumber
    opt_out_number: str
    announcement: str
    routes: tuple[str, ...]
    callees: str | None = None
    "The path of the callees' file, from the campaign's own; `None` when they come otherwise."
    consent_texts: tuple[str, ...] = ()
    ring_s: int = 40
    attempts: int = 1
    retry_after: timedelta = timedelta(hours=4)
    name: str = ""
    language: str = "fr"
    until: datetime | None = None
    territory: str = "FR"
    "Where the list was collected: the place of mobiles whose holder's is not recorded."
    job_related: bool | None = None
    opt_out_at_start: bool | None = None
    batch_size: int | None = None
    "Callees handed over at once to a direct-deposit provider; `None`: as many as the route says."
    scenario: str | None = None
    "What keys lead to, besides 1 and 9; `None`: they lead nowhere."

    def to_json(self) -> dict[str, object]:
        """Return the definition as plain JSON values; `parse_campaign` reads it back."""
        document: dict[str, object] = {
            "sender": self.sender,
            "kind": self.kind.value,
            "sector": self.sector,
            "purpose": self.purpose,
            "caller_id": self.caller_id.e164,
            "opt_out_number": self.opt_out_number,
            "announcement": self.announcement,
            "routes": list(self.routes),
            "callees": self.callees,
            "consent_texts": list(self.consent_texts),
            "ring_s": self.ring_s,
            "attempts": self.attempts,
            "retry_after": f"{int(self.retry_after.total_seconds())} s",
            "name": self.name or None,
            "language": self.language,
            "until": self.until.isoformat() if self.until else None,
            "territory": self.territory,
            "job_related": self.job_related,
            "opt_out_at_start": self.opt_out_at_start,
            "batch_size": self.batch_size,
            "scenario": self.scenario,
        }
        return {field: value for field, value in document.items() if value is not None}


class _Wrong(ValueError):
    """A value that its field cannot hold; names the wording."""

    def __init__(self, cause: str, **facts: str) -> None:
        super().__init__(cause)
        self.cause, self.facts = cause, facts


def parse_campaign(
    source: str | Mapping[str, object], *, language: str = "fr"
) -> Campaign | list[FieldProblem]:
    """Return the campaign that *source* (TOML, or its fields) defines, or all that is wrong.

    A field that is `None` counts as left out. Problems are worded in *language*.
    """
    if isinstance(source, str):
        try:
            source = tomllib.loads(source)
        except (tomllib.TOMLDecodeError, RecursionError) as error:
            return [field_problem("", "campaign_not_toml", language, error=str(error))]
    given = {field: value for field, value in source.items() if value is not None}
    values, problems = _read(given, language)
    if problems:
        return problems
    return Campaign(**values)  # type: ignore[arg-type]  # each reader returns its field's type


def _read(
    given: Mapping[str, object], language: str
) -> tuple[dict[str, object], list[FieldProblem]]:
    """Read every field, gathering what is wrong."""
    known = ", ".join(FIELDS)
    problems = [
        field_problem(field, "field_unknown", language, known=known)
        for field in given
        if field not in FIELDS
    ]
    values: dict[str, object] = {}
    for field, reader in FIELDS.items():
        if field not in given:
            if field in REQUIRED:
                problems.append(field_problem(field, "field_missing", language))
            continue
        try:
            values[field] = reader(given[field])
        except _Wrong as wrong:
            problems.append(field_problem(field, wrong.cause, language, **wrong.facts))
        except NumberRefused as refused:
            problems.append(FieldProblem(field, refused.reason(language), refused.remedy(language)))
    return values, problems


def _text(value: object) -> str:
    if not isinstance(value, str) or not value.strip():
        raise _Wrong("field_not_text")
    if len(value) > LONGEST_TEXT:
        raise _Wrong("field_too_long", longest=str(LONGEST_TEXT))
    if not value.isprintable():
        raise _Wrong("field_not_printable")
    return value.strip()


def _name(value: object) -> str:
    if not _NAME.fullmatch(_text(value)):
        raise _Wrong("field_not_name")
    return _text(value)


def _names(value: object) -> tuple[str, ...]:
    if not isinstance(value, list):
        raise _Wrong("field_not_list")
    return tuple(dict.fromkeys(_name(part) for part in value))


def _routes(value: object) -> tuple[str, ...]:
    routes = _names(value)
    if not routes:
        raise _Wrong("field_not_list")
    return routes


def _kind(value: object) -> MessageKind:
    try:
        return MessageKind(_text(value))
    except ValueError as error:
        if isinstance(error, _Wrong):
            raise
        raise _Wrong(
            "field_not_among", known=", ".join(kind.value for kind in MessageKind)
        ) from error


def _number(value: object) -> PhoneNumber:
    return parse(_text(value))


def _opt_out_number(value: object) -> str:
    if not _OPT_OUT.fullmatch(_text(value)):
        raise _Wrong("field_not_number")
    return _text(value)


def _whole(least: int, most: int) -> Callable[[object], int]:
    def read(value: object) -> int:
        whole = range(least, most + 1)
        if isinstance(value, bool) or value not in whole:
            raise _Wrong("field_not_whole", least=str(least), most=str(most))
        return next(number for number in whole if number == value)

    return read


def _duration(value: object) -> timedelta:
    written = _DURATION.fullmatch(_text(value))
    if written is None:
        raise _Wrong("field_not_duration")
    duration = timedelta(seconds=int(written[1]) * _SECONDS[written[2]])
    if not timedelta(minutes=1) <= duration <= timedelta(days=30):
        raise _Wrong("field_not_duration")
    return duration


def _language(value: object) -> str:
    if value not in LANGUAGES:
        raise _Wrong("field_not_among", known=", ".join(LANGUAGES))
    return str(value)


def _instant(value: object) -> datetime:
    try:
        at = value if isinstance(value, datetime) else datetime.fromisoformat(_text(value))
        if at.tzinfo is None:
            raise _Wrong("field_not_instant")
        return at.astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise _Wrong("field_not_instant") from error


def _territory(value: object) -> str:
    territory = territory_of(_text(value))
    if territory is None:
        raise _Wrong("field_not_territory")
    return territory


def _truth(value: object) -> bool:
    if not isinstance(value, bool):
        raise _Wrong("field_not_truth")
    return value


#: How each field is read.
FIELDS: Mapping[str, Callable[[object], object]] = {
    "name": _text,
    "sender": _name,
    "kind": _kind,
    "sector": _name,
    "purpose": _text,
    "caller_id": _number,
    "opt_out_number": _opt_out_number,
    "announcement": _name,
    "routes": _routes,
    "callees": _text,
    "consent_texts": _names,
    "ring_s": _whole(5, 120),
    "attempts": _whole(1, MOST_ATTEMPTS),
    "retry_after": _duration,
    "language": _language,
    "until": _instant,
    "territory": _territory,
    "job_related": _truth,
    "opt_out_at_start": _truth,
    "batch_size": _whole(1, 500),
    "scenario": _name,
}
#: The fields without which there is no campaign.
REQUIRED = frozenset(
    {
        "sender", "kind", "sector", "purpose", "caller_id", "opt_out_number", "announcement",
        "routes",
    }
)  # fmt: skip
