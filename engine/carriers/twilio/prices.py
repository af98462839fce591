"""What Twilio charges for calls to French numbers (Twilio: Pricing API, Voice v2)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import partial
from typing import Any

from twilio.base import values
from twilio.http import HttpClient

from engine.carriers.twilio.client import Refused, asked, open_client
from engine.carriers.twilio.settings import TwilioSettings
from engine.cost import micros_of
from engine.interfaces.records import Route
from engine.journal import Json

#: A number in each part of the plan that has a price of its own; nobody is called.
ASKED: Mapping[str, str] = {
    "+33": "+33199000000",
    "+336": "+33639980000",
    "+337": "+33750000000",
    "+339": "+33900000000",
    "+590": "+590590000000",
    "+590690": "+590690000000",
    "+594": "+594594000000",
    "+594694": "+594694000000",
    "+596": "+596596000000",
    "+596696": "+596696000000",
    "+262": "+262262000000",
    "+262692": "+262692000000",
    "+508": "+508410000",
}

#: What the machine detection costs a call, in USD: Twilio's price list has it, its API has not.
DETECTION = {"USD": "0.0075"}


@dataclass(frozen=True, slots=True)
class Quoted:
    """What Twilio answered."""

    currency: str
    prices: Mapping[str, Json]
    "As a route's settings hold them (`engine.cost`)."
    unknown: tuple[str, ...]
    "The prefixes for which it told no price."


def quoted(route: Route, shown: str, *, inner: HttpClient | None = None) -> Quoted:
    """Return what calls on *route* that show *shown* (E.164, or empty) cost by Twilio's own list.

    Raises engine.carriers.settings.SettingRefused on settings that cannot be used, `Refused` and
    `Unclear` (a ConnectionError) when Twilio does not tell.
    """
    numbers = open_client(TwilioSettings.read(route), inner).pricing.v2.voice.numbers
    origin = shown or values.unset
    prices: dict[str, Json] = {}
    currency = ""
    for prefix, number in ASKED.items():
        try:
            told = asked(partial(numbers(number).fetch, origination_number=origin))
        except Refused as refusal:
            if refusal.status != 404:
                raise
            continue
        currency = currency or str(told.price_unit or "").upper()
        minute = minute_price(told.outbound_call_prices, shown)
        if minute is not None:
            prices[prefix] = {"minute": minute, "call": DETECTION.get(currency, "0")}
    unknown = tuple(prefix for prefix in ASKED if prefix not in prices)
    return Quoted(currency, prices, unknown)


def minute_price(listed: Sequence[Any] | None, shown: str) -> str | None:
    """Return the price for calls that show *shown*: its longest prefix's, else the dearest."""
    fitting: list[tuple[int, Decimal, str]] = []
    for entry in listed or ():
        price = _amount(entry)
        if price is None:
            continue
        origins = [str(origin).lstrip("+") for origin in entry.get("origination_prefixes") or ()]
        lengths = [len(origin) for origin in origins if shown.lstrip("+").startswith(origin)]
        fitting.append((max(lengths, default=0), Decimal(price), price))
    return max(fitting)[2] if fitting else None


def _amount(entry: object) -> str | None:
    price = str(entry.get("current_price")) if isinstance(entry, Mapping) else ""
    try:
        micros_of(price)
    except ValueError:
        return None
    return price
