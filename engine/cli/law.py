"""``licite law``: the rulebook in force, and how it applies to one callee now."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import click

from engine.cli.errors import BadInputError
from engine.cli.explaining import explain
from engine.cli.output import Answer, answering, table
from engine.cli.shell import Shell
from engine.law import Law, Parameter, RulesInForce, Version

PARIS = ZoneInfo("Europe/Paris")


@click.group()
def law() -> None:
    """The rulebook: dated parameters, each with its reference."""


law.add_command(explain)


@law.command()
@answering
def show(shell: Shell) -> Answer:
    """Show the rules in force today."""
    return _rules(shell, Law.load().at(datetime.now(UTC).astimezone(PARIS).date()))


@law.command()
@click.argument("day", metavar="DATE", type=click.DateTime(["%Y-%m-%d"]))
@answering
def at(shell: Shell, day: datetime) -> Answer:
    """Show the rules in force on DATE (2026-08-11)."""
    book = Law.load()
    if day.date() < book.earliest():
        raise BadInputError(
            "DATE", shell.say("law.too_early"), shell.say("law.earliest", day=book.earliest())
        )
    return _rules(shell, book.at(day.date()))


def _rules(shell: Shell, rules: RulesInForce) -> Answer:
    pairs = list(rules)
    shown = table(
        *(shell.say(f"law.{name}") for name in ("rule", "title", "value", "article", "since")),
        rows=[
            (
                parameter.rule,
                parameter.title[shell.say.language],
                _brief(version.value),
                f"{version.reference} ({shell.say('law.' + version.standing.value)})",
                version.since,
            )
            for parameter, version in pairs
        ],
    )
    headline = shell.say("law.in_force", day=rules.day, count=len(pairs))
    document = {"day": rules.day, "rules": [_plain(*pair) for pair in pairs]}
    return Answer(document, [headline, shown])


def _plain(parameter: Parameter, version: Version) -> dict[str, object]:
    return {
        "name": parameter.name,
        "rule": parameter.rule,
        "title": dict(parameter.title),
        "value": version.value,
        "from": version.since,
        "to": version.until,
        "published": version.published,
        "reference": version.reference,
        "source": version.source,
        "last_checked": version.last_checked,
        "confidence": version.confidence,
        "standing": version.standing,
        "note": version.note,
    }


def _brief(value: object) -> str:
    """Return *value* in one line, long lists by their number of entries."""
    match value:
        case dict():
            return ", ".join(f"{name}: {_brief(part)}" for name, part in value.items())
        case list() if len(value) > 6:
            return f"{', '.join(_brief(part) for part in value[:4])}, … ({len(value)})"
        case list():
            return ", ".join(_brief(part) for part in value)
        case _:
            return str(value)
