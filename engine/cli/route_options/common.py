"""Options of several carriers, and what a carrier's module offers."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import click

from engine.cli.errors import BadInputError
from engine.cli.route_options.reach import REACH, reach
from engine.cli.shell import Shell
from engine.journal import Json

Given = Mapping[str, object]
"What was typed, by the option's name; what was not typed is not there, or `None`."


@dataclass(frozen=True, slots=True)
class CarrierOptions:
    """What ``licite route add`` takes for one carrier."""

    options: Sequence[click.Option]
    "Beside those of every carrier."
    settings: Callable[[Shell, Given], dict[str, Json]]
    "Makes the route's settings of what was given; raises BadInputError."


SECRET_FILE = click.Option(
    ["--secret-file"],
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="A file that holds the password, Auth Token or API key; only its path is stored.",
)


def web_address(text: str) -> str:
    """Return an address of a machine on the web, without a path."""
    parts = urlsplit(text)
    is_bare = parts.path in ("", "/") and not (parts.query or parts.fragment or parts.username)
    if parts.scheme not in ("http", "https") or not parts.hostname or not is_bare:
        raise click.BadParameter(f"{text!r} is no address; write it like https://api.example.org")
    return text.rstrip("/")


API_URL = click.Option(
    ["--api-url"], type=web_address, help="Where the carrier's API is, when not at the carrier's."
)

EVERY_CARRIER: Sequence[click.Option] = (
    click.Option(
        ["--calls-per-second"],
        type=click.FloatRange(0, min_open=True),
        help="How many calls may start a second.",
    ),
    click.Option(
        ["--calls-at-once"], type=click.IntRange(1), help="How many calls may be open at once."
    ),
    *REACH,
)


def settings(given: Given) -> dict[str, Json]:
    """Return the settings that every carrier's routes may have."""
    return {**plain(given, "calls_per_second", "calls_at_once"), **reach(given)}


def plain(given: Given, *names: str) -> dict[str, Json]:
    """Return what was given of *names*, as it was typed."""
    kept: dict[str, Json] = {}
    for name in names:
        value = given.get(name)
        if isinstance(value, str | int | float):
            kept[name] = value
    return kept


def secret(given: Given, name: str = "secret") -> dict[str, Json]:
    """Return where the secret called *name* lies, if it was said."""
    path = given.get(f"{name}_file")
    return {name: str(path.resolve())} if isinstance(path, Path) else {}


def need(shell: Shell, given: Given, *names: str) -> None:
    """Complain about the first of *names* that was not given."""
    for name in names:
        if name not in given:
            option = f"--{name.replace('_', '-')}"
            raise BadInputError(
                option, shell.say("route.missing"), shell.say("route.give", option=option)
            )
