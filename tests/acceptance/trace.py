"""What a scenario leaves behind, by the names of its parts: what the auditor would compare."""

from __future__ import annotations

from collections import Counter, defaultdict
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
    shown: Mapping[str, Mapping[str, object]]
    "What else the clearance was of: sender, purpose, caller id, announcement, ground."
    suppressed: frozenset[str]
    opted_out: frozenset[str]
    "Whose opt-out stands in the journal."
    next_time: Mapping[str, Findings]
    "What would refuse each of them in the next campaign; nothing: they would be called."
    conversation: Mapping[str, frozenset[str]]
    "The other kinds of entries about each."
    dialled: Mapping[str, int]
    "How often each was."
    left: Mapping[str, frozenset[tuple[str, str]]]
    "What each can have been left with: the variant, and the hash of the approved bytes."
    outcomes: Mapping[str, Outcome | None]

    def announced(self, name: str) -> tuple[str, ...]:
        """Return the hashes of the variants that a clearance names: a person's, a machine's."""
        hashes = self.shown[name]["announcements"]
        assert isinstance(hashes, list)
        return tuple(map(str, hashes))


def read(engine: Engine, campaign_id: str) -> Trace:
    """Read what a run left in the store and in the journal of *engine*."""
    names = {engine.keys.subject(part.number): part.name for part in cast()}
    papers: dict[str, tuple[str, Findings]] = {}
    shown: dict[str, dict[str, object]] = {}
    opted_out, conversation = set(), defaultdict(set)
    dialled: Counter[str] = Counter()
    left: defaultdict[str, set[tuple[str, str]]] = defaultdict(set)
    for entry in entries(engine):
        name, kind, detail = names.get(str(entry.get("subject"))), entry["kind"], entry["detail"]
        if name is None:
            continue
        if kind in ("cleared", "refused"):
            papers[name] = (kind, tuple(sorted(found["rule"] for found in detail["findings"])))
            shown[name] = {what: told for what, told in detail.items() if what != "findings"}
        elif kind == "opted_out":
            opted_out.add(name)
        else:
            conversation[name].add(kind)
            dialled[name] += kind == "dialled"
            heard = detail if kind == "heard" else detail.get("evidence", {})
            if "sha256" in heard:
                left[name].add((heard["variant"], heard["sha256"]))
    numbers = {part.number: part.name for part in cast()}
    return Trace(
        papers=papers,
        shown=shown,
        suppressed=frozenset(
            part.name for part in cast() if operations.is_opted_out(engine, "lumiere", part.number)
        ),
        opted_out=frozenset(opted_out),
        next_time=_next_time(engine),
        conversation={name: frozenset(kinds) for name, kinds in conversation.items()},
        dialled=dialled,
        left={name: frozenset(heard) for name, heard in left.items()},
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
