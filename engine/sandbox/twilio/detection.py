"""Answering-machine detection: before anything is said, or meanwhile (Twilio: AMD)."""

from __future__ import annotations

from typing import Final

from engine.sandbox.twilio.callbacks import Callbacks
from engine.sandbox.twilio.callees import DETECTION_S
from engine.sandbox.twilio.calls import Call
from engine.sandbox.twilio.clock import Clock
from engine.sandbox.twilio.conversation import Conversation
from engine.sandbox.twilio.courses import Steps

#: Longer than any callee waits: no verdict comes.
_NEVER_S: Final = 86_400.0


class Detection:
    """Tells who answered, when a test says or when the callee lets it."""

    def __init__(self, clock: Clock, callbacks: Callbacks) -> None:
        self._clock, self._callbacks = clock, callbacks
        self.after_s: float | None = None
        "The delay of every verdict; `None`: the callee's own."

    def before(self, talk: Conversation, mode: str) -> Steps[None]:
        """Wait for the verdict in silence, as synchronous detection does."""
        verdict, after_s = self._judgement(talk, mode)
        yield from talk.wait(after_s if verdict else _NEVER_S)
        talk.call.answered_by, talk.call.verdict_s = verdict, talk.now_s

    def meanwhile(self, talk: Conversation, mode: str) -> None:
        """Tell the verdict when it falls, if the call still lasts."""
        call = talk.call
        verdict, after_s = self._judgement(talk, mode)

        def tell() -> None:
            if not call.is_over:
                call.answered_by, call.verdict_s = verdict, talk.now_s
                self._callbacks.tell_verdict(call)

        if verdict:
            self._clock.after(after_s, tell)

    def _judgement(self, talk: Conversation, mode: str) -> tuple[str, float]:
        timeout_s = float(talk.call.options.get("MachineDetectionTimeout") or DETECTION_S)
        verdict, after_s = talk.callee.judged(mode, timeout_s)
        return verdict, after_s if self.after_s is None else self.after_s


def told(call: Call) -> dict[str, str]:
    """Return what a request for a document tells of the verdict."""
    duration_ms = round((call.verdict_s or 0) * 1000)
    return {"AnsweredBy": call.answered_by, "MachineDetectionDuration": str(duration_ms)}
