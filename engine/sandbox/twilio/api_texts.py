"""Twilio's REST API on the double: messages."""

from __future__ import annotations

import re
from typing import Final

from flask import Blueprint, Response, jsonify, request

from engine.sandbox.twilio import resources
from engine.sandbox.twilio.errors import Refused
from engine.sandbox.twilio.resources import Json
from engine.sandbox.twilio.texts import Text
from engine.sandbox.twilio.wired import PREFIX, double, form, page

texts = Blueprint("texts", __name__)

_TEXTED: Final = re.compile(r"(\+[1-9]\d{6,14}|[a-z]+:.+)")


def _known(sid: str) -> Text:
    if sid not in double().texting.all:
        raise Refused(20404, request.path)
    return double().texting.all[sid]


def _shown(text: Text) -> Json:
    return resources.text_json(text, double().account, double().clock)


@texts.get(f"{PREFIX}/Messages.json")
def list_texts(account_sid: str) -> Response:
    """List the messages."""
    to, from_ = request.args.get("To"), request.args.get("From")
    found = [
        _shown(each)
        for each in double().texting.all.values()
        if to in {None, each.to} and from_ in {None, each.from_}
    ]
    return page("messages", found)


@texts.post(f"{PREFIX}/Messages.json")
def send(account_sid: str) -> tuple[Response, int]:
    """Send a message."""
    given = form()
    to = given.get("To", "")
    if not _TEXTED.fullmatch(to):
        raise Refused(21211, to)
    text = double().texting.send(given.get("From", ""), to, given.get("Body", ""))
    return jsonify(_shown(text)), 201


@texts.get(f"{PREFIX}/Messages/<sid>.json")
def fetch_text(account_sid: str, sid: str) -> Response:
    """Return one message."""
    return jsonify(_shown(_known(sid)))


@texts.post(f"{PREFIX}/Messages/<sid>.json")
def redact(account_sid: str, sid: str) -> Response:
    """Take out what a message says."""
    text, given = _known(sid), form()
    if given.get("Status", "canceled") != "canceled":
        raise Refused(20001, "Status")
    text.body = given.get("Body", text.body)
    return jsonify(_shown(text))


@texts.delete(f"{PREFIX}/Messages/<sid>.json")
def delete_text(account_sid: str, sid: str) -> tuple[str, int]:
    """Forget a message."""
    del double().texting.all[_known(sid).sid]
    return "", 204
