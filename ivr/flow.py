"""A call flow: what we say to whoever answers, and what their answer leads to.

A flow is a Mealy machine. `Flow.node` says what to play and what to wait for;
`Flow.next` names the state that follows. It does no input or output, keeps no
state of its own and knows no carrier: a state is a node's name, followed by
``/`` and the number that the callee keyed where the node speaks of one, so a
webhook can carry it in an address and a live call in a variable.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from enum import Enum

from engine.outcome import Outcome


class Heard(Enum):
    """What came from the far end, apart from a key."""

    NOTHING = "nothing"  #: The prompts are over, and no key came in time
    OTHER = "other"  #: A key that this node offers nothing for
    PERSON = "person"  #: A person answered
    MACHINE = "machine"  #: A machine answered, and still greets
    UNSURE = "unsure"  #: A person or a machine: nobody can tell yet
    NOBODY = "nobody"  #: Answered, and no word was said
    BEEP = "beep"  #: The end-of-greeting beep is over
    GREETING_OVER = "greeting_over"  #: A greeting ended, and no beep followed
    TONES = "tones"  #: Busy, congestion or information tones
    FAX = "fax"  #: A fax machine
    TALKED = "talked"  #: A transfer was answered, and is over
    NOT_CONNECTED = "not_connected"  #: A transfer came to nothing


class Effect(Enum):
    """What reaching a node does outside the conversation."""

    OPT_OUT = "opt_out"  #: The callee is never called again for this sender
    CALL_ME_BACK = "call_me_back"  #: The callee asked the sender's people to ring
    TRANSFER = "transfer"  #: The callee is connected with `Node.target`


@dataclass(frozen=True, slots=True)
class Node:
    """One turn of the conversation."""

    prompts: tuple[str, ...] = ()
    "Names of what is played, in order; a key cuts it short. ``{}`` is the state's argument."

    options: Mapping[str | Heard, str] = field(default_factory=dict)
    "The state that each key, or each thing heard, leads to."

    otherwise: str | None = None
    "The state that silence or an unoffered key leads to; `None` hangs up."

    timeout_s: float = 0.0
    "Seconds to wait for a key once the prompts are over."

    collects: str = ""
    "A pattern: keys are gathered up to ``#`` or silence, and must match it as a whole."

    collected: str = ""
    "The state that gathered keys lead to; they become its argument."

    effect: Effect | None = None
    "What reaching this node does at once, before anything is played; a transfer plays nothing."

    target: str = ""
    "Whom a transfer connects with, in E.164."

    reached: Outcome | None = None
    "What the call has come to when this node is reached."

    played: Outcome | None = None
    "What the call has come to when the prompts were played to their end."


@dataclass(frozen=True, slots=True)
class Flow:
    """A call flow, checked whole when it is built.

    Raises ValueError when a node leads to one that does not exist.
    """

    name: str
    nodes: Mapping[str, Node]
    entry: str

    def __post_init__(self) -> None:
        missing = sorted({node_name(state) for state in self._targets()} - set(self.nodes))
        if missing:
            raise ValueError(f"Flow {self.name!r} leads to missing nodes: {missing}")

    def _targets(self) -> Iterator[str]:
        yield self.entry
        for node in self.nodes.values():
            yield from node.options.values()
            yield from filter(None, (node.otherwise, node.collected))

    def node(self, state: str) -> Node:
        """Return the node of *state*, its prompts spelled out.

        Raises KeyError for a state that this flow does not have.
        """
        name, _, argument = state.partition("/")
        node = self.nodes[name]
        prompts = tuple(prompt.format(argument) for prompt in node.prompts)
        return replace(node, prompts=prompts)

    def minds(self, state: str, heard: str | Heard) -> bool:
        """Tell whether *heard* changes anything in *state*; what does not is ignored."""
        node = self.node(state)
        if isinstance(heard, str):
            return bool(heard in node.options or Heard.OTHER in node.options or node.otherwise)
        return heard is Heard.NOTHING or heard in node.options

    def next(self, state: str, heard: str | Heard) -> str | None:
        """Return the state that follows, or `None` to hang up.

        *heard* is a key, gathered keys where the node collects, or a `Heard`. Gathered keys that
        are an option of the node lead where it says.
        """
        node = self.node(state)
        if node.collects and isinstance(heard, str) and heard not in node.options:
            fits = re.fullmatch(node.collects, heard)
            return f"{node.collected}/{heard}" if fits else node.otherwise
        if isinstance(heard, str) and heard not in node.options:
            heard = Heard.OTHER
        following = node.options.get(heard, node.otherwise)
        return _carry_argument(state, following)


def node_name(state: str) -> str:
    """Return the name of the node that *state* stands for."""
    return state.partition("/")[0]


def argument(state: str) -> str:
    """Return the number that *state* speaks of, or an empty string."""
    return state.partition("/")[2]


def _carry_argument(state: str, following: str | None) -> str | None:
    """Hand the argument of *state* on to a following state written ``name/``."""
    if following is None or not following.endswith("/"):
        return following
    return following + argument(state)
