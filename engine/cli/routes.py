"""``licite route``: the ways for calls to leave."""

from __future__ import annotations

import click

from engine.cli.adding import adding
from engine.cli.errors import BadInputError
from engine.cli.inputs import identifier
from engine.cli.output import Answer, answering, listing
from engine.cli.prices import prices
from engine.cli.route_options import every_option, settings_of
from engine.cli.shell import Shell
from engine.interfaces.records import Route


@click.group()
def route() -> None:
    """Routes: the trunks and accounts by which calls leave, and the sandbox."""


route.add_command(prices)


@route.command(params=every_option())
@click.argument("name", type=identifier)
@answering
def add(shell: Shell, /, name: str, carrier: str, **given: object) -> Answer:
    """Add a route; each carrier takes its own options (docs/reference/routes.md).

    A trunk's calls are taken from its host's own address and from those given by --inbound-from
    only.
    """
    new = Route(name, carrier, settings_of(shell, carrier, given))
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
