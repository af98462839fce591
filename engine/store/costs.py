"""What the calls of campaigns cost: what carriers told, and what is to be computed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Integer,
    Select,
    bindparam,
    cast,
    func,
    literal_column,
    or_,
    select,
    update,
)

from engine.cost import Money
from engine.interfaces.costs import Awaited, Charged, Uncharged
from engine.outcome import Outcome
from engine.store import tables as t

_CALL = t.voice_call.c
_DROP = t.voice_drop.c
_CALLS = t.voice_call.join(t.voice_drop, _CALL.drop_id == _DROP.id)

#: Rounds a begun second up on both databases: neither has a ceiling that the other has.
_BEGUN = 0.4999

#: Left by a provider, whose deposits nobody answers, or after an answer.
_LEFT = _CALL.outcome.in_([Outcome.DEPOSITED.value, Outcome.DEPOSITED_UNCONFIRMED.value])

_UNCHARGED: tuple[ColumnElement[bool], ...] = (
    _CALL.cost_micros.is_(None),
    or_(_CALL.answered_at.is_not(None), _LEFT),
    _CALL.concluded_at.is_not(None),
)


class SqlCosts:
    """What the calls of campaigns cost."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def charged(self, campaign_id: str) -> Sequence[Charged]:
        """Return what carriers charged for a campaign's calls, by route and currency."""
        grouped = (_CALL.route, _CALL.currency)
        query = _of(campaign_id, *grouped, func.sum(_CALL.cost_micros), func.count())
        rows = self._connection.execute(
            query.where(_CALL.cost_micros.is_not(None)).group_by(*grouped).order_by(*grouped)
        )
        return [Charged(route, unit or "", int(sum_), many) for route, unit, sum_, many in rows]

    def uncharged_routes(self, campaign_id: str) -> Sequence[str]:
        """Return the routes of a campaign's calls (`Uncharged`) whose cost no carrier told."""
        query = _of(campaign_id, _CALL.route).where(*_UNCHARGED).distinct().order_by(_CALL.route)
        return list(self._connection.execute(query).scalars())

    def uncharged(self, campaign_id: str, route: str, digits: int) -> Sequence[Uncharged]:
        """Return those calls on a *route*, counted by the first *digits* of their numbers."""
        prefix = func.substr(_CALL.number, 1, literal_column(str(int(digits))))
        begun = cast(func.round(_CALL.duration_s + literal_column(str(_BEGUN))), Integer)
        counted = select(prefix.label("prefix"), begun.label("begun")).select_from(_CALLS)
        alike = counted.where(
            _DROP.campaign_id == campaign_id, _CALL.route == route, *_UNCHARGED
        ).subquery()
        query = select(alike.c.prefix, alike.c.begun, func.count()).group_by(
            alike.c.prefix, alike.c.begun
        )
        return [Uncharged(*row) for row in self._connection.execute(query)]

    def awaited(self, campaign_id: str) -> Sequence[Awaited]:
        """Return, by route, when those calls were dialled that a carrier conducted."""
        span = (func.min(_CALL.dialled_at), func.max(_CALL.dialled_at))
        query = _of(campaign_id, _CALL.route, *span).where(
            *_UNCHARGED, _CALL.reference.is_not(None)
        )
        rows = self._connection.execute(query.group_by(_CALL.route).order_by(_CALL.route))
        return [Awaited(*row) for row in rows]

    def charge(self, route: str, charges: Mapping[str, Money]) -> int:
        """Write what a route's calls cost, by reference; what has a cost keeps it."""
        if not charges:
            return 0
        change = update(t.voice_call).where(
            _CALL.route == route,
            _CALL.reference == bindparam("of"),
            _CALL.cost_micros.is_(None),
        )
        rows = [
            {"of": reference, "micros": cost.micros, "unit": cost.currency}
            for reference, cost in sorted(charges.items())
        ]
        written = change.values(cost_micros=bindparam("micros"), currency=bindparam("unit"))
        return self._connection.execute(written, rows).rowcount


def _of(campaign_id: str, *columns: ColumnElement[Any]) -> Select[Any]:
    return select(*columns).select_from(_CALLS).where(_DROP.campaign_id == campaign_id)
