"""What Twilio charged for calls: it tells so minutes after they end, in the account's own list."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from typing import TYPE_CHECKING

from twilio.http import HttpClient

from engine.carriers.twilio.client import asked, open_client
from engine.carriers.twilio.settings import TwilioSettings
from engine.cost import Money, micros_of
from engine.interfaces.records import Route

if TYPE_CHECKING:
    from twilio.rest.api.v2010.account.call import CallInstance

#: Calls in one answer (Twilio: at most).
PAGE = 1_000


def charges(
    route: Route, first: date, last: date, *, inner: HttpClient | None = None
) -> Iterator[Mapping[str, Money]]:
    """Yield what the calls of a route's account cost that began on these days (UTC), by reference.

    A call that was not charged yet is left out. Raises
    engine.carriers.settings.SettingRefused on settings that cannot be used, `Refused` and `Unclear`
    (a ConnectionError) when Twilio does not tell.
    """
    calls = open_client(TwilioSettings.read(route), inner).calls
    found = calls.stream(start_time_after=first, start_time_before=last, page_size=PAGE)
    while page := asked(lambda: _page(found)):
        yield {str(call.sid): cost for call in page if (cost := charge_of(call)) is not None}


def charge_of(call: CallInstance) -> Money | None:
    """Return what a call cost; `None`: nobody told, or it cannot be read."""
    amount, unit = str(call.price or ""), str(call.price_unit or "").upper()
    try:
        return Money(micros_of(amount.removeprefix("-")), unit) if len(unit) == 3 else None
    except ValueError:
        return None


def _page(found: Iterator[CallInstance]) -> list[CallInstance]:
    return [call for _, call in zip(range(PAGE), found, strict=False)]
