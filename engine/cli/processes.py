"""``licite serve`` and ``licite voice``: the processes of the Procfile."""

from __future__ import annotations

import os
import socket
import sys
from collections.abc import Mapping, Sequence
from typing import NoReturn

import click

from engine.addresses import Addresses
from engine.cli.errors import BadInputError
from engine.cli.output import complaining
from engine.cli.ports import TCP, UDP, why_taken
from engine.cli.rehearsing import (
    TWILIO_DOUBLE,
    VOICEPARTNER_DOUBLE,
    api_port,
    deposit_command,
    double_command,
    ensure_deposit_route,
    ensure_double_route,
    ensure_sandbox_route,
    local_address,
    sandbox_command,
    sandbox_port,
)
from engine.cli.shell import Shell
from engine.cli.together import run_together
from engine.journal import Json

WEB = (sys.executable, "-m", "gunicorn", "--config", "python:config.gunicorn")
VOICE = (sys.executable, "-m", "ivr")


@click.command()
@click.option("--rehearse", is_flag=True, help="With a voice process, on the sandbox network.")
@click.option(
    "--carrier",
    type=click.Choice([TWILIO_DOUBLE, VOICEPARTNER_DOUBLE]),
    help="Rehearse, and on a double of this carrier too: no account is needed.",
)
@click.pass_obj
def serve(shell: Shell, *, rehearse: bool, carrier: str | None) -> None:
    """Serve the API (LICITE_WEB_HOST, LICITE_WEB_PORT)."""
    with complaining(shell):
        _insist_on_web_port(shell)
        networks = _networks(shell, carrier) if rehearse or carrier else []
        _insist_on_engine(shell)
    if not networks:
        _become(WEB)
    address = f"http://{shell.settings.web_host}:{shell.settings.web_port}"
    click.echo(shell.say("serve.rehearsing", address=address), err=True)
    if carrier:
        click.echo(shell.say(f"serve.{carrier.replace('-', '_')}", route=carrier), err=True)
    healthz = f"{local_address(shell.settings)}/healthz"
    sys.exit(run_together(networks, WEB, VOICE, address=healthz))


def _networks(shell: Shell, carrier: str | None) -> list[Sequence[str]]:
    """Return what runs the networks of a rehearsal; the store gets the routes that lead there."""
    settings = shell.settings
    _insist_on_port(
        shell, settings.sip_host, settings.sip_port, UDP, field="LICITE_SIP_HOST, LICITE_SIP_PORT"
    )
    shell.upgrade_store()
    sandbox = ensure_sandbox_route(shell.engine.store)
    _insist_on_port(shell, "127.0.0.1", sandbox_port(sandbox), UDP, field="sandbox")
    doubles = [_double(shell, carrier)] if carrier else []
    return [sandbox_command(settings, sandbox), *doubles]


def _double(shell: Shell, carrier: str) -> Sequence[str]:
    """Return what runs a carrier's double; the processes that follow are reached from here."""
    engine, settings = shell.engine, shell.settings
    public_url = local_address(settings)
    os.environ["LICITE_PUBLIC_URL"] = public_url  # for the children alone: ours are read
    if carrier == VOICEPARTNER_DOUBLE:
        route: Mapping[str, Json] = ensure_deposit_route(engine.store, settings)
        command = deposit_command(settings, route)
    else:
        route = ensure_double_route(engine.store, settings)
        command = double_command(settings, route, Addresses(public_url, engine.keys))
    _insist_on_port(shell, "127.0.0.1", api_port(route), TCP, field=carrier)
    return command


@click.command()
@click.pass_obj
def voice(shell: Shell) -> None:
    """Run one voice process: it claims due drops, calls, and answers call-backs."""
    with complaining(shell):
        _insist_on_engine(shell)
    _become(VOICE)


def _insist_on_engine(shell: Shell) -> None:
    """Complain here about what would keep the process from starting, in the operator's words."""
    shell.engine.close()


def _insist_on_web_port(shell: Shell) -> None:
    """Complain when the port is taken: gunicorn would try again for ever.

    Or, worse, share it with the workers of another installation, which listen with SO_REUSEPORT.
    """
    settings, field = shell.settings, "LICITE_WEB_HOST, LICITE_WEB_PORT"
    _insist_on_port(shell, settings.web_host, settings.web_port, TCP, field=field)


def _insist_on_port(
    shell: Shell, host: str, port: int, kind: socket.SocketKind, *, field: str
) -> None:
    """Complain when a port is taken; *field* is the setting, or the route, that names it."""
    if reason := why_taken(host, port, kind):
        remedy = "serve.address" if field.startswith("LICITE_") else "serve.taken"
        raise BadInputError(field, reason, shell.say(remedy))


def _become(command: Sequence[str]) -> NoReturn:
    """Replace this process, so that signals reach the one that matters."""
    sys.stdout.flush()
    os.execv(command[0], list(command))  # noqa: S606  # no shell is wanted
