"""Calls, counted: by minute while they are new, by day once they are settled."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    String,
    and_,
    case,
    cast,
    func,
    insert,
    literal_column,
    not_,
    or_,
    select,
    update,
)

from engine.health import SHORT_S, Counts, Tally
from engine.health.guards import BLOCKED_CODES
from engine.outcome import Outcome
from engine.store import tables as t

_CALL = t.voice_call.c
_DAY = t.call_day.c

#: What is no call to count: it was called off, or nobody knows whether there was one.
_UNCOUNTED = (Outcome.CANCELLED.value, Outcome.UNKNOWN.value)
_DEPOSITED = (Outcome.DEPOSITED.value, Outcome.DEPOSITED_UNCONFIRMED.value)


class SqlHealth:
    """How calls fared, and which campaigns a guard paused."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def minutes(
        self, since: datetime, until: datetime, *, caller_id: str | None = None
    ) -> Sequence[Tally]:
        """Count the calls dialled from *since* on, before *until*, by minute."""
        shown = _shown(caller_id)
        called = (shown, _CALL.dialled_at >= since, _CALL.dialled_at < until)
        told = (_CALL.opted_out_at >= since, _CALL.opted_out_at < until)
        objections = self._objections(_CALL.opted_out_at, told)
        return [
            *self._tallies(_CALL.dialled_at, called),
            # Not asked of the store: it would go through all calls of the number.
            *(each for each in objections if caller_id in (None, each.caller_id)),
        ]

    def _tallies(
        self, at: ColumnElement[datetime], where: tuple[ColumnElement[bool], ...]
    ) -> list[Tally]:
        minute = self._minute(at)
        query = (
            select(minute, _CALL.caller_id, _CALL.route, *_counted())
            .where(*where, *_is_over())
            .group_by(minute, _CALL.caller_id, _CALL.route)
        )
        return [
            Tally(_instant(row[0]), row[1], row[2], Counts(*map(int, row[3:7])))
            for row in self._connection.execute(query)
        ]

    def _objections(
        self, at: ColumnElement[datetime], where: tuple[ColumnElement[bool], ...]
    ) -> list[Tally]:
        minute = self._minute(at)
        query = (
            select(minute, _CALL.caller_id, _CALL.route, func.count())
            .where(*where)
            .group_by(minute, _CALL.caller_id, _CALL.route)
        )
        return [
            Tally(_instant(row[0]), row[1], row[2], Counts(opted_out=row[3]))
            for row in self._connection.execute(query)
        ]

    def _minute(self, at: ColumnElement[datetime]) -> ColumnElement[Any]:
        """Return the minute of an instant, as the database writes it."""
        if self._connection.dialect.name == "sqlite":
            return func.substr(at, literal_column("1"), literal_column("16"), type_=String)
        return func.date_trunc(literal_column("'minute'"), at)

    def objected(self, sender_id: str, number: str, *, since: datetime, at: datetime) -> None:
        """Record that the callee of a sender's last call to a number, since then, objected."""
        last = (
            select(_CALL.id)
            .where(_CALL.sender_id == sender_id, _CALL.number == number, _CALL.dialled_at >= since)
            .order_by(_CALL.dialled_at.desc())
            .limit(1)
        )
        change = update(t.voice_call).where(_CALL.id == last.scalar_subquery())
        self._connection.execute(change.values(opted_out_at=at))

    def settle_day(self, day: date) -> None:
        """Keep the counts of a day (UTC) whose calls are all over."""
        begins = datetime.combine(day, time(), UTC)
        whole: dict[tuple[str, str], Counts] = {}
        for tally in self.minutes(begins, begins + timedelta(days=1)):
            key = (tally.caller_id, tally.route)
            whole[key] = whole.get(key, Counts()) + tally.counts
        rows = [
            {
                "day": day.isoformat(),
                "caller_id": caller_id,
                "route": route,
                "calls": counts.calls,
                "answered": counts.answered,
                "short": counts.short,
                "blocked": counts.blocked,
                "opted_out": counts.opted_out,
            }
            for (caller_id, route), counts in whole.items()
        ]
        if rows:
            self._connection.execute(insert(t.call_day), rows)

    def days(self, since: date, until: date) -> Mapping[tuple[str, str], Counts]:
        """Return the counts of the days kept, from *since* on, before *until*."""
        sums = [
            func.sum(column)
            for column in (_DAY.calls, _DAY.answered, _DAY.short, _DAY.blocked, _DAY.opted_out)
        ]
        query = (
            select(_DAY.caller_id, _DAY.route, *sums)
            .where(_DAY.day >= since.isoformat(), _DAY.day < until.isoformat())
            .group_by(_DAY.caller_id, _DAY.route)
        )
        return {
            (row[0], row[1]): Counts(*map(int, row[2:7])) for row in self._connection.execute(query)
        }

    def called_by(self, campaign_id: str, route: str, *, caller_id: str, since: datetime) -> bool:
        """Tell whether a campaign that shows *caller_id* has called by a route since then."""
        made = (_CALL.caller_id == caller_id, _CALL.dialled_at >= since, _CALL.route == route)
        drops = t.voice_drop.c
        query = (
            select(_CALL.id)
            .join(t.voice_drop, drops.id == _CALL.drop_id)
            .where(*made, drops.campaign_id == campaign_id)
            .limit(1)
        )
        return self._connection.execute(query).first() is not None

    def pause_for(self, campaign_id: str, reason: str | None) -> None:
        """Record why a guard paused a campaign; `None`: no guard did."""
        change = update(t.campaign).where(t.campaign.c.id == campaign_id)
        self._connection.execute(change.values(paused_for=reason))

    def is_first(self, worker: str, since: datetime) -> bool:
        """Tell whether *worker* is the first by name of those that gave a sign since then."""
        query = select(func.min(t.worker.c.name)).where(t.worker.c.beat_at >= since)
        return self._connection.execute(query).scalar() == worker


def _shown(caller_id: str | None) -> ColumnElement[bool]:
    """Name the caller ids, so that their index finds the calls of a time."""
    if caller_id is not None:
        return _CALL.caller_id == caller_id
    return _CALL.caller_id.in_(select(t.caller_id.c.number))


def _is_over() -> tuple[ColumnElement[bool], ...]:
    return (_CALL.concluded_at.is_not(None), _CALL.outcome.not_in(_UNCOUNTED))


def _counted() -> list[ColumnElement[int]]:
    """Return what `Counts` counts, but objections, in its order."""
    answered = or_(_CALL.answered_at.is_not(None), _CALL.outcome.in_(_DEPOSITED))
    short = and_(_CALL.answered_at.is_not(None), _CALL.duration_s < SHORT_S)
    codes = [
        cast(_CALL.evidence[name].as_string(), String).in_(sorted(BLOCKED_CODES))
        for name in ("sip_code", "error_code")
    ]
    blocked = and_(not_(answered), or_(*codes))
    conditions = (answered, short, blocked)
    return [func.count(), *(func.sum(case((found, 1), else_=0)) for found in conditions)]


def _instant(minute: datetime | str) -> datetime:
    """Return the beginning of a minute, in UTC."""
    if isinstance(minute, str):
        return datetime.fromisoformat(minute).replace(tzinfo=UTC)
    return minute.astimezone(UTC)
