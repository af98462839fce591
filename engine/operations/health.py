"""Health: what a route's and a caller id's last calls say, and the pause that follows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from engine.health import (
    CallerIdGuards,
    Counts,
    Crossing,
    Guarded,
    GuardsRefused,
    Level,
    Pause,
    RouteGuards,
    Window,
    by_limit,
    by_the_days_before,
    caller_id_guards,
    route_guards,
)
from engine.interfaces import CampaignRecord, Means, Route
from engine.numbers import mask
from engine.operations.control import pause, resumed_setting
from engine.operations.counting import Watch, day_of, days_before, read_days, read_on, whole_minute


@dataclass(frozen=True, slots=True)
class Alarm:
    """What one guard says of a route, or of a caller id."""

    guarded: Guarded
    of: str
    "The route's name, or the caller id in E.164."
    crossing: Crossing
    window: timedelta
    since: datetime
    "From when on its calls were counted."
    paused: tuple[str, ...] = ()
    "The campaigns that were paused for it."


@dataclass(frozen=True, slots=True)
class CallerIdHealth:
    """How a caller id's calls fare today, against its own days before."""

    number: str
    today: Counts
    before: Counts
    crossings: tuple[Crossing, ...]


def look(means: Means, watch: Watch, *, at: datetime) -> list[Alarm]:
    """Count what is new, judge every watched route and caller id, and pause what must be.

    One process is enough; two at once pause nothing twice. A route whose settings cannot be read
    is watched by the defaults.
    """
    with means.store.read() as unit:
        running = [unit.campaigns.get(name) for name in unit.campaigns.running()]
        routes = {route.name: route for route in unit.setup.routes()}
    campaigns = [record for record in running if record is not None]
    if not campaigns:
        return []
    watched = {name: found for name, route in routes.items() if (found := _guards(route)).limits}
    longest = max((guards.window for guards in watched.values()), default=timedelta())
    read_on(means, watch, watched, longest=longest, at=at)
    read_days(means, watch, watched, at=at)
    alarms = [*_routes(means, watch, watched, at=at), *_caller_ids(means, watch, campaigns, at=at)]
    return [_paused(means, alarm, campaigns, at=at) for alarm in alarms]


def _guards(route: Route) -> RouteGuards:
    try:
        return route_guards(route.carrier, route.settings)
    except GuardsRefused:
        return route_guards(route.carrier, {})


def _routes(
    means: Means, watch: Watch, watched: dict[str, RouteGuards], *, at: datetime
) -> Iterator[Alarm]:
    for name, guards in watched.items():
        if not by_limit(watch.window.route(name, at - guards.window), guards):
            continue
        since = max(at - guards.window, _looked_past(means, Guarded.ROUTE, name))
        for crossing in by_limit(watch.window.route(name, since), guards):
            yield Alarm(Guarded.ROUTE, name, crossing, guards.window, since)


def _caller_ids(
    means: Means, watch: Watch, campaigns: Sequence[CampaignRecord], *, at: datetime
) -> Iterator[Alarm]:
    guards = caller_id_guards()
    for number in sorted({record.definition.caller_id.e164 for record in campaigns}):
        before = watch.before.get(number, Counts())
        today = watch.window.caller_id(number, day_of(at))
        if not by_the_days_before(today, before, guards):
            continue
        since = max(day_of(at), _looked_past(means, Guarded.CALLER_ID, number))
        today = watch.window.caller_id(number, since)
        for crossing in by_the_days_before(today, before, guards):
            yield Alarm(Guarded.CALLER_ID, number, crossing, at - day_of(at), since)


def _looked_past(means: Means, guarded: Guarded, of: str) -> datetime:
    """Return from when on calls count, once an operator saw the others and resumed."""
    with means.store.read() as unit:
        seen = unit.settings.get(resumed_setting(guarded, of))
    if seen is None:
        return datetime.min.replace(tzinfo=UTC)
    return whole_minute(datetime.fromisoformat(seen)) + timedelta(minutes=1)


def _paused(
    means: Means, alarm: Alarm, campaigns: Sequence[CampaignRecord], *, at: datetime
) -> Alarm:
    """Pause the campaigns that an alarm concerns, where it is bad enough; return it with them."""
    if alarm.crossing.level is not Level.PAUSE:
        return alarm
    crossing = alarm.crossing
    is_route = alarm.guarded is Guarded.ROUTE
    because = Pause(
        guarded=alarm.guarded,
        of=alarm.of if is_route else mask(alarm.of),
        share=crossing.share,
        value=crossing.value,
        threshold=crossing.threshold,
        calls=crossing.whole,
        window_min=round(alarm.window / timedelta(minutes=1)),
    )
    paused = tuple(
        record.id
        for record in campaigns
        if _concerns(means, alarm, record) and pause(means, record.id, at=at, because=because)
    )
    return replace(alarm, paused=paused)


def _concerns(means: Means, alarm: Alarm, record: CampaignRecord) -> bool:
    """Tell whether a campaign leaves by the route, or shows the caller id, that fares badly.

    A route that is there for it only in case another one fails concerns it once it takes its calls.
    """
    shown, routes = record.definition.caller_id.e164, record.definition.routes
    if alarm.guarded is Guarded.CALLER_ID:
        return alarm.of == shown
    if alarm.of not in routes[1:]:
        return alarm.of in routes
    with means.store.read() as unit:
        return unit.health.called_by(record.id, alarm.of, caller_id=shown, since=alarm.since)


def caller_id_health(
    means: Means, *, at: datetime, number: str | None = None
) -> list[CallerIdHealth]:
    """Return how the caller ids fare today, or one of them; routes not watched are left out."""
    guards = caller_id_guards()
    with means.store.read() as unit:
        watched = {route.name for route in unit.setup.routes() if _guards(route).limits}
        numbers = [shown.number.e164 for shown in unit.setup.caller_ids()]
        before = days_before(unit, watched, at)
        tallies = unit.health.minutes(day_of(at), at + timedelta(minutes=1), caller_id=number)
    today = Window()
    today.replace(day_of(at), (tally for tally in tallies if tally.route in watched))
    return [
        _health(each, today.caller_id(each, day_of(at)), before.get(each, Counts()), guards)
        for each in numbers
        if number in (None, each)
    ]


def _health(number: str, today: Counts, before: Counts, guards: CallerIdGuards) -> CallerIdHealth:
    return CallerIdHealth(number, today, before, by_the_days_before(today, before, guards))
