"""``licite caller-id``: the numbers that senders may show, and the proofs of them."""

from __future__ import annotations

from datetime import datetime

import click

from engine.clearance import CallerId
from engine.cli.adding import adding
from engine.cli.errors import BadInputError
from engine.cli.health import health
from engine.cli.inputs import identifier, instant, known_sender, telephone_number
from engine.cli.output import Answer, answering, listing
from engine.cli.shell import Shell


@click.group("caller-id")
def caller_id() -> None:
    """Caller ids: the numbers that may be shown (NPV), and the proof that they are yours."""


caller_id.add_command(health)


@caller_id.command()
@click.argument("number")
@click.option("--sender", "sender_id", required=True, type=identifier, help="Its assignee.")
@click.option("--assigned-since", required=True, type=instant, help="A date, or an instant.")
@click.option("--letter", help="Reference of the operator's letter, for an unconfirmed prefix.")
@answering
def add(
    shell: Shell, number: str, sender_id: str, assigned_since: datetime, letter: str | None
) -> Answer:
    """Add NUMBER; it can be shown once `caller-id verify` has checked the proof."""
    shown = telephone_number(shell, "NUMBER", number)
    new = CallerId(shown, assignee=sender_id, assigned_since=assigned_since, letter=letter)
    with adding(shell, "NUMBER", shown.e164) as unit:
        known_sender(shell, unit, sender_id)
        unit.setup.add_caller_id(new)
    return Answer(_plain(new), [shell.say("caller_id.added", number=shown.e164)])


@caller_id.command()
@click.argument("number")
@answering
def verify(shell: Shell, number: str) -> Answer:
    """Record that the proof of assignment of NUMBER was checked now."""
    shown = telephone_number(shell, "NUMBER", number)
    at = shell.engine.clock()
    with shell.engine.store.write() as unit:
        if unit.setup.caller_id(shown.e164) is None:
            raise BadInputError(
                "NUMBER", shell.say("caller_id.unknown"), shell.say("caller_id.unknown_remedy")
            )
        unit.setup.verify_caller_id(shown.e164, at)
    document = {"number": shown.e164, "verified_at": at}
    return Answer(document, [shell.say("caller_id.verified", number=shown.e164)])


@caller_id.command("list")
@answering
def list_caller_ids(shell: Shell) -> Answer:
    """List the caller ids."""
    with shell.engine.store.read() as unit:
        rows = [_plain(each) for each in unit.setup.caller_ids()]
    columns = ["number", "assignee", "assigned_since", "verified_at", "letter"]
    return listing(shell, "caller_ids", rows, columns)


@caller_id.command()
@click.argument("number")
@answering
def show(shell: Shell, number: str) -> Answer:
    """Show one caller id and the state of its proof."""
    shown = telephone_number(shell, "NUMBER", number)
    with shell.engine.store.read() as unit:
        found = unit.setup.caller_id(shown.e164)
    if found is None:
        raise BadInputError(
            "NUMBER", shell.say("caller_id.unknown"), shell.say("caller_id.unknown_remedy")
        )
    document = _plain(found)
    return Answer(document, [f"{shell.say(f'column.{k}')}: {v}" for k, v in document.items()])


def _plain(shown: CallerId) -> dict[str, object]:
    return {
        "number": shown.number.e164,
        "assignee": shown.assignee,
        "assigned_since": shown.assigned_since,
        "verified_at": shown.verified_at,
        "letter": shown.letter,
    }
