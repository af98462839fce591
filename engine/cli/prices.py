"""``licite route prices``: what calls by a route cost; from a file, or from the carrier."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import click

from engine.cli.costs import prices_of
from engine.cli.errors import BadInputError
from engine.cli.inputs import text_of
from engine.cli.output import Answer, answering, table
from engine.cli.shell import Shell
from engine.cost import Money, PriceList, PriceRefused
from engine.interfaces.records import Route
from engine.journal import Json

OF_PRICES = ("currency", "prices", "price_step_s", "answered_share")
"The settings that make a price list (`engine.cost`)."


@click.command()
@click.argument("name")
@click.option("--file", type=click.Path(path_type=Path), help="Read the prices from this TOML.")
@click.option("--from-carrier", is_flag=True, help="Ask the carrier's price list (Twilio).")
@click.option("--save", is_flag=True, help="Keep them; else they are only shown.")
@answering
def prices(
    shell: Shell, /, name: str, file: Path | None, *, from_carrier: bool, save: bool
) -> Answer:
    """Show what calls by route NAME cost, by prefix; read other prices, and keep them.

    Estimates and costs are computed from them; docs/reference/routes.md says how they are written.
    """
    route = _known(shell, name)
    unknown: tuple[str, ...] = ()
    if file is not None and from_carrier:
        raise BadInputError(
            "--file", shell.say("cost.two_sources"), shell.say("cost.two_sources_remedy")
        )
    if file is not None:
        route = _with(shell, route, _read(shell, file))
    elif from_carrier:
        route, unknown = _quoted(shell, route)
    listed = prices_of(shell, route)
    if save:
        with shell.engine.store.write() as unit:
            unit.setup.change_route(route)
    return _answer(shell, route, listed, unknown, is_saved=save)


def _known(shell: Shell, name: str) -> Route:
    with shell.engine.store.read() as unit:
        route = unit.setup.route(name)
    if route is None:
        raise BadInputError("NAME", shell.say("route.unknown", name=name), "licite route list")
    return route


def _read(shell: Shell, file: Path) -> Mapping[str, Json]:
    try:
        told = tomllib.loads(text_of(shell, "--file", file))
    except tomllib.TOMLDecodeError as error:
        raise BadInputError("--file", f"{file}: {error}", shell.say("cost.written")) from error
    if foreign := [key for key in told if key not in OF_PRICES]:
        reason = shell.say("cost.no_such", name=foreign[0])
        raise BadInputError("--file", reason, shell.say("cost.written"))
    return told


def _with(shell: Shell, route: Route, told: Mapping[str, Json]) -> Route:
    """Return *route* with what was told instead of the prices it had."""
    try:
        PriceList.read(told)
    except PriceRefused as error:
        raise shell.unusable(error) from error
    kept = {key: value for key, value in route.settings.items() if key not in OF_PRICES}
    return replace(route, settings={**kept, **told})


def _quoted(shell: Shell, route: Route) -> tuple[Route, tuple[str, ...]]:
    if route.carrier != "twilio":
        raise BadInputError(
            "--from-carrier",
            shell.say("cost.untold", carrier=route.carrier),
            shell.say("cost.from_file"),
        )
    from engine.carriers.settings import SettingRefused
    from engine.carriers.twilio.client import Refused
    from engine.carriers.twilio.prices import quoted

    with shell.engine.store.read() as unit:
        shown = next((each.number.e164 for each in unit.setup.caller_ids()), "")
    try:
        answer = quoted(route, shown)
    except SettingRefused as error:
        raise shell.unusable(error) from error
    except (Refused, ConnectionError) as error:
        check = f"licite carrier check {route.name}"
        raise BadInputError("--from-carrier", str(error), check) from error
    kept = {key: value for key, value in route.settings.items() if key in OF_PRICES[2:]}
    told = {**kept, "currency": answer.currency, "prices": answer.prices}
    return _with(shell, route, told), answer.unknown


def _answer(
    shell: Shell, route: Route, listed: PriceList, unknown: tuple[str, ...], *, is_saved: bool
) -> Answer:
    rows = [
        (prefix, Money(price.minute, listed.currency), Money(price.call, listed.currency))
        for prefix, price in sorted(listed.prices.items())
    ]
    document = {
        "route": route.name,
        "prices": [
            {"prefix": prefix, "minute": minute.to_json(), "call": call.to_json()}
            for prefix, minute, call in rows
        ],
        "step_s": listed.step_s,
        "answered_share": str(listed.answered),
        "unknown": list(unknown),
        "saved": is_saved,
    }
    names = ("prefix", "minute", "call")
    drawn = table(*(shell.say(f"column.{name}") for name in names), rows=rows)
    shown = [drawn if rows else shell.say("cost.none", route=route.name)]
    if unknown:
        shown.append(shell.say("cost.unquoted", prefixes=", ".join(unknown)))
    shown.append(shell.say("cost.saved" if is_saved else "cost.unsaved"))
    return Answer(document, shown)
