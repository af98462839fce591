"""Options that say what a route can carry, and when its calls fare too badly to go on."""

from __future__ import annotations

from collections.abc import Mapping

import click

from engine.health import GuardsRefused, Share, route_guards
from engine.journal import Json
from engine.numbers import NumberRefused, parse
from engine.routing import GROUPS, is_prefix


def _prefix(text: str) -> str:
    """Return a prefix in E.164, or the name of a group of the numbering plan."""
    if not is_prefix(text):
        groups = ", ".join(GROUPS)
        raise click.BadParameter(f"{text!r} is no prefix; write +336, or one of {groups}")
    return text


def _number(text: str) -> str:
    """Return a caller id in E.164."""
    try:
        return parse(text).e164
    except NumberRefused as error:
        raise click.BadParameter(f"{error}; write it like +33162000001") from error


def _guard(text: str) -> str:
    """Return ``short=0.1``, checked."""
    name, _, share = text.partition("=")
    try:
        route_guards("trunk", {"guards": {name: float(share)}})
    except (GuardsRefused, ValueError) as error:
        names = ", ".join(share.value for share in Share)
        raise click.BadParameter(
            f"{text!r} is no guard; write short=0.1, a share from 0 to 1 of {names}"
        ) from error
    return text


#: For every carrier.
REACH = (
    click.Option(
        ["--prefix", "prefixes"],
        type=_prefix,
        multiple=True,
        help="Numbers that it serves: +336, metropole_mobile, metropole_landline, overseas…;"
        " may be repeated. By default all.",
    ),
    click.Option(
        ["--caller-id", "caller_ids"],
        type=_number,
        multiple=True,
        help="A caller id that it may show; may be repeated. By default all.",
    ),
    click.Option(
        ["--guard", "guards"],
        type=_guard,
        multiple=True,
        help="Pause campaigns above a share of its calls, like short=0.1; may be repeated.",
    ),
)

#: For carriers that deposit without ringing.
LANDLINES = click.Option(
    ["--landlines"],
    is_flag=True,
    default=None,
    help="Serve landlines too, which ring, on a route that deposits directly.",
)


def reach(given: Mapping[str, object]) -> dict[str, Json]:
    """Return the settings that these options make."""
    kept: dict[str, Json] = {}
    for name in ("prefixes", "caller_ids"):
        listed = given.get(name)
        if isinstance(listed, tuple):
            kept[name] = [str(text) for text in listed]
    guards = given.get("guards")
    if isinstance(guards, tuple):
        pairs = [str(text).partition("=") for text in guards]
        kept["guards"] = {name: float(share) for name, _, share in pairs}
    if given.get("landlines") is True:
        kept["landlines"] = True
    return kept
