"""``licite campaign``: what would happen, make it happen, how it stands; and the stop."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import click
from rich.console import RenderableType
from rich.table import Table

from engine import operations
from engine.call import CampaignState
from engine.carriers.handing_over import handed_over
from engine.cli.campaign_files import callees_of, read_campaign
from engine.cli.charges import charges
from engine.cli.checking import Check, checked
from engine.cli.costs import (
    expected_lines,
    plain_expected,
    plain_spent,
    prospect_of,
    spent_on,
    spent_table,
)
from engine.cli.errors import BadInputError
from engine.cli.handed_over import handed_over_lines
from engine.cli.health import pause_sentence, plain_pause
from engine.cli.output import Answer, answering, listing, table
from engine.cli.problems import field_problems, plain_problem, row_problems
from engine.cli.shell import Shell
from engine.interfaces.records import CampaignRecord, Tally
from engine.operations import Unlaunched

A_FILE = click.Path(path_type=Path)


@click.group()
def campaign() -> None:
    """Campaigns (drop requests): check, launch, watch, pause, cancel."""


campaign.add_command(charges)


@campaign.command()
@click.argument("file", type=A_FILE)
@click.option("--limit", default=200, show_default=True, type=click.IntRange(0),
              help="Callees shown one by one; the counts are of all.")  # fmt: skip
@answering
def check(shell: Shell, file: Path, limit: int) -> Answer:
    """Say who would be called now, who later, who never and why; nothing is written.

    Exit status 1 when nobody could be called.
    """
    definition = read_campaign(shell, file)
    tally = Check(limit, prospect_of(shell, definition))
    with callees_of(shell, file, definition) as rows:
        screened = operations.screen(shell.engine, definition, rows, at=shell.engine.clock())
        for row in screened:
            tally.count(row)
    return checked(shell, definition, tally)


@campaign.command()
@click.argument("file", type=A_FILE)
@answering
def launch(shell: Shell, file: Path) -> Answer:
    """Launch a campaign; prints its id. Each callee is cleared when the turn comes to call."""
    definition = read_campaign(shell, file)
    language = shell.say.language
    prospect = prospect_of(shell, definition)
    handed = handed_over(shell.engine, definition)
    if any(each.is_spent for each in handed):
        lines = handed_over_lines(shell, handed)
        return Answer({"handed_over": [each.to_json() for each in handed]}, lines, refused=True)
    with callees_of(shell, file, definition) as rows:
        counted = prospect.counting(definition, rows)
        answer = operations.submit(
            shell.engine, definition, counted, at=shell.engine.clock(), language=language
        )
    if isinstance(answer, Unlaunched):
        return _unlaunched(shell, answer)
    shell.seal()
    costs = prospect.expected()
    document = {
        "id": answer.id,
        "accepted": answer.accepted,
        "problem_count": answer.problem_count,
        "problems": [plain_problem(problem) for problem in answer.problems],
        "costs": plain_expected(costs),
        "handed_over": [each.to_json() for each in handed],
    }
    said = shell.say(
        "campaign.launched", accepted=answer.accepted, problems=answer.problem_count, id=answer.id
    )
    problems = [row_problems(shell, answer.problems)] if answer.problems else []
    spent = [*expected_lines(shell, costs), *handed_over_lines(shell, handed, costs)]
    return Answer(document, [answer.id, said, *problems, *spent])


def _unlaunched(shell: Shell, answer: Unlaunched) -> Answer:
    document = {
        "errors": [plain_problem(problem) for problem in answer.problems],
        "rows": [plain_problem(problem) for problem in answer.row_problems],
    }
    shown: list[RenderableType] = [shell.say("campaign.unlaunched")]
    shown.append(field_problems(shell, answer.problems))
    if answer.row_problems:
        shown.append(row_problems(shell, answer.row_problems))
    return Answer(document, shown, refused=True)


@campaign.command("list")
@answering
def list_campaigns(shell: Shell) -> Answer:
    """List the campaigns."""
    with shell.engine.store.read() as unit:
        rows: list[dict[str, object]] = [
            {
                "id": record.id,
                "name": record.name,
                "sender": record.sender_id,
                "state": record.state.value,
                "submitted_at": record.submitted_at,
                "drops": unit.campaigns.tally(record.id).drops,
            }
            for record in unit.campaigns.all()
        ]
    return listing(
        shell, "campaigns", rows, ["id", "name", "sender", "state", "submitted_at", "drops"]
    )


@campaign.command()
@click.argument("campaign_id", metavar="ID")
@answering
def status(shell: Shell, campaign_id: str) -> Answer:
    """Say how a campaign stands: by state, by outcome, and the articles that refused."""
    with shell.engine.store.read() as unit:
        record = _known(shell, unit.campaigns.get(campaign_id), campaign_id)
        tally = unit.campaigns.tally(campaign_id)
        is_stopped = unit.campaigns.is_stopped()
    costs = spent_on(shell, campaign_id)
    document = {
        "id": record.id,
        "name": record.name,
        "sender": record.sender_id,
        "state": record.state,
        "stopped": is_stopped,
        "paused_for": plain_pause(record.paused_for),
        "drops": tally.drops,
        "states": {state.value: count for state, count in tally.states.items()},
        "outcomes": {outcome.value: count for outcome, count in tally.outcomes.items()},
        "refusals": [
            {"rule": rule, "article": article, "count": count}
            for (rule, article), count in tally.refusals.items()
        ],
        "costs": plain_spent(costs),
    }
    headline = _headline(shell, record, is_stopped=is_stopped)
    return Answer(document, [*headline, *_tables(shell, tally), *spent_table(shell, costs)])


def _headline(shell: Shell, record: CampaignRecord, *, is_stopped: bool) -> list[str]:
    state = shell.say(f"campaign.{record.state.value}")
    lines = [f"{record.name} ({record.id}): {state}"]
    if record.paused_for:
        lines.append(pause_sentence(shell, record.paused_for))
    return [*lines, shell.say("campaign.stopped")] if is_stopped else lines


def _tables(shell: Shell, tally: Tally) -> list[Table]:
    counted = [
        table(shell.say("column.state"), shell.say("column.count"),
              rows=[(state.value, count) for state, count in tally.states.items()]),
        table(shell.say("column.outcome"), shell.say("column.count"),
              rows=[(outcome.value, count) for outcome, count in tally.outcomes.items()]),
    ]  # fmt: skip
    if tally.refusals:
        names = ("rule", "article", "count")
        rows = [(*which, count) for which, count in tally.refusals.items()]
        counted.append(table(*(shell.say(f"column.{name}") for name in names), rows=rows))
    return [drawn for drawn in counted if drawn.row_count]


@campaign.command()
@click.argument("campaign_id", metavar="ID")
@answering
def wishes(shell: Shell, campaign_id: str) -> Answer:
    """List who asked, by a key, to be called back by people; the first to ask first.

    Whoever opted out since is not listed. These numbers are shown whole: somebody is to ring them.
    """
    with shell.engine.store.read() as unit:
        _known(shell, unit.campaigns.get(campaign_id), campaign_id)
    rows: list[dict[str, object]] = [
        {"call": wish.call_id, "number": wish.number, "asked_at": wish.at}
        for wish in operations.wishes(shell.engine, campaign_id)
    ]
    return listing(shell, "wishes", rows, ["number", "asked_at"])


@campaign.command()
@click.argument("campaign_id", metavar="ID")
@answering
def pause(shell: Shell, campaign_id: str) -> Answer:
    """Stop dialling a campaign; takes effect on the very next call."""
    return _order(shell, campaign_id, operations.pause, CampaignState.PAUSED)


@campaign.command()
@click.argument("campaign_id", metavar="ID")
@answering
def resume(shell: Shell, campaign_id: str) -> Answer:
    """Dial a paused campaign again."""
    return _order(shell, campaign_id, operations.resume, CampaignState.RUNNING)


@campaign.command()
@click.argument("campaign_id", metavar="ID")
@answering
def cancel(shell: Shell, campaign_id: str) -> Answer:
    """End a campaign: what was not dialled never will be."""
    return _order(shell, campaign_id, operations.cancel, CampaignState.CANCELLED)


def _order(
    shell: Shell, campaign_id: str, give: Callable[..., bool], wanted: CampaignState
) -> Answer:
    """Give an order to a campaign; refused when its state does not allow it."""
    engine = shell.engine
    with engine.store.read() as unit:
        _known(shell, unit.campaigns.get(campaign_id), campaign_id)
    is_done = give(engine, campaign_id, at=engine.clock())
    shell.seal()
    with engine.store.read() as unit:
        state = _known(shell, unit.campaigns.get(campaign_id), campaign_id).state
    said = shell.say("campaign.is_now" if is_done else "campaign.is_still",
                     state=shell.say(f"campaign.{state.value}"))  # fmt: skip
    document = {"id": campaign_id, "state": state, "changed": is_done}
    return Answer(document, [said], refused=not is_done and state is not wanted)


def _known(shell: Shell, record: CampaignRecord | None, campaign_id: str) -> CampaignRecord:
    if record is None:
        raise BadInputError(
            "ID", shell.say("campaign.unknown", id=campaign_id), "licite campaign list"
        )
    return record


@click.command()
@click.option("--lift", is_flag=True, help="Lift the stop: running campaigns dial again.")
@answering
def stop(shell: Shell, *, lift: bool) -> Answer:
    """Stop every campaign at once, in every process; inbound calls are still answered."""
    engine = shell.engine
    order = operations.restart if lift else operations.stop
    is_new = order(engine, at=engine.clock())
    shell.seal()
    said = "campaign.lifted" if lift else "campaign.all_stopped"
    return Answer({"stopped": not lift, "changed": is_new}, [shell.say(said)])
