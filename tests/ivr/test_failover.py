"""When a route is down the next one takes what was not dialled; what was, never again."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Callable, Mapping

from config.settings import Settings
from engine.bootstrap import Engine
from engine.interfaces import NotAnswered, Route
from engine.journal import Json
from engine.outcome import Outcome
from ivr.opening import AnyCarrier
from ivr.routes import RouteRefused, Routes
from ivr.voice import Voice
from tests.engine.operating import drops, launch
from tests.ivr.test_voice import HANGS_S, PlayedCarrier, all_over, outcomes, run

DOWN = NotAnswered(Outcome.UNREACHABLE, "503 Service Unavailable", 503, is_routes_fault=True)
LOCKED_OUT = NotAnswered(
    Outcome.FAILED, "401 Unauthorized", 401, is_routes_fault=True, needs_operator=True
)
#: Long enough for a broken route to be tried again.
HOUR_S = 3_600.0
CALLED_OFF = NotAnswered(Outcome.CANCELLED, "called off")


class NamedRoutes(Routes):
    """Routes that lead to played carriers, by name; without one a route cannot be opened."""

    def __init__(self, settings: Settings, carriers: Mapping[str, PlayedCarrier]) -> None:
        super().__init__(settings)
        self.carriers = carriers

    async def _carrier(self, route: Route) -> AnyCarrier:
        if route.name not in self.carriers:
            raise RouteRefused(f"route {route.name}: its secret file cannot be read")
        return self.carriers[route.name]


def add_route(engine: Engine, name: str, **settings: Json) -> None:
    with engine.store.write() as unit:
        unit.setup.add_route(Route(name, "sandbox", {"host": "127.0.0.1", **settings}))


async def voice_until(engine: Engine, routes: Routes, is_enough: Callable[[], bool]) -> None:
    voice = Voice(engine, routes, worker="voice-1")
    running = asyncio.create_task(voice.run())
    async with asyncio.timeout(HANGS_S):
        while not is_enough() and not running.done():
            await asyncio.sleep(0.02)
        voice.stop()
        await running


def test_the_next_route_takes_over_from_one_that_is_down(engine: Engine) -> None:
    add_route(engine, "next")
    campaign_id = launch(engine, 12, routes=("sandbox", "next"), attempts=1)
    first, following = PlayedCarrier(reply=DOWN), PlayedCarrier()
    routes = NamedRoutes(engine.settings, {"sandbox": first, "next": following})
    run(voice_until(engine, routes, all_over(engine, campaign_id)))
    placed = [paper.number for paper in (*first.papers, *following.papers)]
    assert Counter(placed).most_common(1)[0][1] == 1
    assert len(first.papers) < len(placed) == 12
    ended = Counter(outcomes(engine, campaign_id))
    assert ended == {
        Outcome.UNREACHABLE: len(first.papers),
        Outcome.HEARD: len(following.papers),
    }


def test_what_only_an_operator_can_cure_is_tried_once(engine: Engine) -> None:
    """Calls placed before the first answer came are all that a locked account costs."""
    add_route(engine, "next")
    campaign_id = launch(engine, 8, routes=("sandbox", "next"), attempts=1)
    first, following = PlayedCarrier(reply=LOCKED_OUT, free_lines=1), PlayedCarrier()
    routes = NamedRoutes(engine.settings, {"sandbox": first, "next": following})
    run(voice_until(engine, routes, all_over(engine, campaign_id)))
    assert len(first.papers) + len(following.papers) == 8
    opened = routes.get("sandbox")
    assert opened is not None
    assert opened.breaker.is_open


def test_while_every_route_is_broken_drops_wait_and_are_not_refused(engine: Engine) -> None:
    campaign_id = launch(engine, 20, attempts=1)
    carrier = PlayedCarrier(reply=DOWN)
    routes = NamedRoutes(engine.settings, {"sandbox": carrier})

    def is_broken() -> bool:
        opened = routes.get("sandbox")
        return opened is not None and opened.breaker.is_open and opened.calls == 0

    run(voice_until(engine, routes, is_broken))
    ended = [drop for drop in drops(engine, campaign_id) if drop.outcome is not None]
    waiting = [drop for drop in drops(engine, campaign_id) if drop.outcome is None]
    assert {drop.outcome for drop in ended} == {Outcome.UNREACHABLE}
    assert len(ended) == len(carrier.papers) < 20
    assert {(drop.attempts, drop.state.value) for drop in waiting} == {(0, "pending")}


def test_a_route_that_cannot_be_opened_does_not_stop_the_others(engine: Engine) -> None:
    add_route(engine, "locked")
    campaign_id = launch(engine, 3, routes=("locked", "sandbox"))
    carrier = PlayedCarrier()
    routes = NamedRoutes(engine.settings, {"sandbox": carrier})
    run(voice_until(engine, routes, all_over(engine, campaign_id)))
    assert outcomes(engine, campaign_id) == [Outcome.HEARD] * 3


def test_drops_wait_for_a_route_that_cannot_be_opened_yet(engine: Engine) -> None:
    add_route(engine, "locked")
    waiting = launch(engine, 2, first=20_000_000, routes=("locked",))
    served = launch(engine, 2)
    routes = NamedRoutes(engine.settings, {"sandbox": PlayedCarrier()})
    run(voice_until(engine, routes, all_over(engine, served)))
    assert outcomes(engine, waiting) == [None, None]


def test_a_drop_that_no_route_serves_is_refused_and_not_left_waiting(engine: Engine) -> None:
    add_route(engine, "landlines", prefixes=["metropole_landline"])
    campaign_id = launch(engine, 2, routes=("landlines",))
    carrier = PlayedCarrier()
    routes = NamedRoutes(engine.settings, {"sandbox": carrier, "landlines": carrier})
    run(voice_until(engine, routes, all_over(engine, campaign_id)))
    assert outcomes(engine, campaign_id) == [Outcome.REFUSED] * 2
    assert carrier.papers == []


def test_each_number_takes_the_route_that_serves_it(engine: Engine) -> None:
    add_route(engine, "even", prefixes=["+33610000000", "+33610000002"])
    campaign_id = launch(engine, 4, routes=("even", "sandbox"))
    carriers = {"even": PlayedCarrier(), "sandbox": PlayedCarrier()}
    run(voice_until(engine, NamedRoutes(engine.settings, carriers), all_over(engine, campaign_id)))
    taken = {name: sorted(p.number[-1] for p in c.papers) for name, c in carriers.items()}
    assert taken == {"even": ["0", "2"], "sandbox": ["1", "3"]}


def test_a_route_is_taken_again_once_a_trial_call_went_through() -> None:
    async def trials() -> list[bool]:
        routes = NamedRoutes(Settings(), {"sandbox": PlayedCarrier()})
        await routes.open(Route("sandbox", "sandbox", {"host": "127.0.0.1"}))
        opened = routes.get("sandbox")
        assert opened is not None
        said = []
        for reply in (*[DOWN] * 5, CALLED_OFF, PlayedCarrier()):
            opened.told(opened.breaker.took(time.monotonic() + HOUR_S), reply)
            said.append(opened.breaker.is_open)
        return said

    assert asyncio.run(trials()) == [False] * 4 + [True, True, False]
