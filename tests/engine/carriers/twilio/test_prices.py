"""Prices are Twilio's own, by what the call shows; what it does not tell is unknown."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.carriers.twilio.client import Refused
from engine.carriers.twilio.prices import ASKED, Quoted, minute_price, quoted
from engine.cost import PriceList
from engine.interfaces import Route
from tests.engine.carriers.twilio.account import Says, a_route, an_account, refusal

SHOWN = "+33162000001"


def an_entry(price: str, *origins: str) -> dict[str, object]:
    return {"base_price": "9", "current_price": price, "origination_prefixes": list(origins)}


def told(*entries: object, unit: str = "USD") -> Says:
    return Says(200, {"price_unit": unit, "outbound_call_prices": list(entries)})


def quote(folder: Path, *answers: Says, by_path: dict[str, Says] | None = None) -> Quoted:
    with an_account(*answers, by_path=by_path) as account:
        route = a_route(folder, api_url=account.url)
        return quoted(Route(route.name, route.carrier, route.settings), SHOWN)


@pytest.mark.parametrize(
    ("entries", "price"),
    [
        ([an_entry("0.02", "ALL")], "0.02"),
        ([an_entry("0.02", "ALL"), an_entry("0.01", "33", "49")], "0.01"),
        ([an_entry("0.03", "33"), an_entry("0.04", "33162")], "0.04"),
        ([an_entry("0.02", "44"), an_entry("0.05", "1")], "0.05"),
        ([an_entry("free"), an_entry("-1"), "no entry"], None),
        ([], None),
        (None, None),
    ],
)
def test_the_price_goes_by_the_number_shown(
    entries: list[object] | None, price: str | None
) -> None:
    assert minute_price(entries, SHOWN) == price


def test_what_is_quoted_is_a_price_list(tmp_path: Path) -> None:
    mobile = {"/+33639980000": told(an_entry("0.046", "ALL"))}
    answer = quote(tmp_path, told(an_entry("0.015", "ALL")), by_path=mobile)
    assert (answer.currency, answer.unknown) == ("USD", ())
    listed = PriceList.read({"currency": answer.currency, "prices": answer.prices})
    assert set(listed.prices) == set(ASKED)
    price = listed.of("+33612345678")
    assert price is not None
    assert (price.minute, price.call) == (46_000, 7_500)


def test_the_detection_has_no_price_in_another_currency(tmp_path: Path) -> None:
    answer = quote(tmp_path, told(an_entry("0.015", "ALL"), unit="eur"))
    assert answer.currency == "EUR"
    assert answer.prices["+33"] == {"minute": "0.015", "call": "0"}


def test_what_has_no_price_is_named(tmp_path: Path) -> None:
    nothing = {"/+508": refusal(404, 20404), "/+59": told()}
    answer = quote(tmp_path, told(an_entry("0.015", "ALL")), by_path=nothing)
    assert "+508" in answer.unknown
    assert "+590" in answer.unknown
    assert "+33" not in answer.unknown


def test_an_account_that_tells_nothing_is_no_price(tmp_path: Path) -> None:
    with pytest.raises(ConnectionError):
        quote(tmp_path, Says(200, text="<html>"))
    with pytest.raises(Refused):
        quote(tmp_path, refusal(401, 20003))
