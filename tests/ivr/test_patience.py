"""Patience: the same call is asked about less and less often."""

from __future__ import annotations

from ivr.patience import LOOKS_S, Patience


def test_patience_grows_and_ends_with_its_call() -> None:
    patience = Patience()
    assert patience.is_due(1, 0.0)
    assert not patience.is_due(1, LOOKS_S[0] - 0.1)
    assert patience.is_due(1, LOOKS_S[0])
    assert not patience.is_due(1, LOOKS_S[0] + LOOKS_S[1] - 0.1)
    patience.forget_but(frozenset())
    assert patience.is_due(1, LOOKS_S[0] + 0.1)
