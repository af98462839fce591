"""Work of one process that goes on by itself, kept until it is over."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

T = TypeVar("T")


class Tasks:
    """Tasks that nobody waits for one by one: an event loop alone would forget them."""

    def __init__(self) -> None:
        self._open: set[asyncio.Task[Any]] = set()

    def __len__(self) -> int:
        return len(self._open)

    def start(self, work: Coroutine[Any, Any, T]) -> asyncio.Task[T]:
        """Let *work* begin; return its task."""
        task = asyncio.create_task(work)
        self._open.add(task)
        task.add_done_callback(self._open.discard)
        return task

    async def drain(self, within_s: float) -> None:
        """Give what is open now *within_s* seconds to end by itself."""
        if self._open:
            await asyncio.wait(set(self._open), timeout=within_s)

    async def over(self) -> None:
        """Wait until nothing is open any more, whatever it raised."""
        while self._open:
            await asyncio.gather(*self._open, return_exceptions=True)
