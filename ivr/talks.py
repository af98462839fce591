"""A conversation by webhook at one turn: who speaks, to whom, in which flow."""

from __future__ import annotations

import re
import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import cache, lru_cache

import structlog

from engine import operations
from engine.addresses import Addresses
from engine.bootstrap import Engine
from engine.clearance import Sender
from engine.interfaces import Route, StoreUnavailable
from engine.interfaces.scenarios import ScenarioVersion
from engine.numbers import NumberRefused, parse
from ivr import flows
from ivr.effects import Effects
from ivr.flow import Flow, node_name
from ivr.scenarios import PROMPT, call_back_flow, drop_flow
from ivr.sounds import Voices
from ivr.speakers import Memory, Speaker, Speakers
from ivr.turns import Part

log = structlog.get_logger(__name__)

#: What a network sends as the number of a caller who withholds it (Twilio: "anonymous" and other
#: words, spelt on a telephone's keys).
WITHHELD = frozenset({"+266696687", "+7378742833", "+2562533", "+8656696", "+17378742883"})


#: ITU-T E.164, 6.
_E164 = re.compile(r"\+[1-9][0-9]{6,14}")


class AnotherCall(ValueError):
    """A request is about another call than its address was made for."""


@dataclass(frozen=True, slots=True)
class Asked:
    """One request for words, its signature checked."""

    route: Route
    told: Mapping[str, str] = field(repr=False)
    "The request's fields."
    state: str = ""
    turn: int = 0
    memory: Memory | None = None
    call_id: int | None = None
    "The drop's call; `None` for an inbound one."
    speaker: Speaker | None = field(default=None, repr=False)
    "Who speaks, by the first address of a call: for when the store is away."

    @property
    def sid(self) -> str:
        """The network's name of the call."""
        return self.told.get("CallSid", "")

    @property
    def pressed(self) -> str:
        """The keys that came; empty: none."""
        return self.told.get("Digits", "")

    @property
    def is_first(self) -> bool:
        """Tell whether no document of ours came before: the call begins, or was redirected."""
        return self.memory is None

    @property
    def is_sync(self) -> bool:
        """Tell whether the route says who answered before it asks anything."""
        return self.route.settings.get("amd") == "sync"


@dataclass(frozen=True, slots=True)
class Talk:
    """One conversation at one turn; what its documents refer to (`ivr.twiml.Around`)."""

    asked: Asked
    flow: Flow
    speaker: Speaker
    voices: Voices = field(repr=False)
    addresses: Addresses = field(repr=False)
    since_s: float
    "When the call was answered: seconds since 1970, the machine's clock."
    callee: str | None = field(repr=False)
    "Who is spoken to, in E.164; `None`: their number is withheld."
    scenario: ScenarioVersion | None = field(default=None, repr=False)
    "What keys lead to on a drop's call."

    @property
    def caller_id(self) -> str:
        """The sender's own number, in E.164."""
        return self.speaker.caller_id

    def sound(self, prompt: str) -> str:
        """Return the address of a prompt's sound."""
        return self.addresses.sound(self.asked.route.name, self.voices(prompt), datetime.now(UTC))

    def onward(self, state: str, part: Part) -> str:
        """Return the address of the next turn."""
        asked, name = self.asked, node_name(state)
        memory = Memory(part, state, asked.sid, self.since_s, self.speaker).to_text()
        route, turn = asked.route.name, asked.turn + 1
        if asked.call_id is None:
            return self.addresses.inbound(route, name, turn, about=memory)
        return self.addresses.answer(route, asked.call_id, name, turn, about=memory)

    def showing(self, caller_id: str) -> Talk:
        """Return the talk with another number of the sender's to show."""
        return replace(self, speaker=replace(self.speaker, caller_id=caller_id))


