"""A finding: one reason to refuse, with its rule, its article and its way out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum

from engine.wording import sentence


class Standing(Enum):
    """Whether a rule is the law's or our own stricter choice."""

    LAW = "law"
    POLICY = "policy"


@dataclass(frozen=True, slots=True)
class Finding:
    """One reason to refuse."""

    rule: str
    "The rule's number in the rulebook: ``CON-05``."
    article: str
    "The reference in force: ``C. consom. art. R. 223-1``."
    law_or_policy: Standing
    reason: str
    "The name of the reason in the wording catalogue: ``consent_lapsed``."
    facts: Mapping[str, str] = field(default_factory=dict)
    "What was compared with what, ready to be put into the wording."
    until: datetime | None = None
    "When the finding ends by itself; `None` for one that does not."

    def compared(self, language: str = "fr") -> str:
        """Say what was compared with what, in *language* (``fr`` or ``en``)."""
        return sentence(self.reason, "compared", language, self.facts)

    def remedy(self, language: str = "fr") -> str:
        """Say what to do about it, in *language*."""
        return sentence(self.reason, "remedy", language, self.facts)

    def to_json(self) -> dict[str, object]:
        """Return the finding as plain JSON values; `from_json` is its inverse."""
        return {
            "rule": self.rule,
            "article": self.article,
            "law_or_policy": self.law_or_policy.value,
            "reason": self.reason,
            "facts": dict(self.facts),
            "until": self.until.isoformat() if self.until else None,
        }

    @classmethod
    def from_json(cls, document: Mapping[str, object]) -> Finding:
        """Return the finding that `to_json` wrote."""
        facts, until = document["facts"], document["until"]
        return cls(
            rule=str(document["rule"]),
            article=str(document["article"]),
            law_or_policy=Standing(document["law_or_policy"]),
            reason=str(document["reason"]),
            facts={k: str(v) for k, v in facts.items()} if isinstance(facts, Mapping) else {},
            until=datetime.fromisoformat(str(until)) if until else None,
        )
