"""``licite route``: the ways for calls to leave."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import click

from engine.cli.adding import adding
from engine.cli.errors import BadInputError
from engine.cli.inputs import host as to_host
from engine.cli.inputs import identifier, ip_address
from engine.cli.output import Answer, answering, listing
from engine.cli.shell import Shell
from engine.interfaces.records import Route
from engine.journal import Json

PORTS = {"trunk": 5060, "sandbox": 5090}
"Where a carrier is called by default (RFC 3261, 19.1.2; the sandbox's own)."


@click.group()
def route() -> None:
    """Routes: the SIP trunks by which calls leave, and the sandbox."""


@route.command()
@click.argument("name", type=identifier)
@click.option("--carrier", required=True, type=click.Choice(["sandbox", "trunk"]))
@click.option(
    "--host", type=to_host, default="127.0.0.1", show_default=True, help="The trunk's address."
)
@click.option("--port", type=click.IntRange(1, 65535), help="By default 5060; sandbox: 5090.")
@click.option(
    "--inbound-from", type=ip_address, multiple=True,
    help="A further IP address from which the trunk calls us; may be repeated.",
)  # fmt: skip
@click.option("--domain", help="The SIP domain, where it differs from the host.")
@click.option("--username", help="For digest authentication.")
@click.option(
    "--secret-file", type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="A file that holds the password; only its path is stored.",
)  # fmt: skip
@click.option("--calls-per-second", type=click.FloatRange(0, min_open=True))
@click.option("--calls-at-once", type=click.IntRange(1))
@answering
def add(
    shell: Shell,
    /,
    name: str,
    carrier: str,
    secret_file: Path | None,
    inbound_from: Sequence[str],
    **settings: Json,
) -> Answer:
    """Add a route.

    Calls are taken from the host's own address and from those given by --inbound-from only.
    """
    if inbound_from:
        settings["inbound_from"] = [*inbound_from]
    if (settings["username"] is None) != (secret_file is None):
        raise BadInputError(
            "--username", shell.say("route.half_credentials"), shell.say("route.credentials")
        )
    if secret_file is not None:
        settings["secret"] = str(secret_file.resolve())
    if settings["port"] is None:
        settings["port"] = PORTS[carrier]
    kept = {name: value for name, value in settings.items() if value is not None}
    new = Route(name, carrier, kept)
    with adding(shell, "NAME", name) as unit:
        unit.setup.add_route(new)
    return Answer(_plain(new), [shell.say("route.added", name=name)])


@route.command("list")
@answering
def list_routes(shell: Shell) -> Answer:
    """List the routes."""
    with shell.engine.store.read() as unit:
        rows = [_plain(each) for each in unit.setup.routes()]
    return listing(shell, "routes", rows, ["name", "carrier", "host", "port", "username"])


@route.command()
@click.argument("name")
@answering
def show(shell: Shell, name: str) -> Answer:
    """Show one route."""
    with shell.engine.store.read() as unit:
        found = unit.setup.route(name)
    if found is None:
        raise BadInputError("NAME", shell.say("route.unknown", name=name), "licite route list")
    document = {"name": found.name, "carrier": found.carrier, **found.settings}
    lines = [f"{key}: {value}" for key, value in document.items()]
    return Answer(document, lines)


def _plain(route: Route) -> dict[str, object]:
    known = {"host": None, "port": None, "username": None}
    return {"name": route.name, "carrier": route.carrier, **known, **route.settings}
