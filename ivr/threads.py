"""Threads in which blocking store work runs, away from the event loop; and its patience."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import ParamSpec, TypeVar

import structlog

from engine.interfaces import StoreUnavailable

#: Seconds between two attempts to write down what happened on a call.
STORE_PAUSE_S = 0.5

log = structlog.get_logger(__name__)

P = ParamSpec("P")
T = TypeVar("T")


class StoreThreads:
    """A few threads of one process: enough to keep calls going while the store commits."""

    def __init__(self, count: int = 4) -> None:
        self._pool = ThreadPoolExecutor(count, thread_name_prefix="store")
        self.is_closing = False
        "Set once nothing is waited for any more: what the store did not take is left to recovery."

    async def run(self, function: Callable[P, T], /, *arguments: P.args, **keywords: P.kwargs) -> T:
        """Return what *function* returns, raise what it raises."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._pool, lambda: function(*arguments, **keywords))

    async def insist(
        self, function: Callable[P, T], /, *arguments: P.args, **keywords: P.kwargs
    ) -> T:
        """Do store work however long the store is away; StoreUnavailable only on closing."""
        while True:
            try:
                return await self.run(function, *arguments, **keywords)
            except StoreUnavailable as error:
                if self.is_closing:
                    raise
                log.error("what happened waits to be written down", reason=str(error))
                await asyncio.sleep(STORE_PAUSE_S)

    def close(self) -> None:
        """Wait for the work under way, and end the threads."""
        self._pool.shutdown()
