"""What a scenario's prompts may not say: an order by key, a premium number, a false urgency."""

from __future__ import annotations

from collections.abc import Iterator

from audio.script import RateOf, Script, Segment, Variant, check
from engine.campaign import FieldProblem
from engine.campaign.problems import field_problem
from engine.scenario.definition import Scenario
from engine.scenario.sale import concludes_a_sale

#: What an announcement must not say, a prompt must not either; what it must say, it said before.
_NEVER = frozenset({"premium", "urgency", "bloctel"})
_ANY_NUMBER = "0100000000"


def check_prompts(
    scenario: Scenario, *, rate_of: RateOf, language: str = "fr"
) -> list[FieldProblem]:
    """Return all that the prompts say and must not, worded in *language*.

    *rate_of* tells what calling a number costs.
    """
    return [
        problem
        for prompt in scenario.prompts.values()
        for problem in _problems(prompt.name, prompt.text, scenario, rate_of, language)
    ]


def check_sale(field: str, text: str, said_in: str, *, language: str = "fr") -> list[FieldProblem]:
    """Return the problem of a text (in the language *said_in*) whose key would conclude a sale."""
    found = concludes_a_sale(text, said_in)
    return [field_problem(field, "scenario_sale", language, found=found)] if found else []


def _problems(
    name: str, text: str, scenario: Scenario, rate_of: RateOf, language: str
) -> Iterator[FieldProblem]:
    field = f"prompt.{name}.text"
    yield from check_sale(field, text, scenario.language, language=language)
    script = Script("", scenario.language, (Segment(text),))
    lacks = check(
        script,
        sender_name="",
        kind="",
        opt_out_number=_ANY_NUMBER,
        variant=Variant.PERSON,
        rate_of=rate_of,
    )
    for lack in lacks:
        if lack.item in _NEVER:
            yield FieldProblem(
                field,
                field_problem(field, "scenario_said", language, article=lack.article).reason,
                lack.sentence,
            )
