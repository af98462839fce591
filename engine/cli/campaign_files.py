"""A campaign file and the callees beside it, opened for the operations."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from engine.campaign import CalleeRow, Campaign, RowProblem, parse_campaign, read_callees
from engine.cli.errors import BadInputError
from engine.cli.inputs import text_of
from engine.cli.shell import Shell


def read_campaign(shell: Shell, file: Path) -> Campaign:
    """Return the campaign that *file* defines, or complain about every field that is wrong."""
    parsed = parse_campaign(text_of(shell, "FILE", file), language=shell.say.language)
    if isinstance(parsed, Campaign):
        return parsed
    first, *others = parsed
    raise BadInputError(
        first.field or "FILE",
        first.reason,
        first.remedy,
        others=[(problem.field or "FILE", problem.reason, problem.remedy) for problem in others],
    )


@contextmanager
def callees_of(
    shell: Shell, file: Path, campaign: Campaign
) -> Iterator[Iterator[CalleeRow | RowProblem]]:
    """Hold the callees' file of *campaign* open, its path taken from the campaign's own."""
    if campaign.callees is None:
        raise BadInputError(
            "callees", shell.say("campaign.no_callees"), shell.say("campaign.no_callees_remedy")
        )
    path = file.parent / campaign.callees
    try:
        stream = path.open("rb")
    except OSError as error:
        raise BadInputError(
            "callees", f"{path}: {error.strerror}", shell.say("common.readable")
        ) from error
    with stream:
        yield read_callees(
            stream, consent_texts=campaign.consent_texts, language=shell.say.language
        )
