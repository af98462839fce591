"""Twilio's resources as JSON, in the shapes of its OpenAPI document."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from email.utils import format_datetime
from urllib.parse import urlencode

from engine.sandbox.twilio.account import Account, OwnNumber, a_sid
from engine.sandbox.twilio.calls import Alarm, Asked, Call
from engine.sandbox.twilio.clock import Clock
from engine.sandbox.twilio.texts import Text

Json = dict[str, object]
BASE = "/2010-04-01/Accounts"
_LAST_PAGE = 1_000_000


def date(when: datetime) -> str:
    """Return an instant as Twilio writes it (RFC 2822)."""
    return format_datetime(when)


def account_json(account: Account) -> Json:
    """Return an Account."""
    uri = f"{BASE}/{account.sid}"
    return {
        "sid": account.sid,
        "owner_account_sid": account.sid,
        "auth_token": account.auth_token,
        "friendly_name": account.friendly_name,
        "status": account.status,
        "type": account.type,
        "date_created": date(account.created_at),
        "date_updated": date(account.created_at),
        "uri": f"{uri}.json",
        "subresource_uris": {"calls": f"{uri}/Calls.json"},
    }


def call_json(call: Call, account: Account, clock: Clock) -> Json:
    """Return a Call; its price is there a minute after it ended."""

    def dated(when_s: float | None) -> str | None:
        return None if when_s is None else date(clock.date(when_s))

    uri = f"{BASE}/{account.sid}/Calls/{call.sid}"
    own = account.own(call.from_)
    return {
        "sid": call.sid,
        "account_sid": account.sid,
        "parent_call_sid": call.parent_sid or None,
        "to": call.to,
        "to_formatted": call.to,
        "from": call.from_,
        "from_formatted": call.from_,
        "phone_number_sid": own.sid if own else None,
        "status": call.status,
        "start_time": dated(call.started_s),
        "end_time": dated(call.ended_s),
        "date_created": dated(call.created_s),
        "date_updated": dated(call.ended_s or call.created_s),
        "duration": str(round(call.duration_s)) if call.duration_s is not None else None,
        "price": call.price_usd or None,
        "price_unit": "USD",
        "direction": call.direction,
        "answered_by": call.answered_by or None,
        "api_version": "2010-04-01",
        "forwarded_from": None,
        "group_sid": None,
        "caller_name": None,
        "queue_time": str(round(call.queue_time_s * 1000)),
        "trunk_sid": None,
        "uri": f"{uri}.json",
        "subresource_uris": {"notifications": f"{uri}/Notifications.json"},
    }


def event_json(asked: Asked, clock: Clock) -> Json:
    """Return a request that Twilio made for a call (Twilio: Call Events)."""
    return {
        "request": {
            "method": asked.method,
            "url": asked.url,
            "parameters": dict(asked.parameters),
        },
        "response": {
            "response_code": asked.status,
            "request_duration": 20,
            "content_type": asked.content_type,
            "response_body": asked.body,
            "date_created": date(clock.date(asked.at_s)),
        },
    }


def notification_json(alarm: Alarm, call: Call, account: Account, clock: Clock) -> Json:
    """Return an error or warning of a call."""
    sid = a_sid("NO", f"{call.sid} {alarm.code} {alarm.at_s}")
    when = date(clock.date(alarm.at_s))
    return {
        "sid": sid,
        "account_sid": account.sid,
        "call_sid": call.sid,
        "api_version": "2010-04-01",
        "error_code": str(alarm.code),
        "log": "1" if 12200 <= alarm.code < 12300 else "0",
        "message_text": f"Msg&ErrorCode={alarm.code}",
        "message_date": when,
        "date_created": when,
        "date_updated": when,
        "more_info": f"https://www.twilio.com/docs/errors/{alarm.code}",
        "request_method": "POST",
        "request_url": alarm.url or None,
        "uri": f"{BASE}/{account.sid}/Notifications/{sid}.json",
    }


def incoming_json(own: OwnNumber, account: Account, number: str = "") -> Json:
    """Return an IncomingPhoneNumber; *number* when *own* stands for them all."""
    return {
        **_named(own, account, "IncomingPhoneNumbers", number),
        "api_version": "2010-04-01",
        "address_requirements": "none",
        "beta": False,
        "capabilities": {"voice": True, "sms": True, "mms": False, "fax": False},
        "origin": "twilio",
        "status": "in-use",
        "voice_receive_mode": "voice",
        "voice_caller_id_lookup": False,
        "voice_url": own.voice_url or None,
        "voice_method": own.voice_method,
        "voice_fallback_url": own.voice_fallback_url or None,
        "voice_fallback_method": own.voice_fallback_method,
        "sms_url": own.sms_url or None,
        "sms_method": own.sms_method,
        "status_callback": own.status_callback or None,
        "status_callback_method": own.status_callback_method,
    }


def verified_json(own: OwnNumber, account: Account) -> Json:
    """Return an OutgoingCallerId."""
    return _named(own, account, "OutgoingCallerIds", "")


def _named(own: OwnNumber, account: Account, collection: str, number: str) -> Json:
    return {
        "sid": own.sid,
        "account_sid": account.sid,
        "phone_number": number or own.number,
        "friendly_name": own.friendly_name,
        "date_created": date(own.created_at),
        "date_updated": date(own.created_at),
        "uri": f"{BASE}/{account.sid}/{collection}/{own.sid}.json",
    }


def text_json(text: Text, account: Account, clock: Clock) -> Json:
    """Return a Message."""
    when = date(clock.date(text.created_s))
    return {
        "sid": text.sid,
        "account_sid": account.sid,
        "body": text.body,
        "from": text.from_ or None,
        "to": text.to,
        "direction": text.direction,
        "status": text.status,
        "num_segments": "1",
        "num_media": "0",
        "date_created": when,
        "date_updated": when,
        "date_sent": when,
        "error_code": None,
        "error_message": None,
        "price": None,
        "price_unit": "USD",
        "messaging_service_sid": None,
        "api_version": "2010-04-01",
        "uri": f"{BASE}/{account.sid}/Messages/{text.sid}.json",
        "subresource_uris": {},
    }


def page_json(key: str, items: Sequence[Json], path: str, query: Mapping[str, str]) -> Json:
    """Return one page of a list, in the shape of the 2010 API; a page beyond the last is empty.

    A size that is out of range is brought into it: no error is documented.
    """
    size = max(1, min(_whole(query.get("PageSize"), 50), 1000))
    page = min(_whole(query.get("Page"), 0), _LAST_PAGE)
    first = page * size
    shown = items[first : first + size]
    others = {name: each for name, each in query.items() if name not in {"Page", "PageToken"}}

    def uri(number: int) -> str:
        token = {"PageToken": f"PA{number}"} if number else {}
        asked = {**others, "PageSize": str(size), "Page": str(number), **token}
        return f"{path}?{urlencode(asked)}"

    return {
        key: list(shown),
        "page": page,
        "page_size": size,
        "start": first,
        "end": first + max(0, len(shown) - 1),
        "uri": uri(page),
        "first_page_uri": uri(0),
        "next_page_uri": uri(page + 1) if len(items) > first + size else None,
        "previous_page_uri": uri(page - 1) if page else None,
    }


def _whole(text: str | None, default: int) -> int:
    is_whole = text is not None and text.isascii() and text.isdecimal() and len(text) < 10
    return int(text) if text is not None and is_whole else default
