"""Which call a packet belongs to, when all calls share one port."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from ipaddress import IPv4Address

NOBODY = -1  #: Stands for "no slot"

BEHIND_NAT_S = 1.0
"""Seconds of silence from its own source after which a call may be heard from another port."""

_KEYS_A_CALL = 4  # sources remembered for a call whose SSRC changes
_KEYS_OVER = 4096  # sources of ended calls whose last packets may still arrive

Key = tuple[int, int]


def source_of(host: str, port: int) -> int:
    """Return an IPv4 address and port as one number; ValueError for another kind of host."""
    return int(IPv4Address(host)) << 16 | port


@dataclass(slots=True)
class _Expected:
    """What a call's packets should look like."""

    source: int
    ssrc: int | None
    since: float
    latched: deque[Key] = field(default_factory=lambda: deque(maxlen=_KEYS_A_CALL))


class Sources:
    """Finds calls by (source, SSRC): the source from the far end's SDP, the SSRC as it comes.

    Several calls may share a source (a far end with one port, as we are). Then a declared SSRC
    decides (RFC 5576), or which of them has heard nothing yet. What stays ambiguous is nobody's.
    A call that its own source leaves in silence is heard from another port of the same host (a
    far end behind a NAT), until its own source speaks or a call is announced at that port.
    """

    def __init__(self) -> None:
        self._calls: dict[int, _Expected] = {}
        self._slots_at: dict[int, list[int]] = {}  # by source
        self._slots_on: dict[int, list[int]] = {}  # by host
        self._slot_of: dict[Key, int] = {}
        self._over: dict[Key, None] = {}
        self._guessed: dict[int, Key] = {}  # by source: latched for want of a better one

    def open(self, slot: int, *, source: int, ssrc: int | None = None, now: float) -> None:
        """Expect a call's packets from *source*, with *ssrc* when the far end declared it."""
        self._unguess(self._guessed.get(source))
        self._calls[slot] = _Expected(source, ssrc, now)
        self._slots_at.setdefault(source, []).append(slot)
        self._slots_on.setdefault(_host(source), []).append(slot)

    def move(self, slot: int, *, source: int, ssrc: int | None = None, now: float) -> None:
        """Expect a call's packets from another source from now on."""
        if self._calls[slot].source != source:
            self._forget(slot)
            self.open(slot, source=source, ssrc=ssrc, now=now)

    def close(self, slot: int) -> None:
        """Forget a call; its last packets are nobody's."""
        self._over.update(dict.fromkeys(self._forget(slot)))
        while len(self._over) > _KEYS_OVER:
            del self._over[next(iter(self._over))]

    def find(self, keys: Iterable[Key]) -> list[int]:
        """Return the slot of each (source, SSRC), `NOBODY` where none is known yet."""
        known = self._slot_of
        return [known.get(key, NOBODY) for key in keys]

    def learn(self, source: int, ssrc: int, now: float) -> int:
        """Return the slot that an unknown (source, SSRC) must belong to, or `NOBODY`."""
        key = (source, ssrc)
        if key in self._slot_of:
            return self._slot_of[key]
        slot = NOBODY if key in self._over else self._owner(source, ssrc, now)
        if slot != NOBODY:
            self._latch(slot, key)
        return slot

    def _latch(self, slot: int, key: Key) -> None:
        call = self._calls[slot]
        if key[0] == call.source:
            for guess in [known for known in call.latched if known[0] != call.source]:
                self._unguess(guess)
        else:
            self._guessed[key[0]] = key
        if len(call.latched) == _KEYS_A_CALL:
            oldest = call.latched.popleft()
            self._guessed.pop(oldest[0], None)
            del self._slot_of[oldest]
        call.latched.append(key)
        self._slot_of[key] = slot

    def _unguess(self, key: Key | None) -> None:
        """Take a guess back: its packets belong to somebody else, or to nobody."""
        if key is not None and key in self._slot_of:
            self._calls[self._slot_of.pop(key)].latched.remove(key)
            del self._guessed[key[0]]

    def _forget(self, slot: int) -> Iterable[Key]:
        call = self._calls.pop(slot)
        _remove(self._slots_at, call.source, slot)
        _remove(self._slots_on, _host(call.source), slot)
        for key in call.latched:
            del self._slot_of[key]
            self._guessed.pop(key[0], None)
        return call.latched

    def _owner(self, source: int, ssrc: int, now: float) -> int:
        at_source = self._slots_at.get(source, [])
        if len(at_source) == 1:
            return at_source[0]  # whatever its SSRC, which may change (RFC 3550, 8.2)
        possible = at_source or self._long_unheard(source, now)
        silent = [slot for slot in possible if not self._calls[slot].latched]
        declared = [slot for slot in silent if self._calls[slot].ssrc == ssrc]
        undeclared = [slot for slot in silent if self._calls[slot].ssrc is None]
        if declared:
            return declared[0]
        return undeclared[0] if len(undeclared) == 1 else NOBODY

    def _long_unheard(self, source: int, now: float) -> list[int]:
        """Return the calls of the same host that may be behind a NAT.

        Not those just answered: the packet may be of a call whose answer is still on its way, or
        early media.
        """
        on_host = self._slots_on.get(_host(source), [])
        return [slot for slot in on_host if now - self._calls[slot].since >= BEHIND_NAT_S]


def _host(source: int) -> int:
    return source >> 16


def _remove(slots: dict[int, list[int]], key: int, slot: int) -> None:
    slots[key].remove(slot)
    if not slots[key]:
        del slots[key]
