"""Hold a call flow over a live SIP call."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from engine.interfaces import CallEvent, Happening, LiveCall
from engine.outcome import Outcome, further
from ivr.flow import Effect, Flow, Heard, Node, argument, node_name

#: What listening says, in the flow's own words.
HEARD = {
    Happening.MACHINE: Heard.MACHINE,
    Happening.PERSON: Heard.PERSON,
    Happening.UNSURE: Heard.UNSURE,
    Happening.SILENCE: Heard.NOBODY,
    Happening.BEEP: Heard.BEEP,
    Happening.GREETING_OVER: Heard.GREETING_OVER,
    Happening.TONES: Heard.TONES,
    Happening.FAX: Heard.FAX,
}

#: A greeting without a beep may have been a person's, if it held less speech than this.
SHORT_GREETING_MS = 3_500.0

#: Why an announcement that was played to its end is not known to have reached anybody.
GONE = "the far end was gone when we hung up"

#: Seconds between two keys of one number, after which it counts as complete.
BETWEEN_KEYS_S = 3.0


@dataclass(slots=True)
class Conversation:
    """What was said and done in one call, timed in seconds from the answer."""

    outcome: Outcome | None = None
    cause: str = ""
    steps: list[tuple[float, str]] = field(default_factory=list)
    "The nodes reached, and when: a second and a name."

    keys: list[tuple[float, str]] = field(default_factory=list)
    heard: list[tuple[float, str]] = field(default_factory=list)

    def come_to(self, outcome: Outcome | None) -> None:
        """Take *outcome*, unless what was achieved already says more."""
        self.outcome = further(self.outcome, outcome)

    def doubt(self) -> None:
        """Take back who was there to hear: the far end was gone when we hung up."""
        if self.outcome in (Outcome.DEPOSITED, Outcome.HEARD):
            self.outcome, self.cause = Outcome.DEPOSITED_UNCONFIRMED, GONE


Opted = Callable[[str], Awaitable[None]]
Wished = Callable[[], Awaitable[None]]
Transfer = Callable[[str], Awaitable[bool]]
"""Connects the call with a number (E.164) and returns once that is over: whether they talked.

