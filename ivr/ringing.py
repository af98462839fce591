"""Calls that ring: placed, and called off when the callee or the operator says so meanwhile."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Collection

from engine.interfaces import LiveCall, NotAnswered
from engine.outcome import Outcome

#: What a call is that was called off before anybody heard a word.
CALLED_OFF = NotAnswered(Outcome.CANCELLED, "called off")


class Ringing:
    """The calls of one voice process that nobody has answered yet, by their id."""

    def __init__(self) -> None:
        self._placing: dict[int, asyncio.Future[LiveCall | NotAnswered]] = {}
        self._called_off: set[int] = set()

    def __bool__(self) -> bool:
        """Tell whether any call rings."""
        return bool(self._placing)

    async def place(
        self, call_id: int, placing: Awaitable[LiveCall | NotAnswered]
    ) -> LiveCall | NotAnswered:
        """Return what *placing* comes to, or `CALLED_OFF`.

        A call that is answered as it is called off is hung up unheard.
        """
        self._placing[call_id] = asyncio.ensure_future(placing)
        try:
            reply = await self._placing[call_id]
        except asyncio.CancelledError:
            if call_id not in self._called_off:
                raise
            return CALLED_OFF
        else:
            if call_id not in self._called_off or isinstance(reply, NotAnswered):
                return reply
            await reply.hang_up()
            return CALLED_OFF
        finally:
            del self._placing[call_id]
            self._called_off.discard(call_id)

    def call_off(self, call_ids: Collection[int]) -> None:
        """Let those of *call_ids* that ring stop ringing; conversations go on."""
        for call_id in self._placing.keys() & set(call_ids):
            self._called_off.add(call_id)
            self._placing[call_id].cancel()
