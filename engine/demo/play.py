"""Play the demonstration from the first call to the proof."""

from __future__ import annotations

import json
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from engine import operations
from engine.bootstrap import Engine, open_engine
from engine.call import DropState
from engine.campaign import Campaign, parse_campaign, read_callees
from engine.demo import scenario
from engine.demo.players import NotStarted, Players
from engine.demo.report import Report, write
from engine.demo.screen import Screen
from engine.demo.stage import PARIS, Stage, set_stage
from engine.interfaces import Tally
from engine.outcome import Outcome

#: After this long a campaign of the demonstration counts as stuck.
STUCK_AFTER_S = 120.0

#: The most that may lie between the end of a beep and the announcement.
LATEST_START_S = 0.7


class Failed(RuntimeError):
    """The demonstration did not end as it must; the message says how."""


def run(folder: Path = Path("var/demo"), *, as_json: bool = False, language: str = "fr") -> int:
    """Play the demonstration in *folder*; return the exit status, 0 when all of it held.

    Prints its progress and closing tables on standard output, or with *as_json* only the
    content of ``report.json``.
    """
    console = Console(stderr=as_json, quiet=as_json)
    screen = Screen(console, language)
    try:
        report, stage = _play(folder.resolve(), screen, language)
    except (Failed, NotStarted) as error:
        Console(stderr=True).print(f"{screen.say('failed')} {error}", style="bold red")
        return 1
    if as_json:
        sys.stdout.write(json.dumps(report.as_json(), ensure_ascii=False) + "\n")
    screen.show(report)
    screen.tell("seconds", seconds=report.seconds)
    screen.tell(
        "report", path=_near(stage.folder / "report.json"), mailboxes=_near(stage.mailboxes)
    )
    faults = list(_faults(report, screen))
    for fault in faults:
        Console(stderr=True).print(f"{screen.say('failed')} {fault}", style="bold red")
    return 1 if faults else 0


def _play(folder: Path, screen: Screen, language: str) -> tuple[Report, Stage]:
    began = time.monotonic()
    screen.tell("title", style="bold")
    screen.tell("setting")
    stage = set_stage(folder, language=language)
    screen.tell("clock", opening=f"{stage.opening.astimezone(PARIS):%Y-%m-%d %H:%M}")
    engine = open_engine(stage.settings)
    try:
        with Players(stage) as players:
            campaigns: list[str] = []
            campaigns.append(_launch(engine, stage, "first", screen))
            watch = Watch(engine, players, screen)
            watch.until("first", campaigns, lambda _: _all_objected(engine, campaigns[0]))
            campaigns.append(_launch(engine, stage, "second", screen))
            watch.until("second", campaigns, _is_over)
        return write(stage, engine, campaigns, seconds=time.monotonic() - began), stage
    finally:
        engine.close()


def _launch(engine: Engine, stage: Stage, name: str, screen: Screen) -> str:
    """Submit one campaign from its files, as ``licite campaign launch`` does."""
    parsed = parse_campaign((stage.folder / f"{name}.toml").read_text("utf-8"))
    if not isinstance(parsed, Campaign):
        raise Failed("; ".join(f"{p.field}: {p.reason}" for p in parsed))
    with (stage.folder / "callees.csv").open("rb") as stream:
        rows = read_callees(
            stream, consent_texts=parsed.consent_texts, language=stage.settings.language
        )
        submitted = operations.submit(engine, parsed, rows, at=engine.clock())
    if not isinstance(submitted, operations.Submitted):
        raise Failed("; ".join(f"{p.field}: {p.reason}" for p in submitted.problems))
    if name == "first":
        for problem in submitted.problems:
            screen.tell(
                "row_problem",
                style="yellow",
                line=problem.line,
                column=problem.column,
                reason=problem.reason,
                remedy=problem.remedy,
            )
    screen.tell(
        "calling",
        campaign=screen.say(name),
        accepted=submitted.accepted,
        problems=submitted.problem_count,
    )
    return submitted.id


