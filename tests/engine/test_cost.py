"""Money is counted in whole millionths; an unknown price is unknown."""

from __future__ import annotations

import math
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.cost import Expected, Money, Price, PriceList, PriceRefused, expected, micros_of
from engine.journal import Json

PRICES: dict[str, Json] = {
    "currency": "EUR",
    "prices": {
        "+33": {"minute": "0.012"},
        "+336": {"minute": "0.048", "call": "0.0075"},
        "+33638": {"minute": "0.09"},
    },
}
LIST = PriceList.read(PRICES)
MOBILE = Price(48_000, 7_500)


@pytest.mark.parametrize(
    ("number", "minute"),
    [("+33612345678", 48_000), ("+33638000000", 90_000), ("+33162000001", 12_000)],
)
def test_the_longest_prefix_has_the_price(number: str, minute: int) -> None:
    price = LIST.of(number)
    assert price is not None
    assert price.minute == minute


def test_a_number_that_no_prefix_covers_has_no_price() -> None:
    assert LIST.of("+590690123456") is None


@pytest.mark.parametrize(
    ("duration_s", "micros"),
    [(0, 55_500), (1, 55_500), (60, 55_500), (60.01, 103_500), (121, 151_500)],
)
def test_a_started_minute_is_charged_in_full(duration_s: float, micros: int) -> None:
    assert LIST.cost(MOBILE, duration_s) == Money(micros, "EUR")


def test_a_route_may_charge_by_the_second() -> None:
    by_second = PriceList.read({**PRICES, "price_step_s": 1})
    assert by_second.cost(Price(12_000), 30) == Money(6_000, "EUR")


@given(st.decimals(min_value=0, max_value=1_000, places=6), st.floats(0, 10_000))
def test_no_cost_is_below_its_exact_value_nor_a_micro_a_minute_above(
    minute: Decimal, duration_s: float
) -> None:
    cost = PriceList("EUR", step_s=1).cost(Price(micros_of(str(minute))), duration_s)
    exact = minute * max(1, math.ceil(duration_s)) * 1_000_000 / 60
    assert exact <= cost.micros + Decimal("0.000001") < exact + 2


def test_an_estimate_is_a_span_and_says_what_it_leaves_out() -> None:
    told = expected("twilio", {MOBILE: 1, Price(12_000): 1, None: 1}, LIST, held_s=20)
    assert told == Expected("twilio", 3, Money(40_500, "EUR"), Money(67_500, "EUR"), 1)


@pytest.mark.parametrize("drops", [{}, {None: 5}])
def test_nothing_known_is_not_nothing_to_pay(drops: dict[Price | None, int]) -> None:
    told = expected("twilio", drops, LIST, held_s=20)
    assert (told.least, told.most, told.unpriced) == (None, None, sum(drops.values()))


def test_what_tells_a_price_is_as_long_as_the_longest_prefix() -> None:
    assert LIST.digits == len("+33638")
    assert PriceList().digits == 0


def test_a_route_without_prices_has_none() -> None:
    assert PriceList.read({"host": "192.0.2.1"}).of("+33612345678") is None


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"prices": ["+33"]}, "prices"),
        ({"prices": {"33": {"minute": "1"}}}, "prices.33"),
        ({"prices": {"+": {"minute": "1"}}}, "prices.+"),
        ({"prices": {"+33": "0.05"}}, "prices.+33"),
        ({"prices": {"+33": {"call": "0.05"}}}, "prices.+33"),
        ({"prices": {"+33": {"minute": "0.05", "second": "1"}}}, "prices.+33"),
        ({"prices": {"+33": {"minute": "-0.05"}}}, "prices.+33"),
        ({"prices": {"+33": {"minute": "0,05"}}}, "prices.+33"),
        ({"prices": {"+33": {"minute": "NaN"}}}, "prices.+33"),
        ({"prices": {"+33": {"minute": "Infinity"}}}, "prices.+33"),
        ({"prices": {"+33": {"minute": "1001"}}}, "prices.+33"),
        ({"currency": ""}, "currency"),
        ({"currency": "euro"}, "currency"),
        ({"price_step_s": 0}, "price_step_s"),
        ({"price_step_s": True}, "price_step_s"),
        ({"price_step_s": "60"}, "price_step_s"),
        ({"answered_share": "1.1"}, "answered_share"),
        ({"answered_share": "often"}, "answered_share"),
    ],
)
def test_a_price_that_cannot_be_used_is_named(change: dict[str, Json], field: str) -> None:
    with pytest.raises(PriceRefused) as refused:
        PriceList.read({**PRICES, **change})
    assert refused.value.field == field
    for language in ("fr", "en"):
        assert refused.value.reason(language)
        assert refused.value.remedy(language)


def test_money_is_written_for_people_and_for_programs() -> None:
    assert str(Money(48_000, "EUR")) == "0.0480 EUR"
    assert Money(1, "EUR").to_json() == {"amount": "0.000001", "currency": "EUR"}
