"""What Twilio charged is read page by page; what it does not tell is left out."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from engine.carriers.twilio.charges import charges
from engine.cost import Money
from tests.engine.carriers.twilio.account import CALL, Says, a_call, a_route, an_account

FIRST, LAST = date(2026, 11, 24), date(2026, 11, 26)


def a_page(*calls: object) -> Says:
    return Says(200, {"calls": list(calls), "next_page_uri": None})


@pytest.mark.parametrize(
    ("price", "unit", "cost"),
    [
        ("-0.0460", "USD", Money(46_000, "USD")),
        ("0.0460", "eur", Money(46_000, "EUR")),
        (None, "USD", None),
        ("soon", "USD", None),
        ("-0.0460", None, None),
    ],
)
def test_a_charge_is_an_amount_above_nothing(
    tmp_path: Path, price: str | None, unit: str | None, cost: Money | None
) -> None:
    page = a_page(a_call(price=price, price_unit=unit))
    with an_account(page) as account:
        (told,) = charges(a_route(tmp_path, api_url=account.url), FIRST, LAST)
    assert told == ({CALL: cost} if cost else {})
    assert "2026-11-24" in account.asked[0].url


def test_a_list_that_cannot_be_read_is_no_charge(tmp_path: Path) -> None:
    with an_account(Says(200, text="<html>")) as account, pytest.raises(ConnectionError):
        list(charges(a_route(tmp_path, api_url=account.url), FIRST, LAST))
