"""One turn of a conversation by webhook: what was asked for, and where the flow goes.

Over a live call the flow is held by a loop that hears everything. Another network holds nothing: it
plays a document, and asks for the next one with the key that was pressed meanwhile. Each address
that we give it therefore says which state its document played, and how far (`Part`). Pure, as the
flows are: the same request leads to the same place, however often it comes.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import Enum

from engine.outcome import Outcome, further
from engine.reports import Verdict
from ivr.flow import Effect, Flow, Heard, Node

#: The keys of a telephone (RFC 4733, 3.2).
KEYS = frozenset("0123456789*#ABCD")

#: What the network's detection tells, in the flow's own words.
HEARD = {
    Verdict.PERSON: Heard.PERSON,
    Verdict.BEEP: Heard.BEEP,
    Verdict.GREETING_OVER: Heard.GREETING_OVER,
    Verdict.MACHINE: Heard.MACHINE,
    Verdict.UNSURE: Heard.UNSURE,
    Verdict.FAX: Heard.FAX,
}

#: The state in which a flow waits for the verdict, and for nothing else.
WAITING = "waiting"


class Part(Enum):
    """How far the document before has taken its state."""

    PROMPTS = "prompts"  #: Its prompts were played; the time for a key goes on
    WHOLE = "whole"  #: Its prompts were played, and the time for a key is over


@dataclass(frozen=True, slots=True)
class Step:
    """Where a turn leads."""

    state: str | None
    "`None`: hang up."
    heard: str | Heard | None = None
    "What led there: a key, gathered keys, or a `Heard`."
    came_to: Outcome | None = None
    "What the call has come to by it."
    goes_on: bool = False
    "The state is the one before: only the time for a key is left of it."
    is_number: bool = False
    "`heard` is a number that somebody keyed: never to be written down."


def enter(flow: Flow, state: str = "", heard: Heard | None = None) -> Step:
    """Return the step into *state* (empty: the flow's entry), or to where *heard* leads from it."""
    at = state or flow.entry
    if heard is None:
        return _reach(flow, Step(at))
    return _reach(flow, Step(flow.next(at, heard), heard, flow.node(at).reached))


def follow(flow: Flow, state: str, part: Part, pressed: str) -> Step:
    """Return where *pressed* (empty: no key came) leads from *state*.

    A key that the state offers nothing for, and does not mind, starts its prompts again: the
    network stopped playing at the key.
    """
    node = flow.node(state)
    if not pressed:
        return _in_silence(flow, state, part, node)
    came_to = node.played if part is Part.WHOLE and not node.prompts else None
    if node.collects:
        keyed = pressed if frozenset(pressed) <= KEYS else Heard.OTHER
        return _reach(flow, Step(flow.next(state, keyed), keyed, came_to, is_number=True))
    key = pressed if pressed in KEYS else Heard.OTHER
    if not flow.minds(state, key):
        return Step(state, key, came_to)
    return _reach(flow, Step(flow.next(state, key), key, came_to))


def after_transfer(flow: Flow, state: str, heard: Heard) -> Step:
    """Return where a transfer leads that came to *heard*: `TALKED` or `NOT_CONNECTED`."""
    return _reach(flow, Step(flow.next(state, heard), heard))


def judged(flow: Flow, step: Step, verdict: Verdict | None, *, is_late: bool) -> Step:
    """Return where *step* leads once the verdict is known, or will not come any more.

    A machine's is not taken here while it is fresh: the call is redirected as soon as it is told.
    """
    if step.state is None:
        return step
    if verdict is Verdict.FAX and Heard.FAX in flow.node(step.state).options:
        return _on(flow, step, Heard.FAX)
    if step.state != WAITING:
        return step
    if verdict in (Verdict.PERSON, Verdict.UNSURE):
        return _on(flow, step, HEARD[verdict])
    return _on(flow, step, Heard.UNSURE) if is_late else step


def takes_keys(node: Node) -> bool:
    """Tell whether a key, or silence, leads on from *node* to another."""
    keys = any(isinstance(thing, str) or thing is Heard.OTHER for thing in node.options)
    return keys or bool(node.collects) or node.otherwise is not None


def _in_silence(flow: Flow, state: str, part: Part, node: Node) -> Step:
    if part is Part.PROMPTS:
        return Step(state, came_to=node.played, goes_on=True)
    following = flow.next(state, Heard.NOTHING)
    return _reach(flow, Step(following, Heard.NOTHING, node.played))


def _on(flow: Flow, step: Step, heard: Heard) -> Step:
    """Return *step*, and then where *heard* leads."""
    at = step.state or flow.entry
    return _reach(flow, replace(step, state=flow.next(at, heard), heard=heard, goes_on=False))


def _reach(flow: Flow, step: Step) -> Step:
    """Return *step* with what reaching its state comes to."""
    reached = flow.node(step.state).reached if step.state is not None else None
    return replace(step, came_to=further(step.came_to, reached))


def effect_of(flow: Flow, step: Step) -> Effect | None:
    """Return what reaching the state of *step* does outside the conversation."""
    if step.state is None or step.goes_on:
        return None
    return flow.node(step.state).effect
