"""Clearance: the paper without which no call is placed, and the facts it is made from."""

from engine.basis import ConsentText
from engine.callee import Basis, BasisKind, Callee, CalleeKind, MessageKind, Slot
from engine.clearance.clear import clear
from engine.clearance.facts import CallerId, Facts, ScriptLack, Sender, VariantFacts
from engine.clearance.hours import consumers_next_opening
from engine.clearance.message import rate_of
from engine.clearance.paper import AnnouncementHashes, Clearance
from engine.law import Finding, Law, Standing

__all__ = [
    "AnnouncementHashes",
    "Basis",
    "BasisKind",
    "Callee",
    "CalleeKind",
    "CallerId",
    "Clearance",
    "ConsentText",
    "Facts",
    "Finding",
    "Law",
    "MessageKind",
    "ScriptLack",
    "Sender",
    "Slot",
    "Standing",
    "VariantFacts",
    "clear",
    "consumers_next_opening",
    "rate_of",
]
