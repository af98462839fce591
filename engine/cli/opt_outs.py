"""``licite opt-out``: the suppression register, by sender."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

import click

from engine import operations
from engine.cli.errors import BadInputError
from engine.cli.inputs import identifier, known_sender, telephone_number
from engine.cli.output import Answer, answering, listing, table
from engine.cli.shell import Shell
from engine.numbers import NumberRefused, parse

LONGEST_LINE = 1000


@click.group("opt-out")
def opt_out() -> None:
    """Opt-outs: who is never called again, and for whom."""


@opt_out.command()
@click.argument("number")
@click.option("--sender", "sender_id", required=True, type=identifier)
@answering
def add(shell: Shell, number: str, sender_id: str) -> Answer:
    """Never call NUMBER again for the sender; takes effect at once."""
    callee = telephone_number(shell, "NUMBER", number)
    with shell.engine.store.read() as unit:
        known_sender(shell, unit, sender_id)
    is_new = operations.opt_out(
        shell.engine, sender_id, callee.e164, channel="console", at=shell.engine.clock()
    )
    shell.seal()
    said = "opt_out.added" if is_new else "opt_out.already"
    document = {"number": callee.masked, "sender": sender_id, "new": is_new}
    return Answer(document, [shell.say(said, number=callee.masked, sender=sender_id)])


@opt_out.command("list")
@answering
def list_registers(shell: Shell) -> Answer:
    """Show the size of each sender's register (it holds keyed hashes, not numbers)."""
    with shell.engine.store.read() as unit:
        rows: list[dict[str, object]] = [
            {"sender": each.id, "suppressed": unit.suppressions.count(each.id)}
            for each in unit.setup.senders()
        ]
    return listing(shell, "registers", rows, ["sender", "suppressed"])


@opt_out.command()
@click.argument("number")
@answering
def check(shell: Shell, number: str) -> Answer:
    """Say for which senders NUMBER is suppressed; exit status 1 when there is one."""
    callee = telephone_number(shell, "NUMBER", number)
    with shell.engine.store.read() as unit:
        senders = [each.id for each in unit.setup.senders()]
    held = [s for s in senders if operations.is_opted_out(shell.engine, s, callee.e164)]
    said = shell.say("opt_out.held", number=callee.masked, senders=", ".join(held))
    free = shell.say("opt_out.free", number=callee.masked)
    document = {"number": callee.masked, "suppressed_for": held}
    return Answer(document, [said if held else free], refused=bool(held))


@opt_out.command("import")
@click.argument("source", metavar="FILE", type=click.Path(path_type=Path))
@click.option("--sender", "sender_id", required=True, type=identifier)
@answering
def import_file(shell: Shell, source: Path, sender_id: str) -> Answer:
    """Suppress every number of FILE: one a line, or the first column of a CSV."""
    with shell.engine.store.read() as unit:
        known_sender(shell, unit, sender_id)
    added, already, problems = 0, 0, []
    for line, number in _numbers(shell, _lines(shell, source)):
        if isinstance(number, dict):
            problems.append({"line": line, **number})
        elif operations.opt_out(
            shell.engine, sender_id, number, channel="import", at=shell.engine.clock()
        ):
            added += 1
        else:
            already += 1
    shell.seal()
    headings = (shell.say(f"column.{name}") for name in ("line", "reason", "remedy"))
    shown = table(*headings, rows=[(p["line"], p["reason"], p["remedy"]) for p in problems])
    counted = shell.say("opt_out.imported", added=added, already=already, problems=len(problems))
    document = {"added": added, "already": already, "problems": problems}
    return Answer(document, [counted, *([shown] if problems else [])], refused=bool(problems))


def _lines(shell: Shell, source: Path) -> Iterator[tuple[int, str]]:
    """Give each line with its number, never more than `LONGEST_LINE` of it."""
    try:
        with source.open(encoding="utf-8-sig", errors="replace") as file:
            number = 0
            while text := file.readline(LONGEST_LINE):
                number += 1
                yield number, text
    except OSError as error:
        raise BadInputError(
            "FILE", f"{source}: {error.strerror}", shell.say("common.readable")
        ) from error


def _numbers(
    shell: Shell, lines: Iterable[tuple[int, str]]
) -> Iterator[tuple[int, str | dict[str, str]]]:
    """Give the number in E.164 of each line, or what is wrong with it; a header is passed over."""
    for line, text in lines:
        first = text.replace(";", ",").partition(",")[0].strip().strip('"')
        if not first or (line == 1 and not any(character.isdigit() for character in first)):
            continue
        try:
            yield line, parse(first).e164
        except NumberRefused as error:
            language = shell.say.language
            yield line, {"reason": error.reason(language), "remedy": error.remedy(language)}
