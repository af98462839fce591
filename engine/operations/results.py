"""What operations answer: refusals are values too."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from engine.callee import MessageKind
from engine.campaign import FieldProblem, RowProblem
from engine.clearance import Clearance, Sender
from engine.interfaces import Route
from engine.interfaces.scenarios import ScenarioVersion


@dataclass(frozen=True, slots=True)
class Dial:
    """Dialled is committed: place this call, once, on this paper."""

    call_id: int
    drop_id: int
    campaign_id: str
    paper: Clearance
    person: bytes = field(repr=False)
    "A-law of the announcement for a person."
    machine: bytes = field(repr=False)
    "A-law of the announcement for a machine."
    ring_s: float
    sender: Sender
    kind: MessageKind
    language: str
    opt_out_number: str
    route: Route
    scenario: ScenarioVersion | None = field(default=None, repr=False)
    "What keys lead to, besides 1 and 9."


@dataclass(frozen=True, slots=True)
class Refused:
    """The drop ended without a call; the paper says why."""

    paper: Clearance


@dataclass(frozen=True, slots=True)
class Postponed:
    """Time alone stands against the call: the drop is due again then."""

    until: datetime


@dataclass(frozen=True, slots=True)
class Gone:
    """The drop is no longer this process's to dial: paused, stopped, ended or taken back."""

    why: str


@dataclass(frozen=True, slots=True)
class Submitted:
    """A campaign that runs, and the rows that did not go in."""

    id: str
    accepted: int
    problems: tuple[RowProblem, ...]
    "The first of them; `problem_count` counts them all."
    problem_count: int


@dataclass(frozen=True, slots=True)
class Unlaunched:
    """A drop request of which nothing was written: what is wrong with it."""

    problems: tuple[FieldProblem, ...]
    row_problems: tuple[RowProblem, ...] = ()
    row_problem_count: int = 0


@dataclass(frozen=True, slots=True)
class Screened:
    """What would become of a callee now; nothing was written."""

    line: int
    number: str
    "Masked."
    paper: Clearance


@dataclass(frozen=True, slots=True)
class Erasure:
    """What an erasure deleted, and the senders for whom the number is now suppressed."""

    entries: int
    drops: int
    calls: int
    senders: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Recovery:
    """What silent voice processes left behind."""

    unknown: int
    "Calls whose fate nobody knows; never placed again."
    released: int
    "Drops claimed and not dialled, due again."
    abandoned: int = 0
    "Campaigns cancelled because their import had died."
