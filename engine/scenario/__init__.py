"""Voice scenarios: what the keys of an announcement lead to, as an operator writes it."""

from engine.scenario.definition import (
    Action,
    CallMeBack,
    GoTo,
    Prompt,
    Scenario,
    Transfer,
    parse_scenario,
)
from engine.scenario.said import check_prompts, check_sale
from engine.scenario.sale import concludes_a_sale
from engine.scenario.targets import check_target

__all__ = [
    "Action",
    "CallMeBack",
    "GoTo",
    "Prompt",
    "Scenario",
    "Transfer",
    "check_prompts",
    "check_sale",
    "check_target",
    "concludes_a_sale",
    "parse_scenario",
]
