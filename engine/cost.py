"""What calls cost: prices by prefix, in whole millionths of a currency, never in floats.

A route's settings hold them::

    currency = "EUR"
    prices = {"+336" = {minute = "0.048", call = "0.0075"}, "+33" = {minute = "0.012"}}
    price_step_s = 60
    answered_share = "0.6"

The longest prefix that a number begins with has the price. A price that nobody knows is said to be
unknown; it is never taken for nothing.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import ROUND_CEILING, Decimal, InvalidOperation

from engine.journal import Json
from engine.wording import SettingUnusable

MICROS = 1_000_000

#: Of the calls made, how many are answered where a route does not say.
ANSWERED = Decimal("0.6")

_DEAREST = Decimal(1_000)  #: Of a currency's unit a minute: beyond is a slip of the pen
_LONGEST_PREFIX = 15  #: Digits of an E.164 number (ITU-T E.164, 6.1)


class PriceRefused(SettingUnusable):
    """Prices that cannot be used."""


@dataclass(frozen=True, slots=True)
class Money:
    """An amount in one currency."""

    micros: int
    "Millionths of the unit."
    currency: str
    "ISO 4217: ``EUR``."

    def __str__(self) -> str:
        return f"{Decimal(self.micros) / MICROS:.4f} {self.currency}"

    def to_json(self) -> dict[str, Json]:
        """Return the amount as programs read it: a decimal text, and the currency."""
        return {"amount": f"{Decimal(self.micros) / MICROS:.6f}", "currency": self.currency}


@dataclass(frozen=True, slots=True)
class Price:
    """What one answered call costs."""

    minute: int
    "Micros a minute of conversation."
    call: int = 0
    "Micros a call, whatever it lasts: the machine detection."


@dataclass(frozen=True, slots=True)
class PriceList:
    """The prices of one route."""

    currency: str = ""
    prices: Mapping[str, Price] = field(default_factory=dict)
    "By the first digits of E.164 numbers, ``+33``."
    step_s: int = 60
    "What a started step of costs in full."
    answered: Decimal = ANSWERED
    "The share of calls that are answered, for estimates."

    @classmethod
    def read(cls, settings: Mapping[str, Json]) -> PriceList:
        """Return the prices in a route's settings; PriceRefused on what cannot be used."""
        listed = settings.get("prices", {})
        if not isinstance(listed, Mapping):
            raise PriceRefused("prices", "price_table")
        prices = {prefix: _price(prefix, listed[prefix]) for prefix in listed}
        return cls(
            currency=_currency(settings.get("currency", ""), is_wanted=bool(prices)),
            prices=prices,
            step_s=_step(settings.get("price_step_s", 60)),
            answered=_share(settings.get("answered_share", str(ANSWERED))),
        )

    def of(self, number: str) -> Price | None:
        """Return the price of a call to *number* (E.164); `None`: nobody knows."""
        starts = (number[:length] for length in range(len(number), 1, -1))
        return next((self.prices[start] for start in starts if start in self.prices), None)

    def cost(self, price: Price, duration_s: float) -> Money:
        """Return what an answered call of *duration_s* seconds costs at *price*."""
        steps = max(1, _up(Decimal(str(max(0.0, duration_s))) / self.step_s))
        held = _up(Decimal(price.minute * steps * self.step_s) / 60)
        return Money(held + price.call, self.currency)

    @property
    def digits(self) -> int:
        """How many characters of a number, ``+`` included, tell its price."""
        return max(map(len, self.prices), default=0)


@dataclass(frozen=True, slots=True)
class Expected:
    """What the calls of one route may cost."""

    route: str
    drops: int
    least: Money | None
    "Where only the share that the route's settings assume answers; `None`: no price is known."
    most: Money | None
    "Where everybody answers."
    unpriced: int
    "Drops whose price nobody knows: they are in no sum."

    def to_json(self) -> dict[str, Json]:
        """Return it as programs read it."""
        return {
            "route": self.route,
            "drops": self.drops,
            "least": None if self.least is None else self.least.to_json(),
            "most": None if self.most is None else self.most.to_json(),
            "unpriced": self.unpriced,
        }


def expected(
    route: str, drops: Mapping[Price | None, int], prices: PriceList, *, held_s: float
) -> Expected:
    """Return what one answered call of *held_s* seconds to each of *drops* may cost.

    *drops* counts them by their price (`PriceList.of`).
    """
    count, unpriced = sum(drops.values()), drops.get(None, 0)
    if count == unpriced:
        return Expected(route, count, None, None, unpriced)
    most = sum(
        prices.cost(price, held_s).micros * many
        for price, many in drops.items()
        if price is not None
    )
    span = (_up(prices.answered * most), most)
    least, dearest = (Money(micros, prices.currency) for micros in span)
    return Expected(route, count, least, dearest, unpriced)


def micros_of(amount: str) -> int:
    """Return a decimal amount in millionths, rounded up: ``"0.0048"`` is 4800.

    Raises ValueError on what is no amount from 0 to 1000.
    """
    try:
        exact = Decimal(amount)
    except InvalidOperation:
        exact = Decimal("NaN")
    if not exact.is_finite() or not 0 <= exact <= _DEAREST:
        raise ValueError("it is no amount from 0 to 1000")
    return _up(exact * MICROS)


def _up(amount: Decimal) -> int:
    return int(amount.to_integral_value(ROUND_CEILING))


def _price(prefix: str, told: Json) -> Price:
    where = f"prices.{prefix[:20]}"
    if not re.fullmatch(rf"\+[1-9][0-9]{{0,{_LONGEST_PREFIX - 1}}}", prefix):
        raise PriceRefused(where, "price_prefix")
    if not isinstance(told, Mapping) or "minute" not in told or set(told) - {"minute", "call"}:
        raise PriceRefused(where, "price_missing")
    try:
        minute, call = str(told["minute"]), str(told.get("call", "0"))
        return Price(micros_of(minute), micros_of(call))
    except ValueError as error:
        raise PriceRefused(where, "price_amount") from error


def _currency(told: Json, *, is_wanted: bool) -> str:
    if not isinstance(told, str) or not re.fullmatch("[A-Z]{3}" if is_wanted else ".{0,3}", told):
        raise PriceRefused("currency", "price_currency")
    return told


def _step(told: Json) -> int:
    if isinstance(told, bool) or not isinstance(told, int) or not 1 <= told <= 3_600:
        raise PriceRefused("price_step_s", "price_step")
    return told


def _share(told: Json) -> Decimal:
    try:
        share = Decimal(str(told))
    except InvalidOperation:
        share = Decimal(-1)
    if not share.is_finite() or not 0 <= share <= 1:
        raise PriceRefused("answered_share", "price_share")
    return share
