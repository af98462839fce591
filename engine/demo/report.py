"""What the demonstration came to: ``report.json`` and the checks that it must pass."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from audio.script import Variant
from engine import operations
from engine.bootstrap import Engine
from engine.demo import scenario
from engine.demo.stage import Stage
from engine.interfaces import Call, Drop, UnitOfWork
from engine.journal import Kind as EntryKind
from engine.law import Finding
from engine.sandbox.kinds import Kind
from engine.sandbox.measure import measure

#: Below this the announcement is not in the recording.
HEARD_FROM = 0.5

#: The instant of the "dialled" and that of the INVITE's arrival may look this far apart.
CLOCKS_APART = timedelta(seconds=0.5)


@dataclass(frozen=True, slots=True)
class DropReport:
    """One callee of a campaign; times in seconds from the answer."""

    callee: str
    line: str | None
    outcome: str
    articles: list[str]
    mailbox: str | None = None
    beep_end_s: float | None = None
    start_s: float | None = None
    correlation: float | None = None

    @property
    def after_beep_s(self) -> float | None:
        """How long after the beep the announcement began."""
        if self.beep_end_s is None or self.start_s is None:
            return None
        return round(self.start_s - self.beep_end_s, 3)


@dataclass(frozen=True, slots=True)
class CampaignReport:
    """One campaign."""

    name: str
    outcomes: dict[str, int]
    drops: list[DropReport]


@dataclass(slots=True)
class Report:
    """The whole demonstration."""

    seconds: float
    law_clock: str
    campaigns: list[CampaignReport]
    opt_outs: dict[str, int]
    journal: dict[str, object]
    findings: dict[tuple[str, str], list[Finding]] = field(default_factory=dict)
    "Why each (campaign, callee) was refused; not part of the file."
    repeated: list[tuple[str, int, int]] = field(default_factory=list)
    "(callee, calls that the network received, calls dialled) where they differ upwards."

    def as_json(self) -> dict[str, object]:
        """Return the content of ``report.json``."""
        document = asdict(self)
        del document["findings"], document["repeated"]
        return document


def write(stage: Stage, engine: Engine, campaigns: Sequence[str], *, seconds: float) -> Report:
    """Measure every recording, verify the journal, and write ``report.json``."""
    network = Network(stage)
    report = Report(
        seconds=round(seconds, 1),
        law_clock=stage.opening.isoformat(),
        campaigns=[],
        opt_outs={},
        journal=_journal(engine),
    )
    with engine.store.read() as unit:
        report.opt_outs = _opt_outs(unit)
        for campaign_id in campaigns:
            _add_campaign(report, unit, campaign_id, network, stage)
    report.repeated = network.repeated()
    (stage.folder / "report.json").write_text(
        json.dumps(report.as_json(), ensure_ascii=False, indent=2) + "\n", "utf-8"
    )
    return report


class Network:
    """What the network in the box saw of each call."""

    def __init__(self, stage: Stage) -> None:
        self._shift = timedelta(seconds=stage.settings.law_clock_shift_s or 0.0)
        self._placed: Counter[str] = Counter()
        self._dialled: Counter[str] = Counter()
        self._seen: dict[str, list[Mapping[str, object]]] = defaultdict(list)
        for line in stage.events.read_text("utf-8").splitlines():
            record = json.loads(line)
            if record["direction"] == "to_line":
                self._placed[record["number"]] += 1
                self._seen[record["number"]].append(record)

    def record_of(self, call: Call) -> Mapping[str, object] | None:
        """Return the network's record of *call*: the first INVITE since it was dialled."""
        if call.number is None:
            return None
        self._dialled[call.number] += 1
        since = call.dialled_at - self._shift - CLOCKS_APART
        for record in sorted(self._seen[call.number], key=lambda seen: str(seen["invited_at"])):
            if datetime.fromisoformat(str(record["invited_at"])) >= since:
                return record
        return None

    def repeated(self) -> list[tuple[str, int, int]]:
        """Return whoever received more calls than were dialled."""
        return [
            (f"…{number[-4:]}", placed, self._dialled[number])
            for number, placed in self._placed.items()
            if placed > self._dialled[number]
        ]


