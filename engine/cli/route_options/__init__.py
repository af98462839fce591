"""What ``licite route add`` takes, a module a carrier.

A carrier's module names the options that it takes, and makes settings of what was given. An option
may be several carriers': `common` holds those. One that the chosen carrier does not take is
refused by name, so that no setting is typed in vain.
"""

from __future__ import annotations

from collections.abc import Mapping

import click

from engine.cli.errors import BadInputError
from engine.cli.route_options import common, trunk, twilio, voicepartner
from engine.cli.route_options.common import CarrierOptions, Given
from engine.cli.shell import Shell
from engine.journal import Json

CARRIERS: Mapping[str, CarrierOptions] = {
    "sandbox": trunk.SANDBOX,
    "trunk": trunk.TRUNK,
    "twilio": twilio.TWILIO,
    "voicepartner": voicepartner.VOICEPARTNER,
}


def every_option() -> list[click.Parameter]:
    """Return ``--carrier`` and the options of all carriers, each once."""
    carrier_option = click.Option(
        ["--carrier"], required=True, type=click.Choice(sorted(CARRIERS)), help="Whose it is."
    )
    named = {
        option.name: option
        for carrier in CARRIERS.values()
        for option in (*carrier.options, *common.EVERY_CARRIER)
    }
    return [carrier_option, *named.values()]


def settings_of(shell: Shell, carrier: str, given: Given) -> dict[str, Json]:
    """Return the settings of a new route; BadInputError on what cannot be used."""
    options = CARRIERS[carrier]
    taken = {option.name for option in (*options.options, *common.EVERY_CARRIER)}
    wanted = {name: value for name, value in given.items() if not _is_absent(value)}
    typed = {option.name or "": option.opts[0] for option in every_option()}
    if foreign := [name for name in wanted if name not in taken]:
        raise BadInputError(
            typed[foreign[0]],
            shell.say("route.not_this_carrier", carrier=carrier),
            shell.say("route.it_takes", options=", ".join(sorted(typed[n or ""] for n in taken))),
        )
    return {**common.settings(wanted), **options.settings(shell, wanted)}


def _is_absent(value: object) -> bool:
    return value is None or value == ()
