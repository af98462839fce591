"""The paper without which no call is placed."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from engine.law import Finding


@dataclass(frozen=True, slots=True)
class AnnouncementHashes:
    """The approved announcement: the SHA-256 of each variant's A-law bytes, in hexadecimal."""

    person: str = ""
    machine: str = ""


@dataclass(frozen=True, slots=True)
class Clearance:
    """Whether one callee may be called at one instant, and why not."""

    granted: bool
    at: datetime
    number: str = field(repr=False)
    "The callee's number, E.164."
    caller_id: str = field(repr=False)
    "The number to show, E.164."
    route: str
    announcements: AnnouncementHashes
    findings: tuple[Finding, ...] = ()

    @property
    def not_before(self) -> datetime | None:
        """When to ask again, if time alone stands against the call; else `None`."""
        ends = [finding.until for finding in self.findings if finding.until is not None]
        return max(ends) if ends and len(ends) == len(self.findings) else None

    @property
    def articles(self) -> tuple[str, ...]:
        """The articles of the findings, each once, in order."""
        return tuple(dict.fromkeys(finding.article for finding in self.findings))