def _add_campaign(
    report: Report, unit: UnitOfWork, campaign_id: str, network: Network, stage: Stage
) -> None:
    campaign = unit.campaigns.get(campaign_id)
    name = campaign.name if campaign else campaign_id
    announcements = {
        variant: (stage.folder / "announcements" / f"{variant.value}.alaw").read_bytes()
        for variant in Variant
    }
    lines = {part.number: part.line for part in scenario.cast()}
    drops: list[DropReport] = []
    for drop in _drops(unit, campaign_id):
        number = drop.callee.number.e164 if drop.callee else ""
        calls = unit.calls.of_drop(drop.id)
        told = _drop(drop, calls, lines.get(number), network, announcements, stage.mailboxes)
        report.findings[name, told.callee] = list(drop.findings)
        drops.append(told)
    outcomes = Counter(drop.outcome for drop in drops)
    report.campaigns.append(CampaignReport(name, dict(sorted(outcomes.items())), drops))


def _drops(unit: UnitOfWork, campaign_id: str) -> Iterator[Drop]:
    after = 0
    while page := unit.drops.page(campaign_id, after=after):
        yield from page
        after = page[-1].id


def _drop(
    drop: Drop,
    calls: Sequence[Call],
    line: Kind | None,
    network: Network,
    announcements: Mapping[Variant, bytes],
    mailboxes: Path,
) -> DropReport:
    callee = drop.callee.number.masked if drop.callee else ""
    outcome = drop.outcome.value if drop.outcome else drop.state.value
    articles = list(dict.fromkeys(finding.article for finding in drop.findings))
    told = DropReport(callee, line.value if line else None, outcome, articles)
    records = [network.record_of(call) for call in calls]
    record = records[-1] if records else None
    if record is None or not isinstance(record["wav"], str):
        return told
    heard = measure(mailboxes / record["wav"], announcements[_variant(calls[-1])])
    is_heard = heard.start_s is not None and heard.correlation >= HEARD_FROM
    beeps = record["beeps"]
    return DropReport(
        callee,
        told.line,
        outcome,
        articles,
        mailbox=record["wav"],
        beep_end_s=beeps[-1]["end_s"] if isinstance(beeps, list) and beeps else None,
        start_s=round(heard.start_s, 3) if is_heard and heard.start_s is not None else None,
        correlation=round(heard.correlation, 3) if heard.start_s is not None else None,
    )


def _variant(call: Call) -> Variant:
    """Return the variant that was played last, by what the conversation left."""
    steps = (call.evidence or {}).get("steps")
    names = [step[1] for step in steps if isinstance(step, list)] if isinstance(steps, list) else []
    return Variant.MACHINE if any("machine" in str(name) for name in names) else Variant.PERSON


def _opt_outs(unit: UnitOfWork) -> dict[str, int]:
    """Count the opt-outs by key and by call-back, as the journal has them."""
    counted: Counter[str] = Counter()
    for leaf in unit.journal.leaves():
        entry = json.loads(leaf.body) if leaf.body else {}
        if entry.get("kind") == EntryKind.OPTED_OUT.value:
            counted[entry["detail"]["channel"]] += 1
    return {"key": counted["key"], "call_back": counted["call_back"]}


def _journal(engine: Engine) -> dict[str, object]:
    """Seal what is left, then recompute everything against the heads outside the database."""
    heads = engine.settings.heads_path
    operations.seal(engine, heads, at=engine.clock())
    verdict = operations.verify_journal(engine.store, engine.keys.signer.public_key, heads)
    return {
        "entries": verdict.entries,
        "root": verdict.root.hex(),
        "verified": verdict.is_sound,
        **({} if verdict.is_sound else {"problems": [str(each) for each in verdict.problems]}),
    }
