"""What a live call on a trunk may ask of its exchange."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.carriers.lines import TrunkLine
from engine.carriers.live import Line
from engine.sip import CallId

if TYPE_CHECKING:
    from engine.carriers.exchange import Exchange

#: Two people who were connected may talk for so long.
MAX_TALK_S = 3600.0


class Handle:
    """What a live call asks of its exchange (`engine.carriers.live.Line`)."""

    def __init__(self, exchange: Exchange, number: CallId, line: TrunkLine) -> None:
        self._exchange, self._number, self._line = exchange, number, line

    def play(self, payload: bytes, serial: int) -> None:
        """Send *payload*."""
        self._exchange.media.play(self._line.stream, payload, serial=serial)

    def fall_silent(self) -> None:
        """Send silence."""
        self._exchange.media.fall_silent(self._line.stream)

    def press(self, keys: str) -> bool:
        """Send *keys* under the payload type that the far end takes, if any."""
        if self._line.key_type is None:
            return False
        self._exchange.media.press(self._line.stream, keys, payload_type=self._line.key_type)
        return True

    def bridge(self, other: Line) -> None:
        """Let this call and another of the same port hear each other, for as long as they talk."""
        far = self._of_same_port(other)
        self._exchange.media.bridge(self._line.stream, far._line.stream)
        for handle in (self, far):
            self._exchange.guard(handle._line, MAX_TALK_S)

    def part(self, other: Line) -> None:
        """Let them hear us again, who may speak for as long as in any call."""
        far = self._of_same_port(other)
        self._exchange.media.part(self._line.stream, far._line.stream)
        for handle in (self, far):
            self._exchange.guard(handle._line)

    def _of_same_port(self, other: Line) -> Handle:
        if not isinstance(other, Handle) or other._exchange is not self._exchange:
            raise ValueError("only calls of one carrier can be bridged")
        return other

    def end(self) -> None:
        """Send BYE and stop the audio."""
        self._exchange.end(self._number)
