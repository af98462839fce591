"""Whose turn it is."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from engine.turns import shares


@given(st.integers(0, 12), st.integers(0, 100), st.integers(0, 50))
def test_every_campaign_gets_its_turn(campaigns: int, limit: int, turn: int) -> None:
    names = [str(number) for number in range(campaigns)]
    given_out = dict(shares(names, limit, turn=turn))
    assert sum(given_out.values()) == (limit if campaigns else 0)
    if given_out:
        most, least = max(given_out.values()), min(given_out.values())
        assert most - least <= 1
    assert len(given_out) == min(campaigns, limit)
