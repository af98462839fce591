"""The health guards on a real store: what they count, whom they pause, and what a resume means."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import func, select, update

from engine import operations
from engine.call import CampaignState
from engine.health import Counts, Guarded, Level, Pause, Share
from engine.interfaces import Route
from engine.outcome import Outcome
from engine.store import SqlStore
from engine.store import tables as t
from tests.engine.faring import (
    ANALYTICS,
    BLOCKED,
    DECLINED,
    DEPOSITED,
    MISSED,
    NPV,
    REFUSED_BY_CALLEE,
    SHORT,
    Fared,
    call,
)
from tests.engine.operating import OPEN, House, a_house, a_number, drops, entries, launch

LOOK = OPEN + timedelta(minutes=20)


@pytest.fixture
def house(store: SqlStore) -> House:
    house = a_house(store)
    with store.write() as unit:
        unit.setup.add_route(Route("tw", "twilio", {}))
    return house


def counted(house: House) -> Counts:
    with house.store.read() as unit:
        tallies = unit.health.minutes(OPEN - timedelta(hours=1), LOOK)
    whole = Counts()
    for tally in tallies:
        whole += tally.counts
    return whole


def state(house: House, campaign_id: str) -> tuple[CampaignState, str | None]:
    with house.store.read() as unit:
        record = unit.campaigns.get(campaign_id)
    assert record is not None
    return record.state, record.paused_for


def test_calls_are_counted_by_what_became_of_them(house: House) -> None:
    call(house, DEPOSITED, 3)
    call(house, SHORT, 2, first=31_000_000)
    call(house, MISSED, 4, first=32_000_000)
    call(house, BLOCKED, 1, first=33_000_000)
    call(house, ANALYTICS, 1, first=34_000_000)
    call(house, REFUSED_BY_CALLEE, 1, first=35_000_000)
    call(house, DECLINED, 1, first=36_000_000)
    assert counted(house) == Counts(calls=13, answered=5, short=2, blocked=3)


@pytest.mark.parametrize("outcome", [Outcome.CANCELLED, Outcome.UNKNOWN])
def test_what_was_called_off_or_is_unknown_counts_for_nothing(
    house: House, outcome: Outcome
) -> None:
    call(house, Fared(outcome), 5)
    assert counted(house) == Counts()


def test_a_deposit_by_a_provider_is_an_answer_and_never_short(house: House) -> None:
    call(house, Fared(Outcome.DEPOSITED_UNCONFIRMED), 5)
    assert counted(house) == Counts(calls=5, answered=5)


@pytest.mark.parametrize("channel", ["key", "call_back", "sms"])
def test_an_objection_counts_against_the_last_call_in_the_minute_it_comes(
    house: House, channel: str
) -> None:
    call(house, DEPOSITED, 1, at=OPEN - timedelta(days=3))
    at = OPEN + timedelta(minutes=7)
    for _ in range(2):
        operations.opt_out(house, "lumiere", a_number(30_000_000), channel=channel, at=at)
    assert counted(house) == Counts(opted_out=1)
    with house.store.read() as unit:
        (tally,) = unit.health.minutes(OPEN, LOOK)
    assert (tally.minute, tally.caller_id, tally.route) == (at, NPV, "tw")


def test_what_an_operator_suppresses_is_no_answer_to_a_call(house: House) -> None:
    call(house, DEPOSITED, 1)
    operations.opt_out(house, "lumiere", a_number(30_000_000), channel="operator", at=OPEN)
    assert counted(house).opted_out == 0


def test_a_route_above_its_limit_pauses_every_campaign_that_leaves_by_it(house: House) -> None:
    call(house, DEPOSITED, 80)
    call(house, SHORT, 20, first=31_000_000)
    on_it = launch(house, 1, routes=("tw",))
    beside = launch(house, 1, first=20_000_000, routes=("sandbox",))
    (alarm,) = operations.look(house, operations.Watch(), at=LOOK)
    assert (alarm.of, alarm.crossing.share, alarm.paused) == ("tw", Share.SHORT, (on_it,))
    is_now, paused_for = state(house, on_it)
    assert is_now is CampaignState.PAUSED
    assert paused_for is not None
    because = Pause.read(paused_for)
    assert (because.value, because.threshold, because.calls) == (0.2, 0.1, 100)
    assert state(house, beside) == (CampaignState.RUNNING, None)
    (paused,) = [entry for entry in entries(house) if entry["kind"] == "paused"]
    assert paused["detail"] == because.to_json()


def test_a_campaign_is_not_paused_for_a_route_that_it_does_not_need(house: House) -> None:
    call(house, SHORT, 100)
    fallen_back, going_on = (
        launch(house, 1, first=first, routes=("sandbox", "tw"))
        for first in (20_000_000, 21_000_000)
    )
    (fallen,) = drops(house, fallen_back)
    with house.store.database.begin() as connection:
        last = select(func.max(t.voice_call.c.id)).scalar_subquery()
        connection.execute(
            update(t.voice_call).where(t.voice_call.c.id == last).values(drop_id=fallen.id)
        )
    (alarm,) = operations.look(house, operations.Watch(), at=LOOK)
    assert alarm.paused == (fallen_back,)
    assert state(house, going_on) == (CampaignState.RUNNING, None)


def test_between_the_thresholds_there_is_an_alarm_and_no_pause(house: House) -> None:
    call(house, DEPOSITED, 91)
    call(house, SHORT, 9, first=31_000_000)
    running = launch(house, 1, routes=("tw",))
    (alarm,) = operations.look(house, operations.Watch(), at=LOOK)
    assert (alarm.crossing.level, alarm.paused) == (Level.ALARM, ())
    assert state(house, running) == (CampaignState.RUNNING, None)


def test_calls_before_the_window_are_forgotten(house: House) -> None:
    call(house, SHORT, 100)
    launch(house, 1, routes=("tw",))
    watch = operations.Watch()
    assert operations.look(house, watch, at=OPEN + timedelta(minutes=62)) == []


def test_a_resumed_campaign_is_judged_by_its_new_calls_only(house: House) -> None:
    call(house, SHORT, 100)
    campaign_id = launch(house, 1, routes=("tw",))
    watch = operations.Watch()
    assert operations.look(house, watch, at=LOOK)[0].paused == (campaign_id,)
    assert operations.resume(house, campaign_id, at=LOOK)
    assert state(house, campaign_id) == (CampaignState.RUNNING, None)
    assert operations.look(house, watch, at=LOOK + timedelta(seconds=5)) == []
    call(house, SHORT, 60, at=LOOK + timedelta(minutes=2), first=31_000_000)
    again = operations.look(house, watch, at=LOOK + timedelta(minutes=3))
    assert [alarm.paused for alarm in again] == [(campaign_id,)]


def test_an_operators_own_pause_has_no_reason(house: House) -> None:
    campaign_id = launch(house, 1, routes=("tw",))
    assert operations.pause(house, campaign_id, at=OPEN)
    assert state(house, campaign_id) == (CampaignState.PAUSED, None)
    assert operations.resume(house, campaign_id, at=OPEN)


def test_a_call_that_ends_after_a_look_is_counted_at_the_next(house: House) -> None:
    call(house, Fared(Outcome.UNKNOWN), 100)
    campaign_id = launch(house, 1, routes=("tw",))
    watch = operations.Watch()
    assert operations.look(house, watch, at=OPEN + timedelta(minutes=1)) == []
    with house.store.database.begin() as connection:
        connection.execute(update(t.voice_call).values(outcome=Outcome.NO_ANSWER.value))
    (alarm,) = operations.look(house, watch, at=OPEN + timedelta(minutes=2))
    assert alarm.paused == (campaign_id,)


def test_a_rehearsal_is_not_watched(house: House) -> None:
    call(house, SHORT, 100, route="sandbox")
    launch(house, 1)
    assert operations.look(house, operations.Watch(), at=LOOK) == []
    (health,) = operations.caller_id_health(house, at=LOOK)
    assert health.today == Counts()


def settle(house: House, *, at: datetime = LOOK) -> int:
    days = 0
    while operations.settle_next_day(house, at=at):
        days += 1
    return days


def test_each_day_before_is_counted_once(house: House) -> None:
    call(house, DEPOSITED, 4, at=OPEN - timedelta(days=1))
    call(house, MISSED, 2, at=OPEN - timedelta(days=40), first=31_000_000)
    assert settle(house) == 30
    assert settle(house) == 0
    with house.store.read() as unit:
        kept = unit.health.days(date(2026, 10, 1), date(2026, 11, 24))
    assert kept == {(NPV, "tw"): Counts(calls=4, answered=4)}
    assert settle(house, at=LOOK + timedelta(days=1)) == 1


def test_a_caller_id_that_fares_worse_than_its_days_before_is_paused(house: House) -> None:
    yesterday = OPEN - timedelta(days=1)
    call(house, DEPOSITED, 400, at=yesterday)
    call(house, DEPOSITED, 70, first=31_000_000, route="voice")
    with house.store.write() as unit:
        unit.setup.add_route(Route("voice", "trunk", {"guards": {"blocked": 1}}))
    call(house, BLOCKED, 40, first=32_000_000, route="voice")
    settle(house)
    campaign_id = launch(house, 1, routes=("voice",))
    alarms = operations.look(house, operations.Watch(), at=LOOK)
    found = {(alarm.guarded, alarm.crossing.share): alarm for alarm in alarms}
    blocked = found[Guarded.CALLER_ID, Share.BLOCKED]
    assert (blocked.of, blocked.crossing.before) == (NPV, 0.0)
    assert state(house, campaign_id)[0] is CampaignState.PAUSED
    assert not any(NPV in str(entry) for entry in entries(house))
    operations.resume(house, campaign_id, at=LOOK)
    assert operations.look(house, operations.Watch(), at=LOOK + timedelta(seconds=5)) == []


def test_the_health_of_a_caller_id_is_todays_against_its_days_before(house: House) -> None:
    call(house, DEPOSITED, 3, at=OPEN - timedelta(days=2))
    call(house, MISSED, 2, first=31_000_000)
    settle(house)
    (health,) = operations.caller_id_health(house, at=LOOK, number=NPV)
    assert health.today == Counts(calls=2)
    assert health.before == Counts(calls=3, answered=3)
    assert health.crossings == ()
    assert operations.caller_id_health(house, at=LOOK, number="+33162999999") == []


def test_one_voice_process_looks(house: House) -> None:
    now = OPEN
    with house.store.write() as unit:
        for name in ("b", "a", "c"):
            unit.workers.beat(name, now)
    with house.store.read() as unit:
        looking = [name for name in "abc" if unit.health.is_first(name, now)]
        assert looking == ["a"]
        assert not any(unit.health.is_first(n, now + timedelta(seconds=1)) for n in "abc")
