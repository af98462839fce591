"""``licite sender``: the organisations for whom messages are left."""

from __future__ import annotations

from dataclasses import asdict

import click

from engine.campaign import FieldProblem
from engine.clearance import Sender
from engine.cli.adding import adding
from engine.cli.errors import BadInputError
from engine.cli.inputs import identifier, known_sender, words
from engine.cli.inputs import siren as to_siren
from engine.cli.output import Answer, answering, listing
from engine.cli.shell import Shell
from engine.reception import HoursRefused, parse_hours
from engine.scenario import check_target


@click.group()
def sender() -> None:
    """Senders: the organisations for whom messages are left."""


@sender.command()
@click.argument("sender_id", metavar="ID", type=identifier)
@click.option(
    "--name", "registered_name", required=True, type=words, help="As registered, said in messages."
)
@click.option("--siren", required=True, type=to_siren)
@click.option(
    "--contact", required=True, type=words, help="Postal or e-mail address for objections."
)
@click.option("--language", type=click.Choice(["fr", "en"]), default="fr", show_default=True)
@click.option(
    "--reception", metavar="NUMBER", help="Where whoever rings back and presses 2 is connected."
)
@click.option(
    "--reception-hours", metavar="HOURS", help="mon-fri 09:00-12:30 13:30-18:00; without: always."
)
@answering
def add(
    shell: Shell,
    sender_id: str,
    registered_name: str,
    siren: str,
    contact: str,
    language: str,
    reception: str | None,
    reception_hours: str | None,
) -> Answer:
    """Add a sender."""
    number = _reception(shell, reception, reception_hours)
    new = Sender(sender_id, registered_name, siren, contact, language, number, reception_hours)
    with adding(shell, "ID", sender_id) as unit:
        unit.setup.add_sender(new)
    return Answer(asdict(new), [shell.say("sender.added", id=sender_id)])


@sender.command()
@click.argument("sender_id", metavar="ID")
@click.argument("number", required=False)
@click.option("--hours", metavar="HOURS", help="mon-fri 09:00-12:30 13:30-18:00; without: always.")
@answering
def reception(shell: Shell, sender_id: str, number: str | None, hours: str | None) -> Answer:
    """Set where whoever rings back and presses 2 is connected; without NUMBER, nowhere."""
    target = _reception(shell, number, hours)
    with shell.engine.store.write() as unit:
        known_sender(shell, unit, sender_id)
        unit.setup.set_reception(sender_id, target, hours)
    document = {"id": sender_id, "reception": target, "reception_hours": hours}
    return listing(shell, "sender", [document], list(document))


def _reception(shell: Shell, number: str | None, hours: str | None) -> str | None:
    """Return the reception's number in E.164, or complain about it or about its hours."""
    language = shell.say.language
    if hours is not None:
        if number is None:
            reason, remedy = shell.say("sender.hours_alone"), shell.say("sender.hours_remedy")
            raise BadInputError("--reception-hours", reason, remedy)
        try:
            parse_hours(hours)
        except HoursRefused as refused:
            reason, remedy = refused.reason(language), refused.remedy(language)
            raise BadInputError("--reception-hours", reason, remedy) from refused
    if number is None:
        return None
    target = check_target("--reception", number, language=language)
    if isinstance(target, FieldProblem):
        raise BadInputError(target.field, target.reason, target.remedy)
    return target.e164


@sender.command("list")
@answering
def list_senders(shell: Shell) -> Answer:
    """List the senders."""
    with shell.engine.store.read() as unit:
        rows = [asdict(each) for each in unit.setup.senders()]
    return listing(shell, "senders", rows, ["id", "registered_name", "siren", "contact"])


@sender.command()
@click.argument("sender_id", metavar="ID")
@answering
def show(shell: Shell, sender_id: str) -> Answer:
    """Show one sender, its caller ids and the size of its suppression register."""
    with shell.engine.store.read() as unit:
        found = known_sender(shell, unit, sender_id)
        numbers = [c.number.e164 for c in unit.setup.caller_ids() if c.assignee == sender_id]
        suppressed = unit.suppressions.count(sender_id)
    document = {**asdict(found), "caller_ids": numbers, "suppressed": suppressed}
    return listing(shell, "sender", [document], list(document))
