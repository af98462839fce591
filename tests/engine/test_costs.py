"""What a campaign cost: as charged, else by the route's prices; what nobody knows is said."""

from __future__ import annotations

from datetime import timedelta

from engine import operations
from engine.cost import Money
from engine.interfaces import Route
from engine.interfaces.costs import Awaited, Charged
from engine.operations.costs import Spent, spent
from engine.outcome import Outcome
from engine.store import SqlStore
from tests.engine.operating import OPEN, House, a_house, dial_one, launch

PRICED = Route("sandbox", "sandbox", {"currency": "EUR", "prices": {"+336": {"minute": "0.05"}}})


def call(
    house: House,
    duration_s: float | None,
    *,
    charged: tuple[int, str] | None = None,
    is_answered: bool = True,
    reference: str = "",
) -> None:
    """Dial the next drop and conclude it, however long it lasted."""
    dialled = dial_one(house)
    if reference:
        operations.bind(house, dialled.call_id, reference)
    outcome = Outcome.HEARD if is_answered else Outcome.INVALID_NUMBER
    operations.conclude(house, dialled.call_id, outcome, cause="", at=OPEN)
    micros, currency = charged or (None, None)
    with house.store.write() as unit:
        unit.calls.measure(
            dialled.call_id,
            answered_at=OPEN + timedelta(seconds=5) if is_answered else None,
            duration_s=duration_s,
            cost_micros=micros,
            currency=currency,
        )


def test_what_was_charged_is_told_apart_from_what_is_computed(store: SqlStore) -> None:
    house = a_house(store)
    with store.write() as unit:
        assert unit.setup.change_route(PRICED)
    campaign = launch(house, 6)
    call(house, 20, charged=(46_000, "USD"))
    call(house, 20, charged=(23_000, "USD"))
    call(house, 60.0)
    call(house, 60.2)
    call(house, None)
    call(house, None, is_answered=False)
    assert spent(house, campaign) == [
        Spent("sandbox", Money(69_000, "USD"), 2, None, 0, 0),
        Spent("sandbox", None, 0, Money(150_000, "EUR"), 2, 1),
    ]


def test_a_route_without_prices_leaves_the_cost_unknown(store: SqlStore) -> None:
    house = a_house(store)
    campaign = launch(house, 1)
    call(house, 20)
    assert spent(house, campaign) == [Spent("sandbox", None, 0, None, 0, 1)]


def test_two_currencies_are_never_added_up(store: SqlStore) -> None:
    house = a_house(store)
    campaign = launch(house, 2)
    call(house, 20, charged=(10, "EUR"))
    call(house, 20, charged=(20, "USD"))
    with store.read() as unit:
        assert unit.costs.charged(campaign) == [
            Charged("sandbox", "EUR", 10, 1),
            Charged("sandbox", "USD", 20, 1),
        ]


def test_a_campaign_that_nobody_answered_cost_nothing(store: SqlStore) -> None:
    house = a_house(store)
    campaign = launch(house, 1)
    call(house, None, is_answered=False)
    assert spent(house, campaign) == []


def test_erasing_a_callee_keeps_the_call_in_the_count(store: SqlStore) -> None:
    house = a_house(store)
    with store.write() as unit:
        unit.setup.change_route(PRICED)
    campaign = launch(house, 1)
    call(house, 20)
    operations.erase(house, "+33610000000", at=OPEN + timedelta(days=1))
    (only,) = spent(house, campaign)
    assert (only.computed, only.unpriced_calls) == (None, 1)


def test_an_unknown_route_is_not_changed(store: SqlStore) -> None:
    a_house(store)
    with store.write() as unit:
        assert not unit.setup.change_route(Route("nowhere", "sandbox", {}))


def test_what_a_carrier_tells_late_replaces_what_was_computed(store: SqlStore) -> None:
    house = a_house(store)
    with store.write() as unit:
        unit.setup.change_route(PRICED)
    campaign = launch(house, 3)
    for reference in ("CA1", "CA2", ""):
        call(house, 20, reference=reference)
    with store.read() as unit:
        assert unit.costs.awaited(campaign) == [Awaited("sandbox", OPEN, OPEN)]
    told = {"CA1": Money(46_000, "USD"), "CA9": Money(1, "USD")}
    with store.write() as unit:
        assert unit.costs.charge("sandbox", told) == 1
        assert unit.costs.charge("elsewhere", {"CA2": Money(1, "USD")}) == 0
        assert unit.costs.charge("sandbox", {}) == 0
    assert spent(house, campaign) == [
        Spent("sandbox", Money(46_000, "USD"), 1, None, 0, 0),
        Spent("sandbox", None, 0, Money(100_000, "EUR"), 2, 0),
    ]


def test_what_was_told_once_is_kept(store: SqlStore) -> None:
    house = a_house(store)
    campaign = launch(house, 1)
    call(house, 20, reference="CA1")
    for micros, count in ((46_000, 1), (99_000, 0)):
        with store.write() as unit:
            assert unit.costs.charge("sandbox", {"CA1": Money(micros, "USD")}) == count
    (only,) = spent(house, campaign)
    assert only.charged == Money(46_000, "USD")
    with store.read() as unit:
        assert unit.costs.awaited(campaign) == []
