"""``licite api-key``: the keys by which operators' programs launch campaigns."""

from __future__ import annotations

import click

from engine.cli.errors import BadInputError
from engine.cli.inputs import identifier, known_sender
from engine.cli.output import Answer, answering, listing
from engine.cli.shell import Shell


@click.group("api-key")
def api_key() -> None:
    """API keys: each launches campaigns for one sender only."""


@api_key.command()
@click.option("--sender", "sender_id", required=True, type=identifier)
@click.option("--label", required=True, help="What it is for, to know which to revoke.")
@answering
def add(shell: Shell, sender_id: str, label: str) -> Answer:
    """Make a key; it is shown once and kept only as a hash."""
    at = shell.engine.clock()
    with shell.engine.store.write() as unit:
        known_sender(shell, unit, sender_id)
        token = unit.access.add_key(sender_id, label, at)
    document = {"token": token, "sender": sender_id, "label": label}
    return Answer(document, [token, shell.say("api_key.once")])


@api_key.command("list")
@answering
def list_keys(shell: Shell) -> Answer:
    """List the keys, without their secret."""
    with shell.engine.store.read() as unit:
        known = unit.access.keys()
        rows = [
            {
                "id": key.id,
                "sender": key.sender_id,
                "label": key.label,
                "created_at": key.created_at,
                "revoked_at": key.revoked_at,
            }
            for key in known
        ]
    return listing(shell, "api_keys", rows, ["id", "sender", "label", "created_at", "revoked_at"])


@api_key.command()
@click.argument("key_id", metavar="ID")
@answering
def revoke(shell: Shell, key_id: str) -> Answer:
    """Make the key ID useless, at once."""
    at = shell.engine.clock()
    with shell.engine.store.write() as unit:
        known = unit.access.keys()
        if key_id not in {key.id for key in known}:
            raise BadInputError(
                "ID", shell.say("api_key.unknown", id=key_id), shell.say("api_key.unknown_remedy")
            )
        unit.access.revoke(key_id, at)
    return Answer({"id": key_id, "revoked_at": at}, [shell.say("api_key.revoked", id=key_id)])
