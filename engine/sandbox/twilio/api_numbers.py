"""Twilio's REST API on the double: numbers, messages, permissions, prices."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

from flask import Blueprint, Response, jsonify, request

from engine.sandbox.twilio import resources
from engine.sandbox.twilio.account import OwnNumber
from engine.sandbox.twilio.api import PREFIX, form, page
from engine.sandbox.twilio.errors import Refused
from engine.sandbox.twilio.network import country_of
from engine.sandbox.twilio.resources import Json
from engine.sandbox.twilio.texts import Text

if TYPE_CHECKING:
    from engine.sandbox.twilio.double import TwilioDouble

_WEBHOOKS: Final[Mapping[str, str]] = {
    "FriendlyName": "friendly_name",
    "VoiceUrl": "voice_url",
    "VoiceMethod": "voice_method",
    "VoiceFallbackUrl": "voice_fallback_url",
    "VoiceFallbackMethod": "voice_fallback_method",
    "SmsUrl": "sms_url",
    "SmsMethod": "sms_method",
    "StatusCallback": "status_callback",
    "StatusCallbackMethod": "status_callback_method",
}
_CODE: Final = "123456"
_E164: Final = re.compile(r"\+[1-9]\d{6,14}")
_TEXTED: Final = re.compile(r"(\+[1-9]\d{6,14}|[a-z]+:.+)")


def numbers_api(double: TwilioDouble) -> Blueprint:
    """Return the routes of the account's numbers and verified caller ids."""
    api = Blueprint("numbers", __name__)
    account = double.account

    def incoming(own: OwnNumber, number: str = "") -> Json:
        return resources.incoming_json(own, account, number)

    @api.get(f"{PREFIX}/<account_sid>/IncomingPhoneNumbers.json")
    def list_incoming(account_sid: str) -> Response:
        number = request.args.get("PhoneNumber", "")
        found = [incoming(each) for each in account.incoming.values() if number in each.number]
        if not found and account.owns_any is not None and _E164.fullmatch(number):
            found = [incoming(account.owns_any, number)]
        return page("incoming_phone_numbers", found)

    @api.post(f"{PREFIX}/<account_sid>/IncomingPhoneNumbers.json")
    def buy(account_sid: str) -> tuple[Response, int]:
        given = form()
        number = given.get("PhoneNumber", "")
        if not _E164.fullmatch(number) or number in account.incoming:
            raise Refused(21422, number)
        if country_of(number) == "FR" and not given.get("BundleSid"):
            raise Refused(21649)
        own = account.owns(number)
        _change(own, given)
        return jsonify(incoming(own)), 201

    @api.get(f"{PREFIX}/<account_sid>/IncomingPhoneNumbers/<sid>.json")
    def fetch_incoming(account_sid: str, sid: str) -> Response:
        return jsonify(incoming(_of(account.incoming, sid)))

    @api.post(f"{PREFIX}/<account_sid>/IncomingPhoneNumbers/<sid>.json")
    def update_incoming(account_sid: str, sid: str) -> Response:
        own = _of(account.incoming, sid)
        _change(own, form())
        return jsonify(incoming(own))

    @api.delete(f"{PREFIX}/<account_sid>/IncomingPhoneNumbers/<sid>.json")
    def release(account_sid: str, sid: str) -> tuple[str, int]:
        del account.incoming[_of(account.incoming, sid).number]
        return "", 204

    @api.get(f"{PREFIX}/<account_sid>/OutgoingCallerIds.json")
    def list_verified(account_sid: str) -> Response:
        number = request.args.get("PhoneNumber")
        found = [
            resources.verified_json(each, account)
            for each in account.verified.values()
            if number in {None, each.number}
        ]
        return page("outgoing_caller_ids", found)

    @api.post(f"{PREFIX}/<account_sid>/OutgoingCallerIds.json")
    def ask_to_verify(account_sid: str) -> Response:
        given = form()
        number = given.get("PhoneNumber", "")
        if not _E164.fullmatch(number):
            raise Refused(21211, number)
        if number in account.verified:
            raise Refused(21450)
        own = account.verifies(number)  # its owner keyed the code at once
        own.friendly_name = given.get("FriendlyName", number)
        return jsonify(
            account_sid=account.sid,
            call_sid=None,
            friendly_name=own.friendly_name,
            phone_number=number,
            validation_code=_CODE,
        )

    @api.get(f"{PREFIX}/<account_sid>/OutgoingCallerIds/<sid>.json")
    def fetch_verified(account_sid: str, sid: str) -> Response:
        return jsonify(resources.verified_json(_of(account.verified, sid), account))

    @api.post(f"{PREFIX}/<account_sid>/OutgoingCallerIds/<sid>.json")
    def update_verified(account_sid: str, sid: str) -> Response:
        own = _of(account.verified, sid)
        own.friendly_name = form().get("FriendlyName", own.friendly_name)
        return jsonify(resources.verified_json(own, account))

    @api.delete(f"{PREFIX}/<account_sid>/OutgoingCallerIds/<sid>.json")
    def forget_verified(account_sid: str, sid: str) -> tuple[str, int]:
        del account.verified[_of(account.verified, sid).number]
        return "", 204

    return api


