"""The guards of a voice process: one process looks, says it once, and pauses."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from structlog.testing import capture_logs

from engine import operations
from engine.bootstrap import Engine
from engine.call import CampaignState
from engine.interfaces import Happening, Route
from engine.journal import Json
from ivr.guards import Guards
from ivr.routes import Routes
from tests.engine.operating import OPEN, launch
from tests.ivr.test_failover import NamedRoutes, voice_until
from tests.ivr.test_voice import PlayedCarrier, all_over, run

HANGS_UP_AT_ONCE = (Happening.PERSON, Happening.ENDED)


@pytest.fixture
def watched(engine: Engine) -> Engine:
    """Return an engine whose route ``watched`` may have few short calls."""
    guards: Json = {"short": {"alarm": 0.3, "pause": 0.5}, "least_calls": 5}
    with engine.store.write() as unit:
        unit.setup.add_route(Route("watched", "sandbox", {"host": "127.0.0.1", "guards": guards}))
        unit.workers.beat("a-voice", datetime.now(UTC))
    return engine


def routes(engine: Engine, carrier: PlayedCarrier) -> Routes:
    return NamedRoutes(engine.settings, {"watched": carrier, "sandbox": carrier})


def state(engine: Engine, campaign_id: str) -> CampaignState:
    with engine.store.read() as unit:
        record = unit.campaigns.get(campaign_id)
    assert record is not None
    return record.state


def call_badly(engine: Engine) -> None:
    campaign_id = launch(engine, 6, routes=("watched",), attempts=1)
    carrier = PlayedCarrier(script=HANGS_UP_AT_ONCE)
    run(voice_until(engine, routes(engine, carrier), all_over(engine, campaign_id)))


def test_real_conversations_that_end_at_once_pause_the_next_campaign(watched: Engine) -> None:
    call_badly(watched)
    next_one = launch(watched, 1, first=20_000_000, routes=("watched",))
    with capture_logs() as logs:
        Guards(watched, "a-voice").look()
    assert state(watched, next_one) is CampaignState.PAUSED
    (said,) = [line for line in logs if line["log_level"] == "error"]
    assert (said["guard"], said["of"], said["share"]) == ("route", "watched", "short")
    assert said["campaigns"] == (next_one,)


def test_an_alarm_is_said_once_while_it_stands(watched: Engine) -> None:
    call_badly(watched)
    operations.pause(watched, launch(watched, 1, first=20_000_000, routes=("watched",)), at=OPEN)
    launch(watched, 1, first=21_000_000)
    guards = Guards(watched, "a-voice")
    with capture_logs() as logs:
        guards.look()
        guards.look()
    assert [line["log_level"] for line in logs] == ["warning"]


def test_a_process_that_is_not_the_first_leaves_it_to_the_first(watched: Engine) -> None:
    call_badly(watched)
    next_one = launch(watched, 1, first=20_000_000, routes=("watched",))
    with watched.store.write() as unit:
        unit.workers.beat("b-voice", datetime.now(UTC))
    Guards(watched, "b-voice").look()
    assert state(watched, next_one) is CampaignState.RUNNING
