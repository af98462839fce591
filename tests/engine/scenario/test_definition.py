"""What an operator may write in a scenario, and how each mistake is told."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.scenario import CallMeBack, GoTo, Scenario, Transfer, parse_scenario
from tests.engine.scenario.writing import SOURCE, TARGET, a_scenario

PROMPT = '[prompt.a]\ntext = "Un message."\n'


def wrong(source: str, language: str = "fr") -> list[str]:
    found = parse_scenario(source, language=language)
    assert isinstance(found, list), found
    assert all(problem.reason and problem.remedy for problem in found)
    return [problem.field for problem in found]


def test_keys_lead_to_prompts_call_backs_and_transfers() -> None:
    scenario = a_scenario()
    assert scenario.keys == {"2": GoTo("horaires"), "3": CallMeBack()}
    transfer = scenario.prompts["horaires"].keys["4"]
    assert isinstance(transfer, Transfer)
    assert transfer.number.e164 == TARGET
    assert scenario.hours == "mon-fri 09:00-18:00"


@pytest.mark.parametrize(
    ("source", "field"),
    [
        ("language = ", ""),
        ('[keys]\n2 = "call_me_back"', "language"),
        ('language = "de"\n[keys]\n2 = "call_me_back"', "language"),
        ('language = "fr"', "keys"),
        ('language = "fr"\nkeys = 3', "keys"),
        ('language = "fr"\nprice = 3\n[keys]\n2 = "call_me_back"', "price"),
        ('language = "fr"\n[keys]\n1 = "call_me_back"\n2 = "call_me_back"', "keys.1"),
        ('language = "fr"\n[keys]\n9 = "call_me_back"\n2 = "call_me_back"', "keys.9"),
        ('language = "fr"\n[keys]\n"#" = "call_me_back"\n2 = "call_me_back"', "keys.#"),
        ('language = "fr"\n[keys]\n12 = "call_me_back"\n2 = "call_me_back"', "keys.12"),
        ('language = "fr"\n[keys]\n2 = "nowhere"', "keys.2"),
        ('language = "fr"\n[keys]\n2 = 5\n3 = "call_me_back"', "keys.2"),
        ('language = "fr"\n[keys]\n2 = { order = "x" }\n3 = "call_me_back"', "keys.2"),
        ('language = "fr"\n[keys]\n2 = "call_me_back"\n' + PROMPT, "prompt.a"),
        ('language = "fr"\n[keys]\n2 = "a"\n[prompt]\na = "x"', "prompt.a"),
        ('language = "fr"\n[keys]\n2 = "a"\n[prompt.a]\ntext = ""', "prompt.a.text"),
        ('language = "fr"\n[keys]\n2 = "a"\n[prompt.a]\ntext = "…"', "prompt.a.text"),
        (f'language = "fr"\n[keys]\n2 = "a"\n[prompt.a]\ntext = "{"x" * 601}"', "prompt.a.text"),
        ('language = "fr"\n[keys]\n2 = "a"\n' + PROMPT + "sound = 1", "prompt.a.sound"),
        ('language = "fr"\n[keys]\n2 = "a"\n' + PROMPT + 'keys = { 9 = "a" }', "prompt.a.keys.9"),
        ('language = "fr"\n[keys]\n2 = "É"\n[prompt."É"]\ntext = "Un message."', "prompt.É"),
        ('language = "fr"\nhours = "soon"\n[keys]\n2 = "call_me_back"', "hours"),
        ('language = "fr"\nhours = 9\n[keys]\n2 = "call_me_back"', "hours"),
    ],
)
def test_what_is_wrong_is_named_by_its_place(source: str, field: str) -> None:
    assert wrong(source) == [field]
    assert wrong(source, "en") == [field]


@pytest.mark.parametrize(
    "number",
    [
        *("15", "112", "3639", "118 218", "0 899 123 456", "0 800 123 456"),
        *("+44 20 7946 0000", "0700000000000", "x", ""),
    ],
)
def test_nobody_is_connected_with_short_special_or_foreign_numbers(number: str) -> None:
    source = f'language = "fr"\n[keys]\n2 = {{ transfer = "{number}" }}\n3 = "call_me_back"'
    assert wrong(source) == ["keys.2.transfer"]


def test_every_mistake_is_told_at_once() -> None:
    source = 'language = "de"\n[keys]\n9 = "a"\n2 = "b"\n' + PROMPT
    assert wrong(source) == ["language", "keys.9", "keys.2", "prompt.a"]


def test_too_many_prompts_are_refused() -> None:
    rows = "".join(f'[prompt.p{n}]\ntext = "Un message."\n' for n in range(25))
    assert "prompt" in wrong('language = "fr"\n[keys]\n2 = "p0"\n' + rows)


def test_prompts_may_lead_round_in_circles() -> None:
    circle = 'language = "fr"\n[keys]\n2 = "a"\n' + PROMPT + 'keys = { 2 = "a" }'
    assert isinstance(parse_scenario(circle), Scenario)


def test_a_mistake_never_repeats_a_number() -> None:
    found = parse_scenario('language = "fr"\n[keys]\n0612345678 = "a"\n2 = "0612345678"')
    assert "0612345678" not in repr(found)


@given(st.text(max_size=200), st.integers(0, len(SOURCE)))
def test_whatever_is_written_is_read_or_told(noise: str, place: int) -> None:
    found = parse_scenario(SOURCE[:place] + noise + SOURCE[place:])
    assert isinstance(found, Scenario) or found
