"""Twilio's REST API on the double: voice v1 and pricing v2, at hosts of their own in life."""

from __future__ import annotations

import re
from typing import Final

from flask import Blueprint, Response, jsonify, request

from engine.sandbox.twilio.countries import country_of
from engine.sandbox.twilio.errors import Refused
from engine.sandbox.twilio.resources import Json
from engine.sandbox.twilio.wired import double

products = Blueprint("products", __name__)

_E164: Final = re.compile(r"\+[1-9]\d{6,14}")


def _country(code: str) -> Json:
    return {
        "iso_code": code,
        "name": code,
        "continent": "EU",
        "country_codes": [],
        "low_risk_numbers_enabled": code in double().account.countries,
        "high_risk_special_numbers_enabled": False,
        "high_risk_tollfraud_numbers_enabled": False,
        "url": f"https://voice.twilio.com/v1/DialingPermissions/Countries/{code}",
        "links": {},
    }


@products.get("/v1/DialingPermissions/Countries")
def list_countries() -> Response:
    """List the countries that may be called."""
    asked = request.args.get("IsoCode")
    found = [_country(each) for each in sorted(double().account.countries) if asked in {None, each}]
    url = "https://voice.twilio.com/v1/DialingPermissions/Countries"
    meta = {
        "page": 0,
        "page_size": 50,
        "url": url,
        "first_page_url": url,
        "next_page_url": None,
        "previous_page_url": None,
        "key": "content",
    }
    return jsonify(content=found, meta=meta)


@products.get("/v1/DialingPermissions/Countries/<code>")
def fetch_country(code: str) -> Response:
    """Return whether a country may be called."""
    if not re.fullmatch("[A-Z]{2}", code):
        raise Refused(20404, request.path)
    return jsonify(_country(code))


@products.get("/v2/Voice/Numbers/<destination>")
def price(destination: str) -> Response:
    """Return what a minute costs."""
    if not _E164.fullmatch(destination):
        raise Refused(20404, request.path)
    minute = str(double().account.price_usd(destination))
    origin = request.args.get("OriginationNumber")
    return jsonify(
        destination_number=destination,
        origination_number=origin,
        country=country_of(destination),
        iso_country=country_of(destination),
        outbound_call_prices=[
            {"base_price": minute, "current_price": minute, "origination_prefixes": ["ALL"]}
        ],
        inbound_call_price=None,
        price_unit="USD",
        url=f"https://pricing.twilio.com/v2/Voice/Numbers/{destination}",
    )
