"""``licite sender``: the organisations for whom messages are left."""

from __future__ import annotations

from dataclasses import asdict

import click

from engine.clearance import Sender
from engine.cli.adding import adding
from engine.cli.inputs import identifier, known_sender, words
from engine.cli.inputs import siren as to_siren
from engine.cli.output import Answer, answering, listing
from engine.cli.shell import Shell


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
@answering
def add(
    shell: Shell, sender_id: str, registered_name: str, siren: str, contact: str, language: str
) -> Answer:
    """Add a sender."""
    new = Sender(sender_id, registered_name, siren, contact, language)
    with adding(shell, "ID", sender_id) as unit:
        unit.setup.add_sender(new)
    return Answer(asdict(new), [shell.say("sender.added", id=sender_id)])


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
