"""What a route can carry: the numbers it serves, the caller ids it shows, how it deposits.

A route declares it in its settings::

    prefixes    numbers (``+336``) and groups (`GROUPS`); not set: every number
    caller_ids  the caller ids it may show, in E.164; not set: all of the sender's
    landlines   true: a direct route serves landlines too (their telephone rings)

What is set and cannot be read serves nobody: it never widens a route.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from functools import lru_cache
from typing import Protocol

from engine.journal import Json
from engine.numbering import Line, french_plan
from engine.numbers import PhoneNumber

METROPOLE = "FR"


class Deposit(Enum):
    """How a route leaves an announcement."""

    AFTER_BEEP = "after_beep"  #: A call that rings; played after the beep, or to who answers
    DIRECT = "direct"  #: A provider puts it in the mailbox; a mobile does not ring


class Way(Protocol):
    """A route, as far as choosing it goes (`engine.interfaces.Route` is one)."""

    @property
    def name(self) -> str:
        """The route's name."""

    @property
    def carrier(self) -> str:
        """``sandbox``, ``trunk``, ``twilio`` or ``voicepartner``."""

    @property
    def settings(self) -> Mapping[str, Json]:
        """The route's settings."""


@dataclass(frozen=True, slots=True)
class Unfit:
    """Why a route cannot take a call: a reason of the wording catalogue, and what it names."""

    route: str
    reason: str
    facts: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What a route can carry."""

    deposit: Deposit
    prefixes: tuple[str, ...] | None
    "E.164 prefixes and names of `GROUPS`; `None`: every number."
    caller_ids: frozenset[str] | None
    "In E.164; `None`: whatever the sender may show."
    landlines: bool
    "Whether it serves lines that are no mobiles."
    mobile_caller_ids: bool
    "Whether it shows French mobile numbers: an operator's terms may forbid it."

    def serves(self, number: PhoneNumber) -> bool:
        """Tell whether the route's prefixes hold *number*."""
        return self.prefixes is None or any(_holds(prefix, number) for prefix in self.prefixes)


def _is_metropolitan(number: PhoneNumber) -> bool:
    return number.territory == METROPOLE


def _is_overseas(number: PhoneNumber) -> bool:
    return number.territory != METROPOLE and number.territory in french_plan().codes


def _is_mobile(number: PhoneNumber) -> bool:
    return number.line is Line.MOBILE


def _is_landline(number: PhoneNumber) -> bool:
    return number.line in (Line.GEOGRAPHIC, Line.NON_GEOGRAPHIC)


#: Names for parts of the numbering plan. A number whose prefix tells no territory is in none.
GROUPS: Mapping[str, Callable[[PhoneNumber], bool]] = {
    "metropole": _is_metropolitan,
    "metropole_mobile": lambda number: _is_metropolitan(number) and _is_mobile(number),
    "metropole_landline": lambda number: _is_metropolitan(number) and _is_landline(number),
    "overseas": _is_overseas,
    "overseas_mobile": lambda number: _is_overseas(number) and _is_mobile(number),
    "overseas_landline": lambda number: _is_overseas(number) and _is_landline(number),
}


def _holds(prefix: str, number: PhoneNumber) -> bool:
    group = GROUPS.get(prefix)
    return group(number) if group else number.e164.startswith(prefix)


def is_prefix(text: str) -> bool:
    """Tell whether *text* may stand among a route's prefixes: a group, or ``+`` and digits."""
    digits = text.removeprefix("+")
    return text in GROUPS or (text != digits and digits.isascii() and digits.isdigit())


def capabilities(way: Way) -> Capabilities:
    """Return what a route can carry, by its carrier and its settings."""
    settings = way.settings
    listed = _texts(settings.get("caller_ids"))
    return _capabilities(
        way.carrier,
        _texts(settings.get("prefixes")),
        None if listed is None else frozenset(listed),
        settings.get("landlines") is True,
    )


@lru_cache(maxsize=256)
def _capabilities(
    carrier: str,
    prefixes: tuple[str, ...] | None,
    caller_ids: frozenset[str] | None,
    landlines: bool,
) -> Capabilities:
    is_direct = carrier == "voicepartner"
    return Capabilities(
        deposit=Deposit.DIRECT if is_direct else Deposit.AFTER_BEEP,
        prefixes=None if prefixes is None else tuple(filter(is_prefix, prefixes)),
        caller_ids=caller_ids,
        landlines=landlines or not is_direct,
        mobile_caller_ids=carrier != "twilio",
    )


def _texts(value: Json) -> tuple[str, ...] | None:
    """Return a list of texts; what is no list holds nothing."""
    if value is None:
        return None
    if isinstance(value, str) or not isinstance(value, Sequence):
        return ()
    return tuple(text for text in value if isinstance(text, str))


def unfit(way: Way, number: PhoneNumber, caller_id: PhoneNumber) -> Unfit | None:
    """Return why a route cannot call *number* showing *caller_id*; `None`: it can."""
    able = capabilities(way)
    if not able.serves(number):
        served = ", ".join(able.prefixes or ())
        return Unfit(way.name, "route_prefix", {"route": way.name, "served": served or "—"})
    if not able.landlines and not _is_mobile(number):
        return Unfit(way.name, "route_landline", {"route": way.name})
    if able.caller_ids is not None and caller_id.e164 not in able.caller_ids:
        facts = {"route": way.name, "number": caller_id.masked}
        return Unfit(way.name, "route_caller_id", facts)
    if not able.mobile_caller_ids and caller_id.national.startswith(("06", "07")):
        facts = {"route": way.name, "number": caller_id.masked}
        return Unfit(way.name, "route_mobile_caller_id", facts)
    return None


def is_choosy(way: Way) -> bool:
    """Tell whether a route refuses any call at all: whether it pays to ask `unfit`."""
    able = capabilities(way)
    is_open = able.prefixes is None and able.caller_ids is None
    return not (is_open and able.landlines and able.mobile_caller_ids)


@dataclass(frozen=True, slots=True)
class Choice:
    """Which of a campaign's routes can take a call."""

    fit: tuple[str, ...]
    "Their names, in the campaign's order."
    unfit: tuple[Unfit, ...]
    "Why the others cannot."


def choose(ways: Iterable[Way], number: PhoneNumber, caller_id: PhoneNumber) -> Choice:
    """Return which of *ways* can call *number* showing *caller_id*, in their order."""
    judged = [(way.name, unfit(way, number, caller_id)) for way in ways]
    return Choice(
        fit=tuple(name for name, why in judged if why is None),
        unfit=tuple(why for _, why in judged if why is not None),
    )
