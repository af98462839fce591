"""What a scenario leaves behind, by the names of its parts: what the auditor would compare."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

from engine import operations
from engine.bootstrap import Engine
from engine.operations import Screened
from engine.outcome import Outcome
from tests.acceptance.scenario import UNTIL, cast, rows
from tests.engine.operating import a_campaign, drops, entries

#: What an entry says of a call's law, not of its conversation.
LEGAL = ("cleared", "refused", "opted_out")

Findings = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Trace:
    """What one run left, by the name of each part."""

    papers: Mapping[str, tuple[str, Findings]]
    "Cleared or refused, and the rules that refused."
    consents: Mapping[str, object]
    "The ground that was shown in the clearance."
    suppressed: frozenset[str]
    opted_out: frozenset[str]
    "Whose opt-out stands in the journal."
    next_time: Mapping[str, Findings]
    "What would refuse each of them in the next campaign; nothing: they would be called."
    conversation: Mapping[str, frozenset[str]]
    "The other kinds of entries about each."
    outcomes: Mapping[str, Outcome | None]


def read(engine: Engine, campaign_id: str) -> Trace:
    """Read what a run left in the store and in the journal of *engine*."""
    names = {engine.keys.subject(part.number): part.name for part in cast()}
    papers: dict[str, tuple[str, Findings]] = {}
    consents: dict[str, object] = {}
    opted_out, conversation = set(), defaultdict(set)
    for entry in entries(engine):
        name, kind, detail = names.get(str(entry.get("subject"))), entry["kind"], entry["detail"]
        if name is None:
            continue
        if kind in ("cleared", "refused"):
            papers[name] = (kind, tuple(sorted(found["rule"] for found in detail["findings"])))
            consents[name] = detail["basis"]
        elif kind == "opted_out":
            opted_out.add(name)
        else:
            conversation[name].add(kind)
    numbers = {part.number: part.name for part in cast()}
    return Trace(
        papers=papers,
        consents=consents,
        suppressed=frozenset(
            part.name for part in cast() if operations.is_opted_out(engine, "lumiere", part.number)
        ),
        opted_out=frozenset(opted_out),
        next_time=_next_time(engine),
        conversation={name: frozenset(kinds) for name, kinds in conversation.items()},
        outcomes={
            numbers[drop.callee.number.e164]: drop.outcome
            for drop in drops(engine, campaign_id)
            if drop.callee is not None
        },
    )


def _next_time(engine: Engine) -> dict[str, Findings]:
    """Clear the same list again: whoever objected is refused now."""
    campaign = a_campaign(routes=_any_route(engine), attempts=1, until=UNTIL)
    screened = operations.screen(engine, campaign, rows(), at=engine.clock())
    return {
        part.name: tuple(sorted(finding.rule for finding in row.paper.findings))
        for part, row in zip(cast(), screened, strict=True)
        if isinstance(row, Screened)
    }


def _any_route(engine: Engine) -> tuple[str, ...]:
    with engine.store.read() as unit:
        return tuple(route.name for route in unit.setup.routes())[:1]
