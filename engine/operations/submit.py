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
from engine.campaign import CalleeRow, Campaign, FieldProblem, RowProblem
from engine.interfaces import AlreadyThere, AnnouncementVersion, CampaignRecord, Means, UnitOfWork
from engine.interfaces.scenarios import ScenarioVersion
from engine.journal import Entry, Json, Kind, canonical
from engine.numbers import as_called
from engine.operations.control import cancel, start
from engine.operations.deposit_audio import unready
from engine.operations.facts import campaign_facts, clear_now, routed
from engine.operations.results import Screened, Submitted, Unlaunched
from engine.routing import choose
from engine.scenario import check_sale

#: Rows written in one unit of work: short enough that an opt-out never waits for an import.
BATCH = 2000
#: Row problems that an answer tells one by one.
PROBLEMS_TOLD = 1000

_WORDING = {
    "unknown": {
        "fr": ("« {value} » n'est pas enregistré.", "Enregistrez-le, ou corrigez le nom."),
        "en": ("“{value}” is not registered.", "Register it, or correct the name."),
    },
    "not_senders": {
        "fr": ("« {value} » appartient à un autre émetteur.", "Choisissez-en un du même émetteur."),
        "en": ("“{value}” belongs to another sender.", "Choose one of the same sender."),
    },
    "another_language": {
        "fr": (
            "« {value} » n'est pas dans la langue de l'annonce.",
            "Choisissez un scénario dans la même langue.",
        ),
        "en": (
            "“{value}” is not in the language of the announcement.",
            "Choose a scenario in the same language.",
        ),
    },
    "unbound": {
        "fr": (
            "La route « {value} » dépose elle-même : aucun fichier n'y est lié à cette annonce.",
            "Exportez-le, téléversez-le et liez-le : licite deposit-audio.",
        ),
        "en": (
            "Route “{value}” deposits by itself: no file is bound to this announcement there.",
            "Export it, upload it and bind it: licite deposit-audio.",
        ),
    },
    "unattested": {
        "fr": (
            "Le fichier de la route « {value} » n'a été écouté par personne d'autre.",
            "Une seconde personne l'écoute et l'atteste : licite deposit-audio attest.",
        ),
        "en": (
            "Nobody but who bound it has heard the file of route “{value}”.",
            "A second person listens to it and attests: licite deposit-audio attest.",
        ),
    },
    "nobody": {
        "fr": ("Aucune ligne n'a pu être lue.", "Corrigez les lignes signalées et recommencez."),
        "en": ("No row could be used.", "Correct the rows reported and try again."),
    },
    "cancelled": {
        "fr": ("La campagne a été annulée pendant son import.", "Lancez-la de nouveau."),
        "en": ("The campaign was cancelled during its import.", "Launch it again."),
    },
}


def machine_clock() -> datetime:
    """Return the machine's instant, which the law's clock may not follow."""
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class _Plays:
    """What a campaign's callees will hear, in the versions of this instant."""

    announcement: AnnouncementVersion
    scenario: ScenarioVersion | None


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
        problems, plays = _check(unit, campaign, language)
    if problems or plays is None:
        return Unlaunched(tuple(problems))
    callees = intake.callees()
    batch = list(islice(callees, BATCH))
    if not batch:
        nobody = _problem("callees", "nobody", "", language)
        return Unlaunched((nobody,), tuple(intake.problems), intake.problem_count)
    try:
        campaign_id = campaign_id or secrets.token_hex(8)
        _open(means, campaign_id, campaign, plays, at=at, beat_at=beat_at())
    except AlreadyThere:
        taken = _problem("opt_out_number", "not_senders", campaign.opt_out_number, language)
        return Unlaunched((taken,))
    try:
        while batch and _load(means, campaign_id, batch, at=at, beat_at=beat_at()):
            batch = list(islice(callees, BATCH))
    except BaseException:
        cancel(means, campaign_id, at=at)
        raise
    if batch or not _launch(means, campaign_id, campaign, plays, intake, at):
        gone = _problem("", "cancelled", "", language)
        return Unlaunched((gone,), tuple(intake.problems), intake.problem_count)
    return Submitted(campaign_id, intake.accepted, tuple(intake.problems), intake.problem_count)


def _open(
    means: Means,
    campaign_id: str,
    campaign: Campaign,
    plays: _Plays,
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
        announcement_id=plays.announcement.id,
        scenario_id=plays.scenario.id if plays.scenario else None,
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
    plays: _Plays,
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
        "announcement": [plays.announcement.name, plays.announcement.version],
    }
    if plays.scenario:
        prompts = plays.scenario.prompts.items()
        detail["scenario"] = [plays.scenario.name, plays.scenario.version]
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


def _check(
    unit: UnitOfWork, campaign: Campaign, language: str
) -> tuple[list[FieldProblem], _Plays | None]:
    """Return what the campaign names and the store does not know, and what it will play."""
    setup = unit.setup
    version = setup.announcement(campaign.announcement)
    scenario = unit.scenarios.newest(campaign.scenario) if campaign.scenario else None
    caller_id = setup.caller_id(campaign.caller_id.e164)
    texts = setup.consent_texts(campaign.consent_texts)
    named = [
        ("sender", campaign.sender, setup.sender(campaign.sender) is not None),
        ("caller_id", campaign.caller_id.masked, caller_id is not None),
        ("announcement", campaign.announcement, version is not None),
        ("scenario", campaign.scenario or "", scenario is not None or not campaign.scenario),
        *(("routes", name, setup.route(name) is not None) for name in campaign.routes),
        *(("consent_texts", name, name in texts) for name in campaign.consent_texts),
    ]
    problems = [_problem(where, "unknown", value, language) for where, value, ok in named if not ok]
    if version:
        problems += _unheard(unit, campaign, version, language)
    if version and scenario:
        problems += _unfit(scenario, version, language)
    return problems, _Plays(version, scenario) if version else None


def _unheard(
    unit: UnitOfWork, campaign: Campaign, version: AnnouncementVersion, language: str
) -> Iterator[FieldProblem]:
    """Yield the routes whose provider would play a file that two people do not answer for."""
    for route in filter(None, map(unit.setup.route, campaign.routes)):
        audio = unit.deposits.audio(route.name, version.variants["machine"].sha256)
        if route.is_handed_over and (why := unready(audio)):
            yield _problem("routes", why.value, route.name, language)


def _unfit(
    scenario: ScenarioVersion, version: AnnouncementVersion, language: str
) -> Iterator[FieldProblem]:
    """Yield why a scenario cannot hang off an announcement."""
    if scenario.scenario.language != version.language:
        yield _problem("scenario", "another_language", scenario.name, language)
    text = version.variants["person"].text
    yield from check_sale("announcement", text, version.language, language=language)


def _problem(where: str, cause: str, value: str, language: str) -> FieldProblem:
    reason, remedy = _WORDING[cause][language if language in _WORDING[cause] else "en"]
    return FieldProblem(where, reason.format(value=value), remedy)


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