class Watch:
    """Shows the campaigns' progress, and starts a voice process that died again."""

    def __init__(self, engine: Engine, players: Players, screen: Screen) -> None:
        self._engine, self._players, self._screen = engine, players, screen

    def until(
        self, name: str, campaigns: Sequence[str], is_enough: Callable[[Sequence[Tally]], bool]
    ) -> None:
        """Watch until *is_enough*; raises Failed when that takes too long."""
        say = self._screen.say
        deadline = time.monotonic() + STUCK_AFTER_S
        bar = Progress(
            TextColumn("{task.description}"),
            BarColumn(bar_width=None),
            TextColumn("{task.completed}/{task.total} " + say("over")),
            TextColumn("{task.fields[so_far]}", style="dim"),
            TimeElapsedColumn(),
            console=self._screen.console,
            expand=True,
        )
        with bar:
            task = bar.add_task(say(f"{name}_short"), total=None, so_far="")
            while True:
                tallies = self._tallies(campaigns)
                drops = sum(tally.drops for tally in tallies)
                over = sum(tally.states.get(DropState.DONE, 0) for tally in tallies)
                so_far = say("so_far", **_in_short(tallies))
                bar.update(task, total=drops, completed=over, so_far=so_far)
                if is_enough(tallies):
                    return
                if self._players.revive():
                    self._screen.tell("voice_died", style="yellow")
                if time.monotonic() > deadline:
                    log = self._players.voice_log
                    raise Failed(say("timed_out", seconds=STUCK_AFTER_S, log=log))
                time.sleep(0.25)

    def _tallies(self, campaigns: Sequence[str]) -> list[Tally]:
        with self._engine.store.read() as unit:
            return [unit.campaigns.tally(campaign_id) for campaign_id in campaigns]


def _in_short(tallies: Iterable[Tally]) -> dict[str, int]:
    """Return what a spectator waits for: messages left, and opt-outs by key."""
    counted: Counter[Outcome] = Counter()
    for tally in tallies:
        counted.update(tally.outcomes)
    left = (Outcome.DEPOSITED, Outcome.DEPOSITED_UNCONFIRMED, Outcome.HEARD)
    return {"left": sum(counted[each] for each in left), "opted_out": counted[Outcome.OPTED_OUT]}


def _is_over(tallies: Sequence[Tally]) -> bool:
    """Tell whether every drop has its outcome."""
    return all(tally.states.get(DropState.DONE, 0) == tally.drops for tally in tallies)


def _all_objected(engine: Engine, campaign_id: str) -> bool:
    """Tell whether everybody who presses 9, or calls back to, has been heard.

    Nobody waits for those whose call was cut by the death of the voice process.
    """
    objectors = {part.number for part in scenario.cast() if part.line in scenario.OPT_OUT_KINDS}
    with engine.store.read() as unit:
        cut = {
            drop.callee.number.e164
            for drop in unit.drops.page(campaign_id)
            if drop.callee and drop.outcome is Outcome.UNKNOWN
        }
    return all(
        operations.is_opted_out(engine, scenario.SENDER_ID, number) for number in objectors - cut
    )


def _faults(report: Report, screen: Screen) -> Iterable[str]:
    """Say what did not hold: opt-outs, starts after the beep, repeated calls, the journal."""
    objectors = {kind.value for kind in scenario.OPT_OUT_KINDS}
    for drop in report.campaigns[-1].drops:
        is_refused = drop.outcome == Outcome.REFUSED.value
        if drop.line in objectors and not is_refused and not _was_unknown(report, drop.callee):
            yield screen.say("expected_refused", callee=drop.callee)
    for campaign in report.campaigns:
        for drop in campaign.drops:
            is_deposit = drop.outcome == Outcome.DEPOSITED.value
            after = drop.after_beep_s
            if is_deposit and (after is None or not 0 <= after <= LATEST_START_S):
                yield screen.say("late_start", line=drop.line, after=after)
    for callee, placed, dialled in report.repeated:
        yield screen.say("repeated", callee=callee, placed=placed, dialled=dialled)
    if not report.journal["verified"]:
        yield screen.say("unsound", problems=report.journal.get("problems"))


def _was_unknown(report: Report, callee: str) -> bool:
    """Tell whether the first campaign's call to *callee* was cut by a death of the process."""
    first = {drop.callee: drop.outcome for drop in report.campaigns[0].drops}
    return first.get(callee) == Outcome.UNKNOWN.value


def _near(path: Path) -> Path:
    """Return *path* as seen from here, where that is shorter."""
    return path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path
