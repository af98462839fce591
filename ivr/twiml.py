"""TwiML: one node of a flow as one ``<Response>`` document, a pure function.

Twilio executes the document, and asks for the next one at the address that each verb names. What is
said is played, never spoken by Twilio: the bytes of the announcement are those that were approved,
and our prompts have one voice on every network.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from typing import Any, Protocol

from twilio.twiml.voice_response import VoiceResponse

from ivr.flow import Effect, Flow, Node
from ivr.flows import TRANSFER_LASTS_S, TRANSFER_RINGS_S
from ivr.turns import Part, Step, takes_keys

#: Seconds after a prompt's end in which a key is taken as pressed during it: until then nobody has
#: told us that it was played. The least that Twilio waits.
JUST_AFTER_S = 1

#: What a network is told of when everything of ours is broken: no word, so that nothing can be
#: recorded in a mailbox (it would be told of an "application error" otherwise).
HANG_UP = '<?xml version="1.0" encoding="UTF-8"?><Response><Hangup/></Response>'


#: Twilio's own builder, which has no types and takes whatever attribute it is given: the tests
#: hold every one against its signatures.
_new_response: Callable[[], Any] = VoiceResponse


class Around(Protocol):
    """What a document refers to."""

    def sound(self, prompt: str) -> str:
        """Return the address of a prompt's sound."""

    def onward(self, state: str, part: Part) -> str:
        """Return the address of the next turn, once a document took *state* as far as *part*."""

    @property
    def caller_id(self) -> str:
        """The number of the sender's own that a transfer shows, in E.164."""


def document(flow: Flow, step: Step, around: Around) -> str:
    """Return the document that plays where *step* leads, and asks for the next turn.

    Raises KeyError for a state that *flow* does not have.
    """
    response = _new_response()
    if step.state is None:
        response.hangup()
        return str(response)
    node = flow.node(step.state)
    if step.goes_on:
        _listen(response, node, around.onward(step.state, Part.WHOLE), node.timeout_s)
    elif node.effect is Effect.TRANSFER:
        _connect(response, node, around, step.state)
    elif takes_keys(node):
        _ask(response, node, around, step.state)
    else:
        _say(response, node, around, step.state)
    return str(response)


def _ask(response: Any, node: Node, around: Around, state: str) -> None:
    """Play, and take a key meanwhile or after; the end of what counts is told at once."""
    tells_end = node.played is not None and node.timeout_s > JUST_AFTER_S
    part = Part.PROMPTS if tells_end else Part.WHOLE
    timeout_s = JUST_AFTER_S if tells_end else node.timeout_s
    gather = _listen(response, node, around.onward(state, part), timeout_s)
    _play(gather.play, node.prompts, around)


def _listen(response: Any, node: Node, address: str, timeout_s: float) -> Any:
    """Take one key, any of them at once; where keys are gathered, up to ``#``."""
    keys = {"finish_on_key": "#"} if node.collects else {"finish_on_key": "", "num_digits": 1}
    return response.gather(
        input="dtmf",
        action=address,
        method="POST",
        timeout=max(JUST_AFTER_S, math.ceil(timeout_s)),
        action_on_empty_result=True,
        **keys,
    )


def _say(response: Any, node: Node, around: Around, state: str) -> None:
    """Play what no key cuts short; that it was played to its end is told by the next turn."""
    _play(response.play, node.prompts, around)
    if node.prompts:
        response.redirect(around.onward(state, Part.WHOLE), method="POST")
    response.hangup()


def _connect(response: Any, node: Node, around: Around, state: str) -> None:
    dial = response.dial(
        action=around.onward(state, Part.WHOLE),
        method="POST",
        caller_id=around.caller_id,
        timeout=TRANSFER_RINGS_S,
        time_limit=TRANSFER_LASTS_S,
        answer_on_bridge=True,
    )
    dial.number(node.target)


def _play(play: Callable[[str], object], prompts: Iterable[str], around: Around) -> None:
    for prompt in prompts:
        play(around.sound(prompt))
