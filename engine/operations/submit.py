"""Submission: a drop request becomes a campaign; screening says what would become of it."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import islice

from engine.call import CampaignState
from engine.callee import Callee
from engine.campaign import CalleeRow, Campaign, RowProblem
from engine.interfaces import AlreadyThere, CampaignRecord, Means
from engine.journal import Entry, Json, Kind, canonical
from engine.numbers import as_called
from engine.operations.control import cancel, start
from engine.operations.facts import campaign_facts, clear_now, routed
from engine.operations.named import Played, look_up, problem
from engine.operations.results import Screened, Submitted, Unlaunched
from engine.routing import choose

#: Rows written in one unit of work: short enough that an opt-out never waits for an import.
BATCH = 2000
#: Row problems that an answer tells one by one.
PROBLEMS_TOLD = 1000


def machine_clock() -> datetime:
    """Return the machine's instant, which the law's clock may not follow."""
    return datetime.now(UTC)


@dataclass(slots=True)
class _Intake:
    """The rows of a drop request as they come: callees out, problems kept."""

    rows: Iterator[CalleeRow | RowProblem]
    problems: list[RowProblem] = field(default_factory=list)
    problem_count: int = 0
    accepted: int = 0
    digest: hashlib._Hash = field(default_factory=hashlib.sha256)

    def callees(self) -> Iterator[Callee]:
        for row in self.rows:
            if isinstance(row, CalleeRow):
                self.accepted += 1
                self.digest.update(_row_bytes(row.callee))
                yield row.callee
            else:
                self.problem_count += 1
                if len(self.problems) < PROBLEMS_TOLD:
                    self.problems.append(row)


def _row_bytes(callee: Callee) -> bytes:
    """Return what a row adds to the hash of all rows: its values, in the file's order."""
    basis = callee.basis
    values = (
        callee.number.e164,
        callee.kind.value,
        callee.territory or "",
        basis.kind.value,
        basis.at.isoformat() if basis.at else "",
        basis.text_id or "",
        basis.channel or "",
        basis.source or "",
    )
    return "\x1f".join(values).encode() + b"\x1e"


def submit(
    means: Means,
    campaign: Campaign,
    rows: Iterable[CalleeRow | RowProblem],
    *,
    at: datetime,
    language: str = "fr",
    campaign_id: str | None = None,
    beat_at: Callable[[], datetime] = machine_clock,
) -> Submitted | Unlaunched:
    """Write a campaign and its callees; it runs once every row is there.

    A row that cannot be used is reported and the others go in. Nothing is dialled meanwhile: each
    callee is cleared when the turn comes to call. A *campaign_id* chosen beforehand lets a caller
    that died find out what it had done. Each batch gives a sign of life on the machine's clock
    (*beat_at*): without one for long, `recover` takes the import for dead and cancels it.
    """
    intake = _Intake(iter(rows))
    with means.store.read() as unit:
        problems, played = look_up(unit, campaign, language)
    if problems or played is None:
        return Unlaunched(tuple(problems))
    callees = intake.callees()
    batch = list(islice(callees, BATCH))
    if not batch:
        nobody = problem("callees", "nobody", "", language)
        return Unlaunched((nobody,), tuple(intake.problems), intake.problem_count)
    try:
        campaign_id = campaign_id or secrets.token_hex(8)
        _open(means, campaign_id, campaign, played, at=at, beat_at=beat_at())
    except AlreadyThere:
        taken = problem("opt_out_number", "not_senders", campaign.opt_out_number, language)
        return Unlaunched((taken,))
    try:
        while batch and _load(means, campaign_id, batch, at=at, beat_at=beat_at()):
            batch = list(islice(callees, BATCH))
    except BaseException:
        cancel(means, campaign_id, at=at)
        raise
    if batch or not _launch(means, campaign_id, campaign, played, intake, at):
        gone = problem("", "cancelled", "", language)
        return Unlaunched((gone,), tuple(intake.problems), intake.problem_count)
    return Submitted(campaign_id, intake.accepted, tuple(intake.problems), intake.problem_count)


def _open(
    means: Means,
    campaign_id: str,
    campaign: Campaign,
    played: Played,
    *,
    at: datetime,
    beat_at: datetime,
) -> None:
    """Write the campaign, still loading, and give its opt-out number to its sender."""
    record = CampaignRecord(
        id=campaign_id,
        sender_id=campaign.sender,
        name=campaign.name or campaign.announcement,
        definition=campaign,
        announcement_id=played.announcement.id,
        scenario_id=played.scenario.id if played.scenario else None,
        state=CampaignState.LOADING,
        submitted_at=at,
        import_beat_at=beat_at,
    )
    with means.store.write() as unit:
        unit.setup.add_opt_out_line(as_called(campaign.opt_out_number), campaign.sender)
        unit.campaigns.add(record)


def _load(
    means: Means, campaign_id: str, batch: list[Callee], *, at: datetime, beat_at: datetime
) -> bool:
    """Write a batch of callees; False when the campaign was cancelled meanwhile."""
    with means.store.write() as unit:
        if unit.campaigns.hold(campaign_id, to_change=True) is not CampaignState.LOADING:
            return False
        unit.drops.add(campaign_id, batch, at)
        unit.campaigns.beat(campaign_id, beat_at)
    return True


def _launch(
    means: Means,
    campaign_id: str,
    campaign: Campaign,
    played: Played,
    intake: _Intake,
    at: datetime,
) -> bool:
    """Let the campaign run, its rows named by their hash; False when it was cancelled."""
    definition = canonical(_plain(campaign))
    detail: dict[str, Json] = {
        "sender": campaign.sender,
        "message_kind": campaign.kind.value,
        "definition_sha256": hashlib.sha256(definition).hexdigest(),
        "callees": intake.accepted,
        "callees_sha256": intake.digest.hexdigest(),
        "rows_refused": intake.problem_count,
        "announcement": [played.announcement.name, played.announcement.version],
    }
    if played.scenario:
        prompts = played.scenario.prompts.items()
        detail["scenario"] = [played.scenario.name, played.scenario.version]
        detail["prompts_sha256"] = {name: recording.sha256 for name, recording in prompts}
    with means.store.write() as unit:
        is_started = start(unit, campaign_id, at)
        if is_started:
            unit.journal.write(Entry(Kind.SUBMITTED, at, campaign=campaign_id, detail=detail))
    return is_started


def _plain(campaign: Campaign) -> dict[str, Json]:
    """Return the definition as JSON values that have a canonical text."""
    return {
        name: list(map(str, value)) if isinstance(value, list) else str(value)
        for name, value in campaign.to_json().items()
    }


def screen(
    means: Means,
    campaign: Campaign,
    rows: Iterable[CalleeRow | RowProblem],
    *,
    at: datetime,
) -> Iterator[Screened | RowProblem]:
    """Tell what would become of every callee at *at*; nothing is written."""
    with means.store.read() as unit:
        version = unit.setup.announcement(campaign.announcement)
        routes = {name: unit.setup.route(name) for name in campaign.routes}
        known = [route for route in routes.values() if route is not None]
        facts = campaign_facts(unit, campaign, version, rules=means.law.at(at.date()))
        for row in rows:
            if isinstance(row, RowProblem):
                yield row
            else:
                number = row.callee.number
                choice = choose(known, number, campaign.caller_id)
                route = routes[choice.fit[0]] if choice.fit else None
                about = routed(facts, route, choice.unfit)
                paper = clear_now(means, unit, row.callee, about, at=at)
                yield Screened(row.line, number.masked, paper)
