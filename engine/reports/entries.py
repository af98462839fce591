"""What the journal says of a call that is over, whoever conducted it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import NamedTuple

from engine.journal import Json, Kind
from engine.reports.picture import Picture


class Noted(NamedTuple):
    """An entry to be: what happened on a call, and when."""

    kind: Kind
    at: datetime
    detail: Mapping[str, Json]


def entries(drawn: Picture, known: Mapping[str, Json] | None = None) -> Iterator[Noted]:
    """Yield who answered, what was played and which keys were pressed; nothing if nobody answered.

    *known* is the evidence of an earlier conclusion: what it tells already is not said again.
    """
    if drawn.answered_at is None:
        return
    nodes = {step[1] for step in _pairs(known, "steps")}
    if not _is_told(known):
        yield Noted(Kind.ANSWERED, drawn.answered_at, {"by": drawn.by})
    at = drawn.over_at or drawn.answered_at
    for played in drawn.played:
        if played.node not in nodes:
            yield Noted(Kind.HEARD, at, played.detail)
    keys: Json = [[after, key] for after, key in drawn.keys]
    if drawn.keys and [key for _, key in _pairs(known, "keys")] != [key for _, key in drawn.keys]:
        yield Noted(Kind.PRESSED, at, {"keys": keys})


def _is_told(known: Mapping[str, Json] | None) -> bool:
    return known is not None and "steps" in known


def _pairs(known: Mapping[str, Json] | None, name: str) -> list[tuple[float, str]]:
    """Return the ``[seconds, what]`` pairs of an evidence."""
    listed = (known or {}).get(name)
    pairs = listed if isinstance(listed, list | tuple) else ()
    return [(float(pair[0]), str(pair[1])) for pair in pairs]
