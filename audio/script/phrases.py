"""The phrases that announcements are checked for, in French and English.

They are matched against plain words: lower case, without accents or punctuation.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final


def _any(*alternatives: str) -> re.Pattern[str]:
    return re.compile(rf"\b(?:{'|'.join(alternatives)})\b")


COMMERCIAL: Final = _any(
    r"(?:appel|message|demarchage|annonce)(?: \w+)? (?:commercial|publicitaire)e?",
    r"prospection commerciale",
    r"(?:commercial|sales|marketing|advertising) (?:call|message)",
)

PURPOSE: Final = _any(
    r"au sujet|a propos|concernant|objet|proposons|propose|proposer|invitons|invite|inviter",
    r"informons|informe|informer|rappelons que|rappeler que|annoncons|annonce que|organisons",
    r"presenter|presentons|offrons|offre|enquete|sondage|dons?|rendez vous|devis",
    r"about|offer|offering|invite|inviting|inform|regarding|announce|remind you|survey|donation",
)

_KEY_WORDS = r"(?: (?:sur|la|le|the|key|touche|number|numero|digit|chiffre)){0,4}"
KEY_NINE: Final = re.compile(
    rf"\b(?:appuy\w*|tape[rz]|press\w*|fai(?:tes|re)|compose[rz]|touche|key|dial){_KEY_WORDS}"
    r" (?:9|neuf|nine)\b(?! (?:\d|zero|un|deux|trois|quatre|euros?|heures?|h\b))"
)
ANY_KEY: Final = _any(
    r"appuyez|appuyer|appuyant|pressez|presser|tapez|taper|press|pressing|touches?|keypad",
    r"star key|hash key|diese",
)

OBJECT: Final = _any(
    r"ne plus|n etre plus|ne pas etre (?:r?appele|contacte)\w*|oppos\w+|desinscri\w+|refus\w+",
    r"arreter|stop\w*|no longer|not (?:want|wish) to|never|opt out|unsubscribe|object|removed?",
)

CALL: Final = _any(
    r"r?appel\w*|telephon\w*|contact\w*|compos\w*|joindre|joignez|numero|sms|envoy\w*",
    r"call\w*|dial\w*|phone\w*|ring|reach|number|text",
)
THE_CALL: Final = _any(r"(?:cet |l |un )?appel|numero|call|number")

#: What follows a number that counts something and cannot be called.
UNITS: Final = frozenset(
    ("euro", "euros", "eur", "e", "personnes", "clients", "km", "ans", "m2", "kwh", "watts")
)

_OFFERED = "".join(
    rf"(?<!{gift} )" for gift in ("devis", "etude", "bilan", "essai", "audit", "diagnostic")
)
FREE: Final = _any(
    r"non surtaxe\w*|pas surtaxe\w*|sans surtaxe|sans surcout|sans frais",
    rf"{_OFFERED}gratuit\w*",
    r"(?:prix|cout|tarif) d un appel|appel (?:ordinaire|local|normal)",
    r"(?:toll )?free(?! (?:quote|estimate|trial|visit|survey|gift|advice))|freephone",
    r"standard rate|local rate|ordinary call|not premium|at no charge",
    r"no (?:extra|premium|additional) (?:cost|charge|rate)",
)

#: Matched with the slash and the euro sign kept.
SURCHARGED: Final = re.compile(
    r"\b(?:(?:appels?|numeros?) )?surtaxe\w*|\bpremium (?:rate|number)"
    r"|(?:\beuros?|\beur|€|\bcent(?:ime)?s?) ?(?:/|par|la|per|a) ?(?:min\w*|appel|call)\b"
)

URGENT: Final = _any(r"urgen\w*|immediatement|sans delai|au plus vite|immediately|right now")
BLOCTEL: Final = _any(r"bloctel|bloc tel|opposetel")

_DENIED = re.compile(
    r"\b(?:pas|non|aucune?|sans|ni|jamais|not|no|never|isn t)(?: (?:un|une|d|de|a|an|the|any))? $"
)


def affirmed(phrase: re.Pattern[str], heard: str) -> Iterator[re.Match[str]]:
    """Find a phrase where the words just before do not deny it."""
    for found in phrase.finditer(heard):
        if not _DENIED.search(heard[: found.start()]):
            yield found


def is_affirmed(phrase: re.Pattern[str], heard: str) -> bool:
    """Whether the phrase is said somewhere without being denied."""
    return next(affirmed(phrase, heard), None) is not None
