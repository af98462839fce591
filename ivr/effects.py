"""What a turn by webhook does besides talking: opt-outs, wishes, transfers, and what is reported.

Each is committed before the turn is answered. A callee is never kept waiting for a store that is
away: what it does not take soon is kept, on disk or in memory, and delivered once it is back.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as NotInTime
from contextlib import suppress
from typing import TypeVar

import structlog

from engine import operations
from engine.bootstrap import Engine
from engine.interfaces import StoreUnavailable
from engine.reports import Report
from ivr.inbox import ReportInbox
from ivr.spool import Spool, SpooledOptOut

log = structlog.get_logger(__name__)

T = TypeVar("T")

#: What the store is granted before a turn is answered without it; Twilio waits for 5 s.
WITHIN_S = 2.0
#: Seconds between two attempts to deliver what was kept.
RETRY_S = 1.0
_THREADS = 16


class Effects:
    """What the turns of one web process do to the store."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._spool = Spool(engine.settings.data_dir / "opt_outs.spool")
        self._kept: deque[Callable[[], object]] = deque()
        self._threads = ThreadPoolExecutor(_THREADS, "webhook")
        self._delivering = threading.Lock()
        self._closing = threading.Event()
        self.inbox = ReportInbox(lambda reports: operations.receive(engine, reports))

    def soon(self, work: Callable[[], T]) -> T:
        """Return what *work* returns; raises StoreUnavailable when the store takes too long."""
        return self._result(self._threads.submit(work))

    def _result(self, future: Future[T]) -> T:
        try:
            return future.result(WITHIN_S)
        except NotInTime:
            raise StoreUnavailable(f"the store did not answer within {WITHIN_S:g} s") from None

    def report(self, *reports: Report) -> None:
        """Commit what a turn tells; it is kept and tried again when the store is away."""
        try:
            if self._result(self.inbox.put(*reports, keep=True)):
                return
        except StoreUnavailable as error:
            log.error("a turn waits to be written down", reason=str(error))
        self._deliver_later()

    def opt_out(self, sender_id: str, number: str, channel: str) -> bool | None:
        """Commit an opt-out; tell whether it was new, `None` when it is kept on disk for now.

        While anything is kept nobody is dialled. Opting out twice does no harm.
        """
        at, engine = self._engine.clock(), self._engine
        try:
            return self.soon(
                lambda: operations.opt_out(engine, sender_id, number, channel=channel, at=at)
            )
        except OSError as error:  # the store is away, or the disk is in a bad way
            log.error("the store did not take an opt-out; it is kept", reason=str(error))
        self._spool.keep(SpooledOptOut(sender_id, number, channel, at))
        self._deliver_later()
        return None

    def insist(self, work: Callable[[], object]) -> None:
        """Let *work* be done soon, or once the store is back; twice must do no harm."""
        try:
            self.soon(work)
        except StoreUnavailable as error:
            log.error("what a callee did waits to be written down", reason=str(error))
            self._kept.append(work)
            self._deliver_later()

    def _deliver_later(self) -> None:
        """Start delivering what was kept, unless that is going on."""
        if self._delivering.acquire(blocking=False):
            threading.Thread(target=self._deliver, name="webhook-delivery", daemon=True).start()

    def _deliver(self) -> None:
        try:
            while not self._closing.wait(RETRY_S) and not self.deliver():
                pass
        finally:
            self._delivering.release()
        if not ((self._spool.is_empty and not self._kept) or self._closing.is_set()):
            self._deliver_later()  # one more came as the last was delivered

    def deliver(self) -> bool:
        """Commit what was kept, opt-outs first; tell whether nothing is left."""
        try:
            self._spool.deliver(self._take)
        except OSError as error:
            log.warning("opt-outs are still kept on disk", reason=str(error))
        try:
            self._do_kept()
        except StoreUnavailable as error:
            log.warning("what callees did is still kept in memory", reason=str(error))
        return self.inbox.retry() and not self._kept and self._spool.is_empty

    def _do_kept(self) -> None:
        """Do what was kept in memory; raises StoreUnavailable."""
        while self._kept:
            work = self._kept.popleft()
            try:
                work()
            except StoreUnavailable:
                self._kept.appendleft(work)
                raise

    def _take(self, kept: SpooledOptOut) -> None:
        operations.opt_out(
            self._engine, kept.sender_id, kept.number, channel=kept.channel, at=kept.at
        )

    def close(self) -> None:
        """Commit what waits, and end the threads."""
        self._closing.set()
        with self._delivering:
            pass  # a delivery that had begun
        with suppress(StoreUnavailable):
            self._do_kept()
        self.inbox.close()
        self._threads.shutdown(wait=False, cancel_futures=True)
