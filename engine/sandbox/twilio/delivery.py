"""How callbacks arrive: Twilio promises neither their order, nor that each comes once."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum


class Order(Enum):
    """How status and verdict callbacks are delivered."""

    IN_ORDER = "in_order"
    REVERSED = "reversed"  #: A call's statuses once it is over, the last first
    SHUFFLED = "shuffled"  #: A call's statuses once it is over, in any order
    TWICE = "twice"  #: Each two times, the second a little later
    LOSSY = "lossy"  #: Some never arrive
    HELD = "held"  #: When the test says so


Send = Callable[[], None]
_AGAIN_AFTER_S = 1.5


@dataclass(frozen=True, slots=True)
class Letter:
    """One callback that waits to leave."""

    call_sid: str
    send: Send
    is_verdict: bool = False


class Post:
    """Lets callbacks leave in the order that was chosen.

    A verdict keeps its place in REVERSED and SHUFFLED: what is said to the callee depends on it.
    """

    def __init__(
        self, order: Order, *, seed: int, loss: float, later: Callable[[float, Send], None]
    ) -> None:
        self._order, self._loss, self._later = order, loss, later
        self._random = random.Random(seed)  # noqa: S311  # a test repeats by its seed
        self._kept: list[Letter] = []
        self.lost = 0
        "How many never left."

    def take(self, letter: Letter) -> None:
        """Deliver a callback as the order has it."""
        match self._order:
            case Order.LOSSY if self._random.random() < self._loss:
                self.lost += 1
            case Order.HELD:
                self._kept.append(letter)
            case Order.REVERSED | Order.SHUFFLED if not letter.is_verdict:
                self._kept.append(letter)
            case Order.TWICE:
                letter.send()
                self._later(_AGAIN_AFTER_S, letter.send)
            case _:
                letter.send()

    def call_is_over(self, call_sid: str) -> None:
        """Let what was kept until the end of a call leave."""
        if self._order is not Order.HELD:
            self._leave([each for each in self._kept if each.call_sid == call_sid])

    def release(self, *, backwards: bool = False) -> int:
        """Let everything that is held leave; returns how many."""
        held = self._kept[::-1] if backwards else self._kept[:]
        self._kept.clear()
        for letter in held:
            letter.send()
        return len(held)

    def _leave(self, letters: list[Letter]) -> None:
        for letter in letters:
            self._kept.remove(letter)
        if self._order is Order.SHUFFLED:
            self._random.shuffle(letters)
        elif self._order is Order.REVERSED:
            letters.reverse()
        for letter in letters:
            letter.send()
