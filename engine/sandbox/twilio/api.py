"""Twilio's REST API on the double: accounts, calls, what happened in them."""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING

from flask import Blueprint, Response, jsonify, request
from werkzeug.exceptions import HTTPException

from engine.sandbox.twilio import resources
from engine.sandbox.twilio.asking import Address
from engine.sandbox.twilio.calls import NOT_ANSWERED_YET, Call
from engine.sandbox.twilio.errors import Refused
from engine.sandbox.twilio.parameters import check_create, check_values, moment
from engine.sandbox.twilio.resources import Json

if TYPE_CHECKING:
    from engine.sandbox.twilio.double import TwilioDouble

PREFIX = "/2010-04-01/Accounts"
#: The time of a call that a filter of a list speaks of.
_MOMENTS = {"StartTime": "started_s", "EndTime": "ended_s"}


def authenticate(double: TwilioDouble) -> None:
    """Refuse wrong credentials, and an account that is not active (20003, 20005, 10001)."""
    given, account = request.authorization, double.account
    expected = f"{account.sid}:{account.auth_token}"
    shown = f"{given.username}:{given.password}" if given else ""
    if not hmac.compare_digest(expected.encode(), shown.encode()):
        raise Refused(20003)
    if account.status != "active":
        raise Refused(20005 if account.status == "suspended" else 10001)
    sid = (request.view_args or {}).get("account_sid", account.sid)
    if sid != account.sid:
        raise Refused(20404, request.path)


def refusal(refused: Refused) -> Response:
    """Answer an error as Twilio does."""
    response = jsonify(refused.as_json())
    response.status_code = refused.status
    if refused.status == 401:
        response.headers["WWW-Authenticate"] = 'Basic realm="Twilio API"'
    if refused.status == 405:
        response.headers["Allow"] = "GET, POST"
    return response


def strange(error: HTTPException) -> Response:
    """Answer what Flask itself refuses."""
    if error.code == 405:
        response = refusal(Refused(20004))
        response.headers["Allow"] = error.get_response().headers.get("Allow", "GET, POST")
        return response
    return refusal(Refused(20404, request.path) if error.code == 404 else Refused(20001, "body"))


def form() -> dict[str, str]:
    """Return the parameters of a request, repeated ones joined by spaces, all checked."""
    given = {name: " ".join(values) for name, values in request.form.lists()}
    check_values(given)
    return given


def page(key: str, items: list[Json]) -> Response:
    """Answer one page of a list."""
    return jsonify(resources.page_json(key, items, request.path, request.args))


def calls_api(double: TwilioDouble) -> Blueprint:
    """Return the routes of accounts and calls."""
    api = Blueprint("calls", __name__)
    network, account, clock = double.network, double.account, double.clock

    def known(call_sid: str) -> Call:
        if call_sid not in network.calls:
            raise Refused(20404, request.path)
        return network.calls[call_sid]

    def shown(call: Call) -> Json:
        return resources.call_json(call, account, clock)

    @api.get(f"{PREFIX}/<account_sid>.json")
    def fetch_account(account_sid: str) -> Response:
        return jsonify(resources.account_json(account))

    @api.post(f"{PREFIX}/<account_sid>.json")
    def update_account(account_sid: str) -> Response:
        given = form()
        if given.get("Status", "active") not in {"active", "suspended", "closed"}:
            raise Refused(20001, "Status")
        account.friendly_name = given.get("FriendlyName", account.friendly_name)
        return jsonify(resources.account_json(account))

    @api.post(f"{PREFIX}/<account_sid>/Calls.json")
    def create_call(account_sid: str) -> tuple[Response, int]:
        given = form()
        check_create(given, request.form.getlist("StatusCallbackEvent"), account)
        if network.open_calls >= account.calls_at_once:
            raise Refused(10004)
        return jsonify(shown(network.create(given))), 201

    @api.get(f"{PREFIX}/<account_sid>/Calls.json")
    def list_calls(account_sid: str) -> Response:
        asked = request.args
        found = [shown(call) for call in reversed(network.calls.values()) if _fits(call, asked)]
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
        return _compares(clock.date(at_s), side, bound, is_a_day=len(text) == 10)

    @api.get(f"{PREFIX}/<account_sid>/Calls/<sid>.json")
    def fetch_call(account_sid: str, sid: str) -> Response:
        return jsonify(shown(known(sid)))

    @api.delete(f"{PREFIX}/<account_sid>/Calls/<sid>.json")
    def delete_call(account_sid: str, sid: str) -> tuple[str, int]:
        if not known(sid).is_over:
            raise Refused(20001, "the call is not over")
        del network.calls[sid]
        return "", 204

    @api.post(f"{PREFIX}/<account_sid>/Calls/<sid>.json")
    def update_call(account_sid: str, sid: str) -> Response:
        call, given = known(sid), form()
        _update(call, given)
        return jsonify(shown(call))

    def _update(call: Call, given: Mapping[str, str]) -> None:
        status = given.get("Status", "")
        if status not in {"", "canceled", "completed"}:
            raise Refused(20001, "Status")
        to_url = given.get("Url") or ("twiml:" + given["Twiml"] if given.get("Twiml") else "")
        if call.is_over or (to_url and call.status != "in-progress"):
            raise Refused(21220)
        if status == "completed" or (status == "canceled" and call.status in NOT_ANSWERED_YET):
            network.hang_up(call)
        elif to_url:
            fallback = given.get("FallbackUrl")
            network.redirect(
                call,
                Address(to_url, given.get("Method") or "POST"),
                Address(fallback, given.get("FallbackMethod") or "POST") if fallback else None,
            )
        if given.get("TimeLimit"):
            network.limit(call, float(given["TimeLimit"]))

    @api.get(f"{PREFIX}/<account_sid>/Calls/<sid>/Notifications.json")
    def list_notifications(account_sid: str, sid: str) -> Response:
        call = known(sid)
        found = [resources.notification_json(each, call, account, clock) for each in call.alarms]
        return page("notifications", found)

    @api.get(f"{PREFIX}/<account_sid>/Calls/<sid>/Events.json")
    def list_events(account_sid: str, sid: str) -> Response:
        return page("events", [resources.event_json(each, clock) for each in known(sid).asked])

    @api.get(f"{PREFIX}/<account_sid>/Calls/<sid>/Recordings.json")
    def list_recordings(account_sid: str, sid: str) -> Response:
        known(sid)
        return page("recordings", [])

    @api.post(f"{PREFIX}/<account_sid>/Calls/<sid>/Recordings.json")
    def record(account_sid: str, sid: str) -> Response:
        known(sid)
        raise Refused(21220)  # the double records nobody, nor should you

    return api


def _compares(when: datetime, side: str, bound: datetime, *, is_a_day: bool) -> bool:
    """Tell whether *when* is on, before (``<``) or after (``>``) *bound*, both included."""
    match side:
        case "<":
            return when.date() <= bound.date() if is_a_day else when <= bound
        case ">":
            return when >= bound
        case _:
            return when.date() == bound.date() if is_a_day else when == bound
