"""``licite serve`` and ``licite voice``: the processes of the Procfile."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Sequence
from types import FrameType
from typing import NoReturn

import click

from engine.addresses import Addresses
from engine.cli.errors import BadInputError
from engine.cli.output import complaining
from engine.cli.rehearsing import (
    TWILIO_DOUBLE,
    VOICEPARTNER_DOUBLE,
    deposit_command,
    double_command,
    ensure_deposit_route,
    ensure_double_route,
    ensure_sandbox_route,
    local_address,
    sandbox_command,
)
from engine.cli.shell import Shell

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
    settings = shell.settings
    rehearse = rehearse or carrier is not None
    with complaining(shell):
        _insist_on_port(shell)
        if rehearse:
            shell.upgrade_store()
            ensure_sandbox_route(shell.engine.store)
        doubles = [_double(shell, carrier)] if carrier else []
        _insist_on_engine(shell)
    if not rehearse:
        _become(WEB)
    address = f"http://{settings.web_host}:{settings.web_port}"
    click.echo(shell.say("serve.rehearsing", address=address), err=True)
    if carrier:
        click.echo(shell.say(f"serve.{carrier.replace('-', '_')}", route=carrier), err=True)
    sys.exit(_run_together([sandbox_command(settings), *doubles, VOICE, WEB]))


def _double(shell: Shell, carrier: str) -> Sequence[str]:
    """Return what runs a carrier's double; the processes that follow are reached from here."""
    engine, settings = shell.engine, shell.settings
    public_url = local_address(settings)
    os.environ["LICITE_PUBLIC_URL"] = public_url  # for the children alone: ours are read
    if carrier == VOICEPARTNER_DOUBLE:
        return deposit_command(settings, ensure_deposit_route(engine.store, settings))
    route = ensure_double_route(engine.store, settings)
    return double_command(settings, route, Addresses(public_url, engine.keys))


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


def _insist_on_port(shell: Shell) -> None:
    """Complain when the port is taken: gunicorn would try again for ever.

    Or, worse, share it with the workers of another installation, which listen with SO_REUSEPORT.
    """
    address = (shell.settings.web_host, shell.settings.web_port)
    try:
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
    except OSError as error:
        reason = f"{address[0]}:{address[1]}: {error.strerror}"
        raise BadInputError(
            "LICITE_WEB_HOST, LICITE_WEB_PORT", reason, shell.say("serve.address")
        ) from error


def _become(command: Sequence[str]) -> NoReturn:
    """Replace this process, so that signals reach the one that matters."""
    sys.stdout.flush()
    os.execv(command[0], list(command))  # noqa: S606  # no shell is wanted


def _run_together(commands: Sequence[Sequence[str]]) -> int:
    """Run *commands* until one ends or a signal comes; end the others; return that status.

    Each has a process group of its own: Ctrl-C comes here, and they are told to end once.
    """
    signal.signal(signal.SIGTERM, _interrupt)
    children = [subprocess.Popen(command, process_group=0) for command in commands]
    try:
        _, status = os.wait()
        return os.waitstatus_to_exitcode(status) or 0
    except KeyboardInterrupt:
        return 0
    finally:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        for child in reversed(children):
            child.terminate()
        for child in children:
            child.wait()


def _interrupt(_number: int, _frame: FrameType | None) -> NoReturn:
    raise KeyboardInterrupt
