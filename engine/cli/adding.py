"""Adding to the store under a name that may be taken."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from engine.cli.errors import BadInputError
from engine.cli.shell import Shell
from engine.interfaces.records import AlreadyThere
from engine.interfaces.store import UnitOfWork


@contextmanager
def adding(shell: Shell, field: str, name: str) -> Iterator[UnitOfWork]:
    """Hold a unit of work; complain about *field* when *name* is taken."""
    try:
        with shell.engine.store.write() as unit:
            yield unit
    except AlreadyThere as error:
        raise BadInputError(
            field, shell.say("common.taken", name=name), shell.say("common.taken_remedy")
        ) from error
