"""What a trunk's final response means for a drop, in words (RFC 3261, 21)."""

from __future__ import annotations

from dataclasses import dataclass

from engine.interfaces import NotAnswered
from engine.outcome import Outcome

# Why an answered call ended: `CallEvent.cause`.
BY_FAR_END = "hung up by the far end"
BY_US = "hung up by us"
NO_AUDIO = "no audio"
TOO_LONG = "longest call time reached"
MEDIA_LOST = "no usable audio agreed"


@dataclass(frozen=True, slots=True)
class Cause:
    """An outcome and its sentence for operators."""

    outcome: Outcome
    fr: str
    en: str


_UNREACHABLE = Cause(
    Outcome.UNREACHABLE,
    "Le réseau ne peut pas joindre ce numéro pour le moment.",
    "The network cannot reach this number for now.",
)
_INVALID = Cause(
    Outcome.INVALID_NUMBER, "Ce numéro n'est pas attribué.", "This number is not in service."
)
_BUSY = Cause(Outcome.BUSY, "La ligne est occupée.", "The line is busy.")
_REJECTED = Cause(
    Outcome.REJECTED,
    "Le destinataire ou son réseau a refusé l'appel.",
    "The callee, or their network, refused the call.",
)
_CREDENTIALS = Cause(
    Outcome.FAILED,
    "L'opérateur télécom n'accepte pas les identifiants de cette route : vérifiez-les.",
    "The trunk does not accept this route's credentials: check them.",
)
_NO_CODEC = Cause(
    Outcome.FAILED,
    "Aucun codec commun : la route doit accepter le G.711 (PCMA ou PCMU).",
    "No codec in common: the route must take G.711 (PCMA or PCMU).",
)
_NO_ANSWER = Cause(Outcome.NO_ANSWER, "Personne n'a répondu.", "Nobody answered.")
NO_TRUNK = Cause(
    Outcome.UNREACHABLE,
    "L'opérateur télécom ne répond pas : vérifiez l'adresse de la route.",
    "No answer from the trunk: check the route's address.",
)

#: By SIP code; what is not listed goes by its class, below.
CAUSES: dict[int, Cause] = {
    401: _CREDENTIALS,
    403: _REJECTED,
    404: _INVALID,
    407: _CREDENTIALS,
    408: _UNREACHABLE,
    410: _INVALID,
    415: _NO_CODEC,
    430: _UNREACHABLE,
    433: _REJECTED,  # anonymity disallowed (RFC 5079)
    480: _UNREACHABLE,
    484: _INVALID,
    485: _INVALID,
    486: _BUSY,
    487: _NO_ANSWER,
    488: _NO_CODEC,
    502: _UNREACHABLE,
    503: _UNREACHABLE,
    504: _UNREACHABLE,
    600: _BUSY,
    603: _REJECTED,
    604: _INVALID,
    606: _NO_CODEC,
    607: _REJECTED,  # unwanted (RFC 8197)
    608: _REJECTED,  # rejected by an intermediary (RFC 8688)
}

_BY_CLASS: dict[int, Cause] = {
    3: Cause(
        Outcome.FAILED,
        "Le numéro a été renvoyé vers une autre adresse, que l'on n'appelle pas.",
        "The number was redirected to another address, which is not called.",
    ),
    4: Cause(
        Outcome.FAILED,
        "L'opérateur télécom a refusé la demande.",
        "The trunk refused the request.",
    ),
    5: Cause(
        Outcome.FAILED,
        "L'opérateur télécom est en panne ou surchargé.",
        "The trunk is out of order or overloaded.",
    ),
    6: _REJECTED,
}


def cause_of(code: int) -> Cause:
    """Return what a final response of class 3 to 6 means."""
    return CAUSES.get(code) or _BY_CLASS.get(code // 100) or _BY_CLASS[5]


#: What speaks against the trunk itself, beside class 5: credentials, codecs, and 403, by which many
#: trunks refuse an account. A callee's own 403 does no harm: only faults in a row break a route.
_ROUTES_FAULTS = frozenset({401, 403, 407, 415, 488})
_FOR_AN_OPERATOR = frozenset({401, 407})


def not_answered(code: int, reason: str) -> NotAnswered:
    """Return what to tell of a call that the far side refused with *code*."""
    return NotAnswered(
        cause_of(code).outcome,
        f"{code} {reason}".strip(),
        code,
        is_routes_fault=code in _ROUTES_FAULTS or code // 100 == 5,
        needs_operator=code in _FOR_AN_OPERATOR,
    )
