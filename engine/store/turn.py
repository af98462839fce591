"""Turns to write on SQLite: whoever waits goes before whoever has just written.

SQLite's write lock goes to whoever happens to ask at the right moment, which a busy process is
likelier to do than one that waits: an opt-out could wait for seconds. Here the next writer holds a
second lock, on a file beside the database, while it waits for the first; a process that has just
written must queue for that one like everybody else. Both locks end with the process that held them.
"""

from __future__ import annotations

import fcntl
import os
import random
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from engine.interfaces import StoreUnavailable

#: How long a unit of work waits for its turn to write.
PATIENCE_S = 20.0
#: The longest pause between two looks; jitter keeps waiting processes from looking in step.
LONGEST_PAUSE_S = 0.001

_random = random.SystemRandom()


@contextmanager
def next_turn(database_file: str | None) -> Iterator[None]:
    """Be the next to write, while the block runs; `None` (a database in memory) has no queue."""
    if not database_file or database_file == ":memory:":
        yield
        return
    descriptor = os.open(f"{database_file}-turn", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        wait_until(lambda: _is_locked(descriptor))
        yield
    finally:
        os.close(descriptor)


def _is_locked(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def wait_until(is_done: Callable[[], bool]) -> None:
    """Look again and again, with jitter; StoreUnavailable when patience ends."""
    deadline = time.monotonic() + PATIENCE_S
    while not is_done():
        if time.monotonic() > deadline:
            raise StoreUnavailable(
                f"another process kept the database for {PATIENCE_S:.0f} s: "
                "find it, or move to PostgreSQL"
            )
        time.sleep(_random.uniform(LONGEST_PAUSE_S / 8, LONGEST_PAUSE_S))
