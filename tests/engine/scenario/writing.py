"""A scenario as an operator writes it, for the tests."""

from __future__ import annotations

from engine.scenario import Scenario, parse_scenario

SOURCE = """
language = "fr"
hours = "mon-fri 09:00-18:00"

[keys]
2 = "horaires"
3 = "call_me_back"

[prompt.horaires]
text = "Le magasin est ouvert du mardi au samedi. Pour y être attendu, appuyez sur le 4."
keys = { 3 = "call_me_back", 4 = { transfer = "01 62 00 00 10" }, 5 = "adresse" }

[prompt.adresse]
text = "Nous sommes au 12 rue du Port."
keys = { 2 = "horaires" }
"""

TARGET = "+33162000010"


def a_scenario(source: str = SOURCE) -> Scenario:
    scenario = parse_scenario(source)
    assert isinstance(scenario, Scenario), scenario
    return scenario
