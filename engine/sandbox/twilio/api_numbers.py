"""Twilio's REST API on the double: the account's numbers and verified caller ids."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from flask import Blueprint, Response, jsonify, request

from engine.sandbox.twilio import resources
from engine.sandbox.twilio.account import OwnNumber
from engine.sandbox.twilio.countries import country_of
from engine.sandbox.twilio.errors import Refused
from engine.sandbox.twilio.resources import Json
from engine.sandbox.twilio.wired import PREFIX, double, form, page

numbers = Blueprint("numbers", __name__)

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


def _incoming(own: OwnNumber, number: str = "") -> Json:
    return resources.incoming_json(own, double().account, number)


@numbers.get(f"{PREFIX}/IncomingPhoneNumbers.json")
def list_incoming(account_sid: str) -> Response:
    """List the account's numbers."""
    number = request.args.get("PhoneNumber", "")
    found = [
        _incoming(each) for each in double().account.incoming.values() if number in each.number
    ]
    any_number = double().account.owns_any
    if not found and any_number is not None and _E164.fullmatch(number):
        found = [_incoming(any_number, number)]
    return page("incoming_phone_numbers", found)


@numbers.post(f"{PREFIX}/IncomingPhoneNumbers.json")
def buy(account_sid: str) -> tuple[Response, int]:
    """Buy a number; a French one needs a bundle."""
    given = form()
    number = given.get("PhoneNumber", "")
    if not _E164.fullmatch(number) or number in double().account.incoming:
        raise Refused(21422, number)
    if country_of(number) == "FR" and not given.get("BundleSid"):
        raise Refused(21649)
    own = double().account.owns(number)
    _change(own, given)
    return jsonify(_incoming(own)), 201


@numbers.get(f"{PREFIX}/IncomingPhoneNumbers/<sid>.json")
def fetch_incoming(account_sid: str, sid: str) -> Response:
    """Return one number."""
    return jsonify(_incoming(_of(double().account.incoming, sid)))


@numbers.post(f"{PREFIX}/IncomingPhoneNumbers/<sid>.json")
def update_incoming(account_sid: str, sid: str) -> Response:
    """Change the webhooks of a number."""
    own = _of(double().account.incoming, sid)
    _change(own, form())
    return jsonify(_incoming(own))


@numbers.delete(f"{PREFIX}/IncomingPhoneNumbers/<sid>.json")
def release(account_sid: str, sid: str) -> tuple[str, int]:
    """Give a number back."""
    del double().account.incoming[_of(double().account.incoming, sid).number]
    return "", 204


@numbers.get(f"{PREFIX}/OutgoingCallerIds.json")
def list_verified(account_sid: str) -> Response:
    """List the verified caller ids."""
    number = request.args.get("PhoneNumber")
    found = [
        resources.verified_json(each, double().account)
        for each in double().account.verified.values()
        if number in {None, each.number}
    ]
    return page("outgoing_caller_ids", found)


@numbers.post(f"{PREFIX}/OutgoingCallerIds.json")
def ask_to_verify(account_sid: str) -> Response:
    """Verify a caller id: its owner keys the code at once."""
    given = form()
    number = given.get("PhoneNumber", "")
    if not _E164.fullmatch(number):
        raise Refused(21211, number)
    if number in double().account.verified:
        raise Refused(21450)
    own = double().account.verifies(number)
    own.friendly_name = given.get("FriendlyName", number)
    return jsonify(
        account_sid=double().account.sid,
        call_sid=None,
        friendly_name=own.friendly_name,
        phone_number=number,
        validation_code=_CODE,
    )


@numbers.get(f"{PREFIX}/OutgoingCallerIds/<sid>.json")
def fetch_verified(account_sid: str, sid: str) -> Response:
    """Return one caller id."""
    return jsonify(resources.verified_json(_of(double().account.verified, sid), double().account))


@numbers.post(f"{PREFIX}/OutgoingCallerIds/<sid>.json")
def update_verified(account_sid: str, sid: str) -> Response:
    """Rename a caller id."""
    own = _of(double().account.verified, sid)
    own.friendly_name = form().get("FriendlyName", own.friendly_name)
    return jsonify(resources.verified_json(own, double().account))


@numbers.delete(f"{PREFIX}/OutgoingCallerIds/<sid>.json")
def forget_verified(account_sid: str, sid: str) -> tuple[str, int]:
    """Forget a caller id."""
    del double().account.verified[_of(double().account.verified, sid).number]
    return "", 204


def _of(numbers: Mapping[str, OwnNumber], sid: str) -> OwnNumber:
    for own in numbers.values():
        if own.sid == sid:
            return own
    raise Refused(20404, request.path)


def _change(own: OwnNumber, given: Mapping[str, str]) -> None:
    for name, attribute in _WEBHOOKS.items():
        if name in given:
            setattr(own, attribute, given[name])
