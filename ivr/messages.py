"""Text messages to one of a sender's numbers: a STOP opts out, whatever its wording."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import structlog
from twilio.twiml.messaging_response import MessagingResponse

from ivr import texts
from ivr.effects import Effects
from ivr.talks import Talks, caller_of

log = structlog.get_logger(__name__)

#: What Twilio writes in ``OptOutType`` when it answered a STOP by itself (Advanced Opt-Out).
_STOP = "STOP"

_new_response: Callable[[], Any] = MessagingResponse  # Twilio's builder has no types


class Messages:
    """Takes the text messages of one web process."""

    def __init__(self, talks: Talks, effects: Effects) -> None:
        self._talks = talks
        self._effects = effects

    def take(self, told: Mapping[str, str]) -> str:
        """Return the document that answers a message: a confirmation, once, or nothing.

        Where Twilio has answered already a second message would only cost the callee's patience;
        and after its own STOP Twilio would not deliver it. Raises StoreUnavailable where the
        sender cannot be found out: the message is then sent to us again.
        """
        response, said = _new_response(), told.get("OptOutType", "")
        number = caller_of(told)
        sender = self._talks.sender_of(told.get("To", ""))
        if sender is None or number is None:
            log.warning("a text message for nobody, or from nobody")
        elif said == _STOP or texts.is_opt_out(told.get("Body", "")):
            is_new = self._effects.opt_out(sender.id, number, "sms")
            if is_new is not False and not said:
                response.message(texts.reply(sender.registered_name, sender.language))
        else:
            log.info("a text message is left without an answer", sender=sender.id)
        return str(response)
