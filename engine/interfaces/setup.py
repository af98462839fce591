"""What the operations need of the store: senders, and what they call with."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Protocol

from engine.basis import ConsentText
from engine.clearance import CallerId, Sender
from engine.interfaces.records import AnnouncementVersion, Recording, Route


class Setup(Protocol):
    """Senders and what they call with."""

    def add_sender(self, sender: Sender) -> None:
        """Add a sender."""

    def sender(self, sender_id: str) -> Sender | None:
        """Return a sender."""

    def senders(self) -> Sequence[Sender]:
        """Return every sender."""

    def set_reception(self, sender_id: str, number: str | None, hours: str | None) -> bool:
        """Set where whoever rings back is connected, and when; False for an unknown sender."""

    def add_caller_id(self, caller_id: CallerId) -> None:
        """Add a number to show, and its assignee."""

    def caller_id(self, number: str) -> CallerId | None:
        """Return a number to show, by its E.164 form."""

    def caller_ids(self) -> Sequence[CallerId]:
        """Return every number to show."""

    def verify_caller_id(self, number: str, at: datetime) -> bool:
        """Record that the proof of assignment was checked; False when the number is unknown."""

    def add_opt_out_line(self, number: str, sender_id: str) -> None:
        """Give an opt-out number to one sender; the same again changes nothing."""

    def sender_of(self, number: str) -> Sender | None:
        """Return whom a callee reaches by ringing *number*: an opt-out number, or a caller id."""

    def add_route(self, route: Route) -> None:
        """Add a way for calls to leave."""

    def change_route(self, route: Route) -> bool:
        """Give a route other settings; False when it is unknown."""

    def route(self, name: str) -> Route | None:
        """Return a route."""

    def routes(self) -> Sequence[Route]:
        """Return every route."""

    def add_consent_text(self, text: ConsentText) -> None:
        """Register a consent text, for good."""

    def consent_text(self, text_id: str) -> ConsentText | None:
        """Return a registered consent text."""

    def consent_texts(self, ids: Collection[str] | None = None) -> Mapping[str, ConsentText]:
        """Return the registered consent texts named, or all of them."""

    def add_announcement(
        self,
        name: str,
        *,
        language: str,
        script: str,
        variants: Mapping[str, Recording],
        at: datetime,
    ) -> AnnouncementVersion:
        """Add the next version of an announcement; the same bytes again are the same version."""

    def announcement(self, name: str) -> AnnouncementVersion | None:
        """Return the newest version of an announcement."""

    def announcement_version(self, announcement_id: int) -> AnnouncementVersion | None:
        """Return one version of an announcement."""

    def announcements(self) -> Sequence[AnnouncementVersion]:
        """Return the newest version of every announcement."""

    def recording(self, sha256: str) -> bytes | None:
        """Return the A-law bytes of an announcement, or of a scenario's prompt, by their hash."""
