"""Connection overrides in a webhook's fragment: ``#rc=2&rp=all&ct=2000&rt=5000``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final
from urllib.parse import parse_qs, urlsplit

#: Voice waits no longer than this for a document, whatever the fragment says (Twilio: 11200).
CEILING_MS: Final = 15_000
_RANGES: Final = {
    "ct": (100, 10_000),
    "rt": (100, CEILING_MS),
    "tt": (100, CEILING_MS),
    "rc": (0, 5),
}
_POLICIES: Final = frozenset({"4xx", "5xx", "ct", "rt", "all"})


@dataclass(frozen=True, slots=True)
class Overrides:
    """How often and how long Twilio tries one URL (Twilio: Webhooks, connection overrides)."""

    read_ms: int = CEILING_MS
    total_ms: int = CEILING_MS
    retries: int = 1
    policy: frozenset[str] = frozenset({"ct"})

    def tries_again(self, failure: str) -> bool:
        """Tell whether *failure* (``ct``, ``rt``, ``4xx``, ``5xx``) is one to retry."""
        return "all" in self.policy or failure in self.policy

    @classmethod
    def of(cls, url: str) -> Overrides:
        """Read the fragment of *url*; what is out of range is left at its default."""
        fragment = parse_qs(urlsplit(url).fragment)
        policy = frozenset(",".join(fragment.get("rp", [])).split(",")) & _POLICIES
        return cls(
            read_ms=_number(fragment, "rt", CEILING_MS),
            total_ms=_number(fragment, "tt", CEILING_MS),
            retries=_number(fragment, "rc", 1),
            policy=policy or frozenset({"ct"}),
        )


def _number(fragment: dict[str, list[str]], name: str, default: int) -> int:
    text = fragment.get(name, [""])[0]
    least, most = _RANGES[name]
    return int(text) if text.isdecimal() and least <= int(text) <= most else default
