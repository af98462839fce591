"""The 2xx to an INVITE, whose retransmission is the user agent's own (RFC 3261, 13.3.1.4)."""

from __future__ import annotations

from collections.abc import Callable

from engine.sip.timers import T1, T2, Agenda, Alarm
from engine.sip.transaction import ServerTransaction


class Unacknowledged:
    """A 2xx of ours that goes out again until its ACK comes, for 64*T1 (13.3.1.4).

    *give_up* is called with its CSeq when none came; *wants_answer* says that the ACK must
    carry the answer to our offer.
    """

    def __init__(
        self,
        transaction: ServerTransaction,
        wire: bytes,
        *,
        agenda: Agenda,
        give_up: Callable[[int, float], None],
        wants_answer: bool,
        now: float,
    ) -> None:
        self.wants_answer = wants_answer
        self._agenda = agenda
        self._give_up = give_up
        self._transaction = transaction
        self._wire = wire
        self._interval_s = T1
        self._deadline = now + 64 * T1
        self._alarm = self._set(now)

    def stop(self) -> None:
        """The ACK came, or nobody cares."""
        self._alarm.cancel()

    def _set(self, now: float) -> Alarm:
        at = min(now + self._interval_s, self._deadline)
        return self._agenda.set(at, self._ring)

    def _ring(self, now: float) -> None:
        if now >= self._deadline:
            self._give_up(self._transaction.request.cseq.number, now)
            return
        self._transaction.repeat(self._wire, now)
        self._interval_s = min(self._interval_s * 2, T2)
        self._alarm = self._set(now)
