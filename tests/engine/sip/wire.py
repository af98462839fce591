"""Two or more user agents on a wire with a virtual clock, for tests."""

from __future__ import annotations

import heapq
import itertools
import random
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from engine.sip import Event, Invited, UserAgent, answer, offer
from engine.sip.compose import Address

A, B = ("192.0.2.1", 5060), ("192.0.2.2", 5060)
CALLEE = f"sip:+33612345678@{B[0]}"
CALLER = "+33940000001"

Fate = Callable[[bytes], Iterable[float]]
"What the wire does to a datagram: a delay in seconds for each copy that arrives."


def prompt(_: bytes) -> Iterable[float]:
    """Deliver once, a millisecond later."""
    return (0.001,)


def unreliable(seed: int, *, loss: float, duplication: float = 0.1, jitter_s: float = 0.2) -> Fate:
    """Lose, duplicate and reorder, the same way for the same seed."""
    chance = random.Random(seed)

    def fate(_: bytes) -> Iterable[float]:
        if chance.random() < loss:
            return ()
        copies = 2 if chance.random() < duplication else 1
        return [0.001 + chance.random() * jitter_s for _ in range(copies)]

    return fate


@dataclass(frozen=True, slots=True)
class Sent:
    """One datagram, as it left."""

    at: float
    source: Address
    destination: Address
    data: bytes

    @property
    def start(self) -> str:
        return self.data.split(b"\r\n")[0].decode()

    @property
    def method(self) -> str:
        """The method, or the code of a response."""
        first, second = self.start.split(" ")[:2]
        return second if first == "SIP/2.0" else first


class Wire:
    """Carries datagrams between agents and lets their timers fire, in virtual time."""

    def __init__(self, agents: dict[Address, UserAgent], fate: Fate = prompt) -> None:
        self.agents = agents
        self.fate = fate
        self.now = 0.0
        self.sent: list[Sent] = []
        self.events: dict[Address, list[Event]] = {address: [] for address in agents}
        self.on_event: Callable[[Address, Event], None] = lambda address, event: None
        self._flying: list[tuple[float, int, Sent]] = []
        self._count = itertools.count()

    def collect(self) -> None:
        """Take what the agents want to send and to tell."""
        moved = True
        while moved:
            moved = False
            for address, agent in self.agents.items():
                for data, destination in agent.datagrams_to_send():
                    moved = True
                    self._fly(Sent(self.now, address, destination, data))
                while (event := agent.next_event()) is not None:
                    moved = True
                    self.events[address].append(event)
                    self.on_event(address, event)

    def run(self, until: float) -> None:
        """Let everything happen up to the instant *until*."""
        self.collect()
        while (at := self._next()) is not None and at <= until:
            self.now = max(self.now, at)
            self._deliver()
            for agent in self.agents.values():
                agent.handle_timeout(self.now)
            self.collect()
        self.now = until

    def methods(self, source: Address) -> list[str]:
        """What *source* sent, by method or code."""
        return [sent.method for sent in self.sent if sent.source == source]

    def _fly(self, sent: Sent) -> None:
        self.sent.append(sent)
        for delay_s in self.fate(sent.data):
            heapq.heappush(self._flying, (self.now + delay_s, next(self._count), sent))

    def _next(self) -> float | None:
        instants = [agent.next_timeout() for agent in self.agents.values()]
        flying = [self._flying[0][0]] if self._flying else []
        return min([at for at in instants if at is not None] + flying, default=None)

    def _deliver(self) -> None:
        while self._flying and self._flying[0][0] <= self.now:
            sent = heapq.heappop(self._flying)[2]
            agent = self.agents.get(sent.destination)
            if agent is not None:
                agent.receive_datagram(sent.data, sent.source, self.now)


def a_wire(fate: Fate = prompt) -> Wire:
    return Wire({A: UserAgent(A), B: UserAgent(B)}, fate)


def a_call(wire: Wire) -> int:
    """A calls B."""
    return wire.agents[A].invite(
        CALLEE, B, caller_id=CALLER, domain="trunk.example", sdp=offer(A[0], 4000), now=wire.now
    )


def accepting(wire: Wire) -> Callable[[Address, Event], None]:
    """B answers every call at once."""

    def on_event(address: Address, event: Event) -> None:
        if isinstance(event, Invited) and event.sdp is not None:
            local = answer(event.sdp, address[0], 5000)
            assert local is not None
            wire.agents[address].accept(event.call, local, wire.now)

    return on_event


def an_answered_call() -> tuple[Wire, int, int]:
    """A wire, and the same call as A and B name it, one second after it was answered."""
    wire = a_wire()
    wire.on_event = accepting(wire)
    ours = a_call(wire)
    wire.run(1.0)
    invited = wire.events[B][0]
    assert isinstance(invited, Invited)
    return wire, ours, invited.call


def kinds(events: Sequence[Event]) -> list[str]:
    return [type(event).__name__ for event in events]