def texts_api(double: TwilioDouble) -> Blueprint:
    """Return the routes of messages."""
    api = Blueprint("texts", __name__)
    texts = double.texting

    def known(sid: str) -> Text:
        if sid not in texts.all:
            raise Refused(20404, request.path)
        return texts.all[sid]

    def shown(text: Text) -> Json:
        return resources.text_json(text, double.account, double.clock)

    @api.get(f"{PREFIX}/<account_sid>/Messages.json")
    def list_texts(account_sid: str) -> Response:
        to, from_ = request.args.get("To"), request.args.get("From")
        found = [
            shown(each)
            for each in texts.all.values()
            if to in {None, each.to} and from_ in {None, each.from_}
        ]
        return page("messages", found)

    @api.post(f"{PREFIX}/<account_sid>/Messages.json")
    def send(account_sid: str) -> tuple[Response, int]:
        given = form()
        to = given.get("To", "")
        if not _TEXTED.fullmatch(to):
            raise Refused(21211, to)
        text = texts.send(given.get("From", ""), to, given.get("Body", ""))
        return jsonify(shown(text)), 201

    @api.get(f"{PREFIX}/<account_sid>/Messages/<sid>.json")
    def fetch_text(account_sid: str, sid: str) -> Response:
        return jsonify(shown(known(sid)))

    @api.post(f"{PREFIX}/<account_sid>/Messages/<sid>.json")
    def redact(account_sid: str, sid: str) -> Response:
        text, given = known(sid), form()
        if given.get("Status", "canceled") != "canceled":
            raise Refused(20001, "Status")
        text.body = given.get("Body", text.body)
        return jsonify(shown(text))

    @api.delete(f"{PREFIX}/<account_sid>/Messages/<sid>.json")
    def delete_text(account_sid: str, sid: str) -> tuple[str, int]:
        del texts.all[known(sid).sid]
        return "", 204

    return api


def products_api(double: TwilioDouble) -> Blueprint:
    """Return what other products answer at hosts of their own: voice v1, pricing v2."""
    api = Blueprint("products", __name__)
    account = double.account

    def country(code: str) -> Json:
        return {
            "iso_code": code,
            "name": code,
            "continent": "EU",
            "country_codes": [],
            "low_risk_numbers_enabled": code in account.countries,
            "high_risk_special_numbers_enabled": False,
            "high_risk_tollfraud_numbers_enabled": False,
            "url": f"https://voice.twilio.com/v1/DialingPermissions/Countries/{code}",
            "links": {},
        }

    @api.get("/v1/DialingPermissions/Countries")
    def list_countries() -> Response:
        asked = request.args.get("IsoCode")
        found = [country(each) for each in sorted(account.countries) if asked in {None, each}]
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

    @api.get("/v1/DialingPermissions/Countries/<code>")
    def fetch_country(code: str) -> Response:
        if not re.fullmatch("[A-Z]{2}", code):
            raise Refused(20404, request.path)
        return jsonify(country(code))

    @api.get("/v2/Voice/Numbers/<destination>")
    def price(destination: str) -> Response:
        if not _E164.fullmatch(destination):
            raise Refused(20404, request.path)
        minute = str(account.price_usd(destination))
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

    return api


def _of(numbers: Mapping[str, OwnNumber], sid: str) -> OwnNumber:
    for own in numbers.values():
        if own.sid == sid:
            return own
    raise Refused(20404, request.path)


def _change(own: OwnNumber, given: Mapping[str, str]) -> None:
    for name, attribute in _WEBHOOKS.items():
        if name in given:
            setattr(own, attribute, given[name])
