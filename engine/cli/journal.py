"""``licite journal``: recompute the journal, and say whether anybody altered it."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import click

from engine import operations
from engine.cli.errors import BadInputError
from engine.cli.output import Answer, answering
from engine.cli.shell import Shell


@click.group()
def journal() -> None:
    """The journal: append-only, provable."""


@journal.command()
@click.option(
    "--heads",
    type=click.Path(path_type=Path),
    help="Signed heads kept elsewhere; by default, those beside the database.",
)
@answering
def verify(shell: Shell, heads: Path | None) -> Answer:
    """Recompute every leaf, node, root and signature; exit status 1 when anything is wrong."""
    if heads is not None and not heads.is_file():
        raise BadInputError(
            "--heads", shell.say("common.no_file", path=heads), shell.say("common.readable")
        )
    engine = shell.engine
    verdict = operations.verify_journal(
        engine.store, engine.keys.signer.public_key, heads or engine.settings.heads_path
    )
    root = verdict.root.hex()
    document = {
        "verified": verdict.is_sound,
        "entries": verdict.entries,
        "root": root,
        "heads": verdict.heads,
        "waiting": verdict.waiting,
        "purged": [asdict(purge) for purge in verdict.purged],
        "problems": [asdict(problem) for problem in verdict.problems],
        "problem_count": verdict.problem_count,
    }
    said = "journal.sound" if verdict.is_sound else "journal.unsound"
    counted = shell.say("journal.counted", entries=verdict.entries, root=root, heads=verdict.heads)
    purged = [
        shell.say("journal.purged", on=purge.on, under=purge.under, entries=purge.entries)
        for purge in verdict.purged
    ]
    problems = [f"  {problem}" for problem in verdict.problems]
    waiting = [shell.say("journal.waiting", count=verdict.waiting)] if verdict.waiting else []
    shown = [shell.say(said), *problems, *purged, counted, *waiting]
    return Answer(document, shown, refused=not verdict.is_sound)
