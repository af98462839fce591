"""Whose turn it is: due calls are shared out among the running campaigns."""

from __future__ import annotations

from collections.abc import Iterator, Sequence


def shares(campaigns: Sequence[str], limit: int, *, turn: int) -> Iterator[tuple[str, int]]:
    """Divide *limit* calls among campaigns; *turn* says who gets what does not divide."""
    if not campaigns or limit < 1:
        return
    each, over = divmod(limit, len(campaigns))
    for place in range(len(campaigns)):
        share = each + (place < over)
        if share:
            yield campaigns[(turn + place) % len(campaigns)], share
