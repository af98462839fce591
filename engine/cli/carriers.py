"""``licite carrier``: whether what carries our calls would carry them, and what its errors mean."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Sequence

import click

from engine.carriers.checks import Around, Check, Standing
from engine.cli.errors import BadInputError
from engine.cli.output import Answer, answering, table
from engine.cli.shell import Shell
from engine.interfaces.records import Route
from engine.routing import capabilities

CHECKS = {
    "sandbox": "engine.carriers.trunk_check",
    "trunk": "engine.carriers.trunk_check",
    "twilio": "engine.carriers.twilio.check",
    "voicepartner": "engine.carriers.voicepartner.check",
}
"Where each carrier's ``check(route, around)`` is; imported when it is asked for."


@click.group()
def carrier() -> None:
    """Carriers: their accounts, checked before a call leaves; their errors, explained."""


@carrier.command()
@click.argument("routes", metavar="[ROUTE]...", nargs=-1)
@answering
def check(shell: Shell, routes: Sequence[str]) -> Answer:
    """Check the account and the settings behind each ROUTE, or behind all of them.

    Nothing is changed at the carrier, and nobody is called. Exit status 1 when calls would fail.
    """
    found = [(route, each) for route in _chosen(shell, routes) for each in _checks(shell, route)]
    language = shell.say.language
    rows = [
        {
            "route": route.name,
            "name": each.name,
            "standing": each.standing.value,
            "said": each.said[language],
            "remedy": each.remedy.get(language, ""),
        }
        for route, each in found
    ]
    headings = (shell.say(f"column.{name}") for name in ("route", "state", "compared", "remedy"))
    drawn = table(
        *headings,
        rows=[
            (row["route"], shell.say(f"carrier.{row['standing']}"), row["said"], row["remedy"])
            for row in rows
        ],
    )
    is_failing = any(each.standing is Standing.FAILS for _, each in found)
    shown = [drawn] if rows else [shell.say("common.none")]
    return Answer({"checks": rows, "sound": not is_failing}, shown, refused=is_failing)


@carrier.command()
@click.argument("code", type=click.IntRange(1))
@answering
def explain(shell: Shell, code: int) -> Answer:
    """Say what an error CODE of Twilio's means, whose fault it is, and what to do next."""
    from engine.carriers.twilio.errors import meaning_of

    meaning, language = meaning_of(code), shell.say.language
    document = {
        "code": code,
        "said": meaning.said[language],
        "remedy": meaning.remedy[language],
        "outcome": meaning.outcome,
        "fault": meaning.fault,
    }
    said = f"{code}: {meaning.said[language]} ({meaning.outcome.value})"
    return Answer(document, [said, f"  -> {meaning.remedy[language]}"])


def _chosen(shell: Shell, names: Sequence[str]) -> list[Route]:
    with shell.engine.store.read() as unit:
        known = {route.name: route for route in unit.setup.routes()}
    for name in names:
        if name not in known:
            raise BadInputError("ROUTE", shell.say("route.unknown", name=name), "licite route list")
    return [known[name] for name in names] if names else list(known.values())


def _checks(shell: Shell, route: Route) -> Sequence[Check]:
    look: Callable[[Route, Around], Sequence[Check]]
    look = importlib.import_module(CHECKS[route.carrier]).check
    return look(route, _around(shell, route))


def _around(shell: Shell, route: Route) -> Around:
    """Return what the route is checked against: the numbers that may be shown on it."""
    engine = shell.engine
    with engine.store.read() as unit:
        known = unit.setup.caller_ids()
    may_show = capabilities(route).caller_ids
    shown = [each for each in known if may_show is None or each.number.e164 in may_show]
    return Around(engine.settings.public_url, engine.keys, shown)
