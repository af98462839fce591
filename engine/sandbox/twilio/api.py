"""Twilio's REST API on the double: accounts, and calls with what happened in them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from flask import Blueprint, Response, jsonify, request

from engine.sandbox.twilio import resources
from engine.sandbox.twilio.asking import Address
from engine.sandbox.twilio.calls import NOT_ANSWERED_YET, Call
from engine.sandbox.twilio.errors import Refused
from engine.sandbox.twilio.parameters import check_create, moment
from engine.sandbox.twilio.resources import Json
from engine.sandbox.twilio.wired import PREFIX, double, form, page

calls = Blueprint("calls", __name__)

#: The time of a call that a filter of a list speaks of.
_MOMENTS = {"StartTime": "started_s", "EndTime": "ended_s"}


def _known(call_sid: str) -> Call:
    if call_sid not in double().calls:
        raise Refused(20404, request.path)
    return double().calls[call_sid]


def _shown(call: Call) -> Json:
    return resources.call_json(call, double().account, double().clock)


@calls.get(f"{PREFIX}.json")
def fetch_account(account_sid: str) -> Response:
    """Return the account."""
    return jsonify(resources.account_json(double().account))


@calls.post(f"{PREFIX}.json")
def update_account(account_sid: str) -> Response:
    """Rename the account."""
    given = form()
    if given.get("Status", "active") not in {"active", "suspended", "closed"}:
        raise Refused(20001, "Status")
    double().account.friendly_name = given.get("FriendlyName", double().account.friendly_name)
    return jsonify(resources.account_json(double().account))


@calls.post(f"{PREFIX}/Calls.json")
def create_call(account_sid: str) -> tuple[Response, int]:
    """Queue a call; the same create again is a second call."""
    given = form()
    check_create(given, request.form.getlist("StatusCallbackEvent"), double().account)
    if double().network.open_calls >= double().account.calls_at_once:
        raise Refused(10004)
    return jsonify(_shown(double().network.create(given))), 201


@calls.get(f"{PREFIX}/Calls.json")
def list_calls(account_sid: str) -> Response:
    """List the calls, the newest first."""
    asked = request.args
    found = [_shown(call) for call in reversed(double().calls.values()) if _fits(call, asked)]
    return page("calls", found)


def _fits(call: Call, asked: Mapping[str, str]) -> bool:
    plain = {
        "To": call.to,
        "From": call.from_,
        "Status": call.status,
        "ParentCallSid": call.parent_sid,
    }
    if any(asked.get(name, value) != value for name, value in plain.items()):
        return False
    return all(
        _is_within(name, side, call, asked[name + side])
        for name in _MOMENTS
        for side in ("", "<", ">")
        if name + side in asked
    )


def _is_within(name: str, side: str, call: Call, text: str) -> bool:
    at_s, bound = getattr(call, _MOMENTS[name]), moment(text)
    if at_s is None or bound is None:
        return False
    return _compares(double().clock.date(at_s), side, bound, is_a_day=len(text) == 10)


@calls.get(f"{PREFIX}/Calls/<sid>.json")
def fetch_call(account_sid: str, sid: str) -> Response:
    """Return one call."""
    return jsonify(_shown(_known(sid)))


@calls.delete(f"{PREFIX}/Calls/<sid>.json")
def delete_call(account_sid: str, sid: str) -> tuple[str, int]:
    """Forget a call that is over."""
    if not _known(sid).is_over:
        raise Refused(20001, "the call is not over")
    del double().calls[sid]
    return "", 204


@calls.post(f"{PREFIX}/Calls/<sid>.json")
def update_call(account_sid: str, sid: str) -> Response:
    """Cancel, end, limit or redirect a call."""
    call, given = _known(sid), form()
    _update(call, given)
    return jsonify(_shown(call))


def _update(call: Call, given: Mapping[str, str]) -> None:
    status = given.get("Status", "")
    if status not in {"", "canceled", "completed"}:
        raise Refused(20001, "Status")
    to_url = given.get("Url") or ("twiml:" + given["Twiml"] if given.get("Twiml") else "")
    if call.is_over or (to_url and call.status != "in-progress"):
        raise Refused(21220)
    if status == "completed" or (status == "canceled" and call.status in NOT_ANSWERED_YET):
        double().network.hang_up(call)
    elif to_url:
        fallback = given.get("FallbackUrl")
        double().network.redirect(
            call,
            Address(to_url, given.get("Method") or "POST"),
            Address(fallback, given.get("FallbackMethod") or "POST") if fallback else None,
        )
    if given.get("TimeLimit"):
        double().network.limit(call, float(given["TimeLimit"]))


@calls.get(f"{PREFIX}/Calls/<sid>/Notifications.json")
def list_notifications(account_sid: str, sid: str) -> Response:
    """List the errors and warnings of a call."""
    call = _known(sid)
    found = [
        resources.notification_json(each, call, double().account, double().clock)
        for each in call.alarms
    ]
    return page("notifications", found)


@calls.get(f"{PREFIX}/Calls/<sid>/Events.json")
def list_events(account_sid: str, sid: str) -> Response:
    """List the requests that were made for a call."""
    return page(
        "events", [resources.event_json(each, double().clock) for each in _known(sid).asked]
    )


@calls.get(f"{PREFIX}/Calls/<sid>/Recordings.json")
def list_recordings(account_sid: str, sid: str) -> Response:
    """List no recording: there is none."""
    _known(sid)
    return page("recordings", [])


@calls.post(f"{PREFIX}/Calls/<sid>/Recordings.json")
def record(account_sid: str, sid: str) -> Response:
    """Refuse to record."""
    _known(sid)
    raise Refused(21220)  # the double records nobody, nor should you


def _compares(when: datetime, side: str, bound: datetime, *, is_a_day: bool) -> bool:
    """Tell whether *when* is on, before (``<``) or after (``>``) *bound*, both included."""
    match side:
        case "<":
            return when.date() <= bound.date() if is_a_day else when <= bound
        case ">":
            return when >= bound
        case _:
            return when.date() == bound.date() if is_a_day else when == bound
