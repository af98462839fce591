"""What carriers report, taken durably: one commit for all that waits (group commit).

A carrier forgets a report once it was answered 2xx, so none is answered before its commit. A commit
costs the same for one row as for fifty: while one is on its way, whatever comes in waits together
for the next. The more that comes, the more a commit takes.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field

import structlog

from engine.interfaces import StoreUnavailable
from engine.reports import Report

log = structlog.get_logger(__name__)

#: Reports that one commit takes at the most.
MOST_AT_ONCE = 500
#: Reports that are kept for a store that is away; later ones are refused, and told again.
MOST_KEPT = 10_000


@dataclass(frozen=True, slots=True)
class _Waiting:
    reports: tuple[Report, ...]
    is_kept: bool
    "It is tried again when the store is away: nobody tells it twice."
    taken: Future[bool] = field(default_factory=Future)


class ReportInbox:
    """Takes reports from many threads and commits them from one.

    *commit* writes all of them or none, each event once; it raises StoreUnavailable.
    """

    def __init__(self, commit: Callable[[Sequence[Report]], object]) -> None:
        self._commit = commit
        self._waiting: deque[_Waiting] = deque()
        self._is_called = False
        "The thread is about to look at what waits: nobody needs to call it again before it did."
        self._committer = ThreadPoolExecutor(1, "report-inbox")

    def put(self, *reports: Report, keep: bool = False) -> Future[bool]:
        """Hand *reports* over; the future says whether they are committed.

        With *keep* they stay here, in memory, if the store is away: `retry` commits them.
        """
        waiting = _Waiting(reports, keep)
        self._waiting.append(waiting)
        if not self._is_called:  # two at once may both call: the second call finds nothing
            self._is_called = True
            self._committer.submit(self._take).add_done_callback(_say)
        return waiting.taken

    def retry(self) -> bool:
        """Commit what is kept; tell whether nothing is left."""
        return self._committer.submit(self._take_again).result()

    def close(self) -> None:
        """Commit what waits, and end the thread."""
        self._committer.submit(self._take)
        self._committer.shutdown()

    def _take_again(self) -> bool:
        self._take()
        return not self._waiting

    def _take(self) -> None:
        self._is_called = False  # before it looks: who comes from now on calls again
        self._take_waiting(len(self._waiting))

    def _take_waiting(self, count: int) -> None:
        """Try each of the *count* that wait once; a commit that breaks is its own batch's fault."""
        try:
            self._commit_batch()
        finally:
            if count > MOST_AT_ONCE:
                self._take_waiting(count - MOST_AT_ONCE)

    def _commit_batch(self) -> None:
        batch = self._batch()
        is_committed = False
        try:
            if batch:
                self._commit([report for waiting in batch for report in waiting.reports])
                is_committed = True
        except StoreUnavailable as error:
            log.error("reports wait for the store", count=len(batch), reason=str(error))
            self._waiting.extend(w for w in batch if w.is_kept and self._has_room())
        finally:
            for waiting in batch:
                if not waiting.taken.done():
                    waiting.taken.set_result(is_committed)

    def _has_room(self) -> bool:
        return len(self._waiting) < MOST_KEPT

    def _batch(self) -> list[_Waiting]:
        batch: list[_Waiting] = []
        while self._waiting and len(batch) < MOST_AT_ONCE:
            batch.append(self._waiting.popleft())
        return batch


def _say(taking: Future[None]) -> None:
    if (error := taking.exception()) is not None:
        log.error("reports were not committed", error=type(error).__name__)
