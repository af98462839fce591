"""Calls that other networks conduct: each holds one of our lines until it is told over."""

from __future__ import annotations

import asyncio
from collections.abc import Collection


class UnderWay:
    """The calls of one voice process that a carrier took over, by their id."""

    def __init__(self) -> None:
        self._over: dict[int, asyncio.Event] = {}
        self._is_closing = False

    @property
    def ids(self) -> frozenset[int]:
        """The calls that are not known to be over."""
        return frozenset(self._over)

    async def until_over(self, call_id: int) -> None:
        """Wait until a call is over, or until nothing is waited for any more."""
        if self._is_closing:
            return
        self._over[call_id] = asyncio.Event()
        try:
            await self._over[call_id].wait()
        finally:
            del self._over[call_id]

    def are_over(self, call_ids: Collection[int]) -> None:
        """Let those of *call_ids* that are waited for be over."""
        for call_id in self._over.keys() & set(call_ids):
            self._over[call_id].set()

    def close(self) -> None:
        """Wait for nothing any more: the calls go on, and any voice process takes their reports."""
        self._is_closing = True
        self.are_over(self._over.keys())
