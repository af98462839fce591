"""Whom a callee may be connected with: a number of the French plan that people answer."""

from __future__ import annotations

import re

from engine.campaign import FieldProblem
from engine.campaign.problems import field_problem
from engine.numbers import Line, NumberRefused, PhoneNumber, parse

#: Emergency and short numbers have at most six digits (plan national de numérotation).
_SHORT = re.compile(r"\D*(?:\d\D*){1,6}", re.ASCII)
_FRENCH = re.compile(r"\+(?:33|590|594|596|262|508)\d+", re.ASCII)
_ANSWERED = frozenset({Line.GEOGRAPHIC, Line.MOBILE, Line.NON_GEOGRAPHIC})


def check_target(field: str, text: str, *, language: str = "fr") -> PhoneNumber | FieldProblem:
    """Return the number that *text* writes if a callee may be connected with it, or why not.

    Refused: short and emergency numbers, value-added services (08), machines, foreign numbers.
    """
    if _SHORT.fullmatch(text):
        return field_problem(field, "target_short", language)
    try:
        number = parse(text)
    except NumberRefused as refused:
        return FieldProblem(field, refused.reason(language), refused.remedy(language))
    if not _FRENCH.fullmatch(number.e164):
        return field_problem(field, "target_foreign", language)
    if number.line not in _ANSWERED:
        return field_problem(field, "target_special", language)
    return number
