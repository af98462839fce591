"""The rulebook: law as dated data, and the findings made under it."""

from engine.law.finding import Finding, Standing
from engine.law.parameter import Confidence, NotInForce, Parameter, RulebookError, Version
from engine.law.rulebook import Law, RulesInForce

__all__ = [
    "Confidence",
    "Finding",
    "Law",
    "NotInForce",
    "Parameter",
    "RulebookError",
    "RulesInForce",
    "Standing",
    "Version",
]