It is cancelled when the callee presses a key that the node offers, or hangs up, ringing or talking:
it then lets go of the call at once and ends the other leg. The call's events are not its to read.
"""


async def hold(
    flow: Flow,
    call: LiveCall,
    *,
    prompt: Callable[[str], bytes],
    opt_out: Opted,
    call_me_back: Wished | None = None,
    transfer: Transfer | None = None,
) -> Conversation:
    """Run *flow* over *call* to its end, and hang up.

    *prompt* gives the A-law bytes of a prompt's name. *opt_out* is awaited as
    soon as a node with that effect is reached, with the number keyed (empty:
    the far end's own), and commits it before the confirmation is played; so is
    *call_me_back*. *transfer* connects the call; without it nobody is there.
    """
    talk = Conversation()
    acts = _Acts(prompt, opt_out, call_me_back, transfer)
    state: str | None = flow.entry
    last = flow.entry
    try:
        while state is not None:
            last = state
            state = await _turn(flow, state, call, talk, acts)
    finally:
        if not await call.hang_up():
            talk.doubt()
    await _take_last_keys(flow, last, call, talk, opt_out)
    return talk


async def _take_last_keys(
    flow: Flow, state: str, call: LiveCall, talk: Conversation, opt_out: Opted
) -> None:
    """Let a key that came as we hung up in *state* opt out: it is never too late for that."""
    while (event := await call.next_event(0)) and event.what is not Happening.ENDED:
        _write_down(event, talk)
        following = flow.next(state, event.digit) if event.what is Happening.KEY else None
        if following and (node := flow.node(following)).effect is Effect.OPT_OUT:
            talk.come_to(node.reached)
            await opt_out(argument(following))
            return


@dataclass(frozen=True, slots=True)
class _Acts:
    """What a conversation does besides listening."""

    prompt: Callable[[str], bytes]
    opt_out: Opted
    call_me_back: Wished | None
    transfer: Transfer | None


async def _turn(
    flow: Flow, state: str, call: LiveCall, talk: Conversation, acts: _Acts
) -> str | None:
    """Play one node and return the state that follows; `None` once the call is over."""
    node = flow.node(state)
    talk.steps.append((call.elapsed_s, node_name(state)))
    talk.come_to(node.reached)
    if node.effect is Effect.OPT_OUT:
        call.fall_silent()
        await acts.opt_out(argument(state))
    elif node.effect is Effect.CALL_ME_BACK and acts.call_me_back:
        call.fall_silent()
        await acts.call_me_back()
    if node.prompts:
        call.play(b"".join(map(acts.prompt, node.prompts)))
    if node.effect is Effect.TRANSFER:
        heard = await _connect(flow, state, call, talk, acts.transfer)
    else:
        heard = await _hear(flow, state, node, call, talk)
    return None if heard is None else flow.next(state, heard)


async def _connect(
    flow: Flow, state: str, call: LiveCall, talk: Conversation, transfer: Transfer | None
) -> str | Heard | None:
    """Connect the call with the node's target; what the callee does meanwhile comes first."""
    if transfer is None:
        return Heard.NOT_CONNECTED
    node = flow.node(state)
    connecting = asyncio.ensure_future(transfer(node.target))
    hearing = asyncio.ensure_future(_interrupted(node, call, talk))
    try:
        await asyncio.wait({connecting, hearing}, return_when=asyncio.FIRST_COMPLETED)
        if hearing.done():
            return hearing.result()
        return Heard.TALKED if connecting.result() else Heard.NOT_CONNECTED
    finally:
        connecting.cancel()
        hearing.cancel()
        await asyncio.gather(connecting, hearing, return_exceptions=True)


async def _interrupted(node: Node, call: LiveCall, talk: Conversation) -> str | None:
    """Wait for a key that *node* offers, or for the end of the call (`None`)."""
    while True:
        event = await call.next_event()
        if event is None:
            continue
        _write_down(event, talk)
        if event.what is Happening.ENDED:
            talk.cause = event.cause
            return None
        if event.what is Happening.KEY and event.digit in node.options:
            return event.digit


async def _hear(
    flow: Flow, state: str, node: Node, call: LiveCall, talk: Conversation
) -> str | Heard | None:
    """Wait for what moves the flow on; `None` when the call ended."""
    playing, gathered = bool(node.prompts), ""
    deadline = None if playing else time.monotonic() + node.timeout_s
    while True:
        event = await call.next_event(_left(deadline))
        if event is None:
            return gathered or Heard.NOTHING
        _write_down(event, talk)
        if event.what is Happening.ENDED:
            talk.cause = event.cause
            return None
        if event.what is Happening.PLAYED and playing:
            playing = False
            talk.come_to(node.played)
            if not gathered:
                deadline = time.monotonic() + node.timeout_s
        elif event.what is Happening.KEY:
            if not node.collects:
                if flow.minds(state, event.digit):
                    return event.digit
                continue
            if playing:
                call.fall_silent()
            if event.digit == "#":
                return gathered or Heard.OTHER
            gathered += event.digit
            deadline = time.monotonic() + BETWEEN_KEYS_S
        elif (heard := _meant(event)) and flow.minds(state, heard):
            return heard


def _meant(event: CallEvent) -> Heard | None:
    """Return what *event* means to a flow: a short greeting may be nobody's machine."""
    is_short = event.evidence.get("speech_ms", SHORT_GREETING_MS) < SHORT_GREETING_MS
    if event.what is Happening.GREETING_OVER and is_short:
        return Heard.UNSURE
    return HEARD.get(event.what)


def _left(deadline: float | None) -> float | None:
    return None if deadline is None else max(0.0, deadline - time.monotonic())


def _write_down(event: CallEvent, talk: Conversation) -> None:
    if event.what is Happening.KEY:
        talk.keys.append((event.at_s, event.digit))
    elif event.what is not Happening.PLAYED:
        talk.heard.append((event.at_s, event.what.value))
