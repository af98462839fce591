"""Routes: what opens one, what refuses it, and its lines, given back."""

from __future__ import annotations

import asyncio
import socket
from pathlib import Path

import pytest

from config.settings import Settings
from engine.bootstrap import ClockRefused, Engine
from engine.dialling import Pace
from engine.interfaces import Route
from engine.journal import Json
from engine.outcome import Outcome
from ivr.routes import OpenRoute, RouteRefused, Routes
from tests.engine.carriers.far_trunk import a_paper
from tests.engine.operating import launch
from tests.ivr.test_voice import PlayedCarrier, PlayedRoutes, all_over, outcomes, run, voice_until


def opened(settings: Settings, **route_settings: Json) -> Routes:
    async def open_one() -> Routes:
        routes = Routes(settings)
        try:
            await routes.open(Route("trunk", "trunk", route_settings))
        finally:
            await routes.close()
        return routes

    return asyncio.run(open_one())


def ephemeral(folder: Path, *, law_clock_shift_s: float | None = None) -> Settings:
    return Settings(data_dir=folder, sip_port=0, rtp_port=0, law_clock_shift_s=law_clock_shift_s)


def test_a_route_opens_with_the_secret_of_its_file(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("not a number\n")
    routes = opened(ephemeral(tmp_path), host="127.0.0.1", username="us", secret=str(secret))
    assert routes.names == {"trunk"}


@pytest.mark.parametrize(
    "wrong", [{}, {"host": ""}, {"host": 7}, {"host": "127.0.0.1", "port": "5060"}]
)
def test_a_route_without_an_address_is_refused_by_name(
    tmp_path: Path, wrong: dict[str, Json]
) -> None:
    with pytest.raises(RouteRefused, match="route trunk: `host` and `port`"):
        opened(ephemeral(tmp_path), **wrong)


def test_a_secret_that_cannot_be_read_is_refused_by_name(tmp_path: Path) -> None:
    missing = str(tmp_path / "nowhere")
    with pytest.raises(RouteRefused, match="route trunk: its secret file"):
        opened(ephemeral(tmp_path), host="127.0.0.1", username="us", secret=missing)


def test_a_port_that_is_taken_is_named_with_its_settings(tmp_path: Path) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as other:
        other.bind(("127.0.0.1", 0))
        port = other.getsockname()[1]
        settings = Settings(data_dir=tmp_path, sip_port=port, rtp_port=0)
        with pytest.raises(RouteRefused, match=rf"route trunk: .* 127.0.0.1:{port} \(LICITE_SIP"):
            opened(settings, host="127.0.0.1")


def test_no_real_route_opens_while_the_laws_clock_is_set(tmp_path: Path) -> None:
    """The route may have been added once the process ran."""

    async def open_added() -> None:
        await PlayedRoutes(ephemeral(tmp_path, law_clock_shift_s=60.0), PlayedCarrier()).open(
            Route("trunk", "trunk", {"host": "127.0.0.1"})
        )

    with pytest.raises(ClockRefused, match="trunk"):
        asyncio.run(open_added())


def test_a_line_is_given_back_when_its_call_is_over(engine: Engine) -> None:
    campaign_id = launch(engine, 3)
    carrier = PlayedCarrier(free_lines=1)
    run(voice_until(engine, carrier, all_over(engine, campaign_id)))
    assert outcomes(engine, campaign_id) == [Outcome.HEARD] * 3


def a_route(carrier: PlayedCarrier) -> OpenRoute:
    return OpenRoute(Route("trunk", "trunk", {}), carrier, Pace(10.0, 10))


def test_a_line_that_the_carrier_still_holds_is_not_dialled_on() -> None:
    """A far end that never agrees to a CANCEL keeps its line when the call is over for us."""
    carrier = PlayedCarrier(free_lines=1)
    route = a_route(carrier)
    assert route.room(0.0) == 1
    carrier.free_lines = 0
    assert route.room(0.0) == 0


def test_a_call_on_its_way_to_the_carrier_has_its_line() -> None:
    carrier = PlayedCarrier(free_lines=1)
    route = a_route(carrier)

    async def place_one() -> None:
        route.take(0.0)
        assert route.room(1.0) == 0
        with route.call() as line:
            await line.place(a_paper(), ring_s=1)
            assert (route.calls, route.unplaced) == (1, 0)
        assert (route.calls, route.room(1.0)) == (0, 1)

    asyncio.run(place_one())


def test_a_call_that_is_never_placed_gives_its_line_back() -> None:
    route = a_route(PlayedCarrier(free_lines=1))
    route.take(0.0)
    with route.call():
        assert route.unplaced == 1
    assert (route.calls, route.unplaced) == (0, 0)
