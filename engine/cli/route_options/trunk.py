"""Options of SIP trunks, and of the sandbox, which is one."""

from __future__ import annotations

from functools import partial

import click

from engine.cli.errors import BadInputError
from engine.cli.inputs import host, ip_address
from engine.cli.route_options.common import SECRET_FILE, CarrierOptions, Given, plain, secret
from engine.cli.shell import Shell
from engine.journal import Json

OPTIONS = (
    click.Option(
        ["--host"], type=host, help="A trunk's or sandbox's address, by default 127.0.0.1."
    ),
    click.Option(["--port"], type=click.IntRange(1, 65535), help="By default 5060; sandbox: 5090."),
    click.Option(
        ["--inbound-from"],
        type=ip_address,
        multiple=True,
        help="A further IP address from which the trunk calls us; may be repeated.",
    ),
    click.Option(["--domain"], help="The SIP domain, where it differs from the host."),
    click.Option(["--username"], help="For digest authentication."),
    SECRET_FILE,
)


def _settings(shell: Shell, given: Given, *, port: int) -> dict[str, Json]:
    if ("username" in given) != ("secret_file" in given):
        raise BadInputError(
            "--username", shell.say("route.half_credentials"), shell.say("route.credentials")
        )
    here: dict[str, Json] = {"host": "127.0.0.1", "port": port}
    inbound_from = given.get("inbound_from")
    if isinstance(inbound_from, tuple):
        here["inbound_from"] = [str(address) for address in inbound_from]
    return {**here, **plain(given, "host", "port", "domain", "username"), **secret(given)}


TRUNK = CarrierOptions(OPTIONS, partial(_settings, port=5060))  # RFC 3261, 19.1.2
SANDBOX = CarrierOptions(OPTIONS, partial(_settings, port=5090))