class Talks:
    """Finds out what a request is about: from its address, else from the store."""

    def __init__(self, engine: Engine, addresses: Addresses, effects: Effects) -> None:
        self._engine = engine
        self._addresses = addresses
        self._effects = effects
        self._speakers = Speakers(engine)
        self._scenario = lru_cache(maxsize=64)(self._load_scenario)

    def of_drop(self, asked: Asked) -> Talk | None:
        """Return a drop's talk; `None` for a call that is not the route's.

        Raises AnotherCall, StoreUnavailable.
        """
        memory = _remembered(asked)
        speaker = memory.speaker if memory else self._speaker(asked)
        if speaker is None:
            return None
        version = self._version(speaker)
        base = flows_of(is_sync=asked.is_sync)
        flow = drop_flow(version, speaker.sender, at=self._engine.clock(), base=base)
        prompts = version.prompts.items() if version else ()
        recorded = {f"{PROMPT}{name}": prompt.sha256 for name, prompt in prompts}
        talk = self._talk(asked, flow, speaker, recorded, number_of(asked.told.get("To", "")))
        return replace(talk, scenario=version)

    def of_call_back(self, asked: Asked) -> Talk | None:
        """Return an inbound call's talk; `None` when the number called is nobody's.

        Raises AnotherCall, StoreUnavailable.
        """
        memory = _remembered(asked)
        speaker = memory.speaker if memory else self._called(asked.told.get("To", ""))
        if speaker is None:
            return None
        caller, at = caller_of(asked.told), self._engine.clock()
        flow = call_back_flow(speaker.sender, at=at, withheld=caller is None)
        return self._talk(asked, flow, speaker, {}, caller)

    def sender_of(self, called: str) -> Sender | None:
        """Return whom a callee reaches at *called*; raises StoreUnavailable."""
        number = number_of(called)
        if number is None:
            return None
        return self._effects.soon(lambda: operations.sender_of(self._engine, number))

    def _talk(
        self,
        asked: Asked,
        flow: Flow,
        speaker: Speaker,
        recorded: Mapping[str, str],
        callee: str | None,
    ) -> Talk:
        since_s = asked.memory.since_s if asked.memory else time.time()
        voices = speaker.voices(recorded)
        return Talk(asked, flow, speaker, voices, self._addresses, since_s, callee)

    def _speaker(self, asked: Asked) -> Speaker | None:
        call_id = asked.call_id or 0
        try:
            found = self._effects.soon(lambda: self._speakers.of_call(call_id))
        except StoreUnavailable as error:
            if asked.speaker is None:
                raise
            log.error("a call begins without the store", call=call_id, reason=str(error))
            return replace(asked.speaker, scenario_id=None)  # its prompts are in the store
        if found is None or found[1].route != asked.route.name:
            log.warning("words were asked for a call that is not the route's", call=call_id)
            return None
        speaker, call = found
        if call.reference not in (None, asked.sid):
            raise AnotherCall("the call has another name")
        return speaker

    def _called(self, called: str) -> Speaker | None:
        sender = self.sender_of(called)
        if sender is None:
            log.warning("nobody's number was called", called=called[-2:])
            return None
        return Speaker(sender, sender.language, caller_id=number_of(called) or "")

    def _version(self, speaker: Speaker) -> ScenarioVersion | None:
        if speaker.scenario_id is None:
            return None
        scenario_id = speaker.scenario_id
        try:
            return self._effects.soon(lambda: self._scenario(scenario_id))
        except StoreUnavailable as error:  # 9 is offered all the same
            log.error("a call goes on without its scenario", reason=str(error))
            return None

    def _load_scenario(self, scenario_id: int) -> ScenarioVersion | None:
        with self._engine.store.read() as unit:
            return unit.scenarios.version(scenario_id)


@cache
def flows_of(*, is_sync: bool) -> Flow:
    """Return the flow of a drop over a network that says who answered first, or later."""
    return flows.drop() if is_sync else flows.drop_at_once()


def number_of(text: str) -> str | None:
    """Return a number that a network names, in E.164; `None` for what is none.

    A range that our plan does not know is no reason to lose an opt-out.
    """
    try:
        return parse(text).e164
    except NumberRefused:
        return text if _E164.fullmatch(text) else None


def caller_of(told: Mapping[str, str]) -> str | None:
    """Return who calls, in E.164; `None` when they withhold their number."""
    caller = told.get("From", "")
    return None if caller in WITHHELD or not caller.startswith("+") else number_of(caller)


def _remembered(asked: Asked) -> Memory | None:
    memory = asked.memory
    if memory is not None and memory.reference != asked.sid:
        raise AnotherCall("the address was given to another call")
    return memory
