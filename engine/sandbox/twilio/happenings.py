"""What can happen to a conversation while it waits, and how it can leave its document."""

from __future__ import annotations

from dataclasses import dataclass

from engine.sandbox.twilio.asking import Address


@dataclass(frozen=True, slots=True)
class Key:
    """The callee pressed a key."""

    digit: str


@dataclass(frozen=True, slots=True)
class HangUp:
    """Somebody ends the call: see `Call.ended_by`."""

    by: str


@dataclass(frozen=True, slots=True)
class Redirect:
    """The API lets the call go on elsewhere."""

    address: Address


class EndedCall(Exception):
    """The call is over; `by` is who ended it."""

    def __init__(self, by: str) -> None:
        super().__init__(by)
        self.by = by


class RedirectedCall(Exception):
    """The document is left for another."""

    def __init__(self, address: Address) -> None:
        super().__init__(address.url)
        self.address = address


class DocumentFailed(Exception):
    """A document, or what it needs, cannot be had; the fallback is next."""

    def __init__(self, code: int, url: str) -> None:
        super().__init__(code)
        self.code, self.url = code, url
