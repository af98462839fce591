"""What a direct-deposit provider tells: totals of a batch by GET, each callee's state by POST.

The provider signs nothing. What proves that it is the one who was asked is the token in the address
that we gave it with the batch, which nobody can guess; whoever has it can tell of that batch only.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from typing import NoReturn

import structlog
from flask import Blueprint, Response, abort, request

from engine import operations
from engine.addresses import VOICEPARTNER, Addresses
from engine.bootstrap import Engine
from engine.interfaces import StoreUnavailable
from engine.interfaces.deposits import DepositBatch
from engine.journal import Json
from engine.numbers import NumberRefused, parse
from engine.operations.deposits import state_report, totals_report
from engine.reports import Report

log = structlog.get_logger(__name__)

#: The longest body that the provider has reason to send.
MOST_BYTES = 16_000
#: Seconds of a call beyond which a duration is none.
LONGEST_S = 3_600.0
#: What the provider adds to the address that it was given.
TOTALS = ("campaign_token", "campaign_id", "delivered_quantity", "total_quantity")

_COUNT = re.compile(r"[0-9]{1,6}", re.ASCII)
_CAMPAIGN = re.compile(r"[A-Za-z0-9_.:-]{0,64}", re.ASCII)


class DepositWebhooks:
    """The webhooks of one web process for direct deposits."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._addresses = Addresses(engine.settings.public_url, engine.keys)

    def notify(self, route: str, token: str) -> Response:
        """Take the totals of a batch."""
        if request.method != "GET":  # a HEAD is nobody's notification
            _refuse(405, "totals come by GET")
        batch = self._batch(route, token)
        given = {name: request.args.getlist(name) for name in TOTALS}
        if any(len(values) > 1 for values in given.values()):
            _refuse(400, "a total is given twice")
        told = {name: values[0] for name, values in given.items() if values}
        counts = [told.get(name, "") for name in ("delivered_quantity", "total_quantity")]
        reference = told.get("campaign_id", "")
        if not all(map(_COUNT.fullmatch, counts)) or not _CAMPAIGN.fullmatch(reference):
            _refuse(400, "totals that are none")
        deposited, of = map(int, counts)
        at = self._engine.clock()
        report = totals_report(batch, deposited, of, reference=reference, at=at)
        if report is None:
            _refuse(400, "totals that cannot be this batch's")
        return self._take(report)

    def status(self, route: str, token: str) -> Response:
        """Take the state of one callee of a batch whose text the provider spoke."""
        batch = self._batch(route, token)
        told = _document()
        reference = str(told.get("campaignId", ""))
        if batch.reference is not None and reference not in ("", batch.reference):
            _refuse(400, "a state of another campaign")
        call_id = self._call(batch, told.get("phoneNumber"))
        state = state_of(told)
        if state is None:
            return Response(status=204)  # it is on its way: nothing to keep
        at, lasted_s = self._engine.clock(), _seconds(told.get("duration"))
        return self._take(state_report(batch, call_id, state, duration_s=lasted_s, at=at))

    def _batch(self, route: str, token: str) -> DepositBatch:
        """Return the batch that an address of ours names."""
        batch_id = self._addresses.batch_of(token)
        if batch_id is None:
            _refuse(403, "a token that is not ours")
        try:
            with self._engine.store.read() as unit:
                batch = unit.deposits.batch(batch_id)
        except StoreUnavailable:
            _refuse(503, "the store is away: tell it again")
        if batch is None or batch.route != route:
            _refuse(404, "no such batch")
        return batch

    def _call(self, batch: DepositBatch, number: Json) -> int:
        try:
            callee = parse(number).e164 if isinstance(number, str) else ""
            with self._engine.store.read() as unit:
                call_id = unit.deposits.call_to(batch.id, callee)
        except NumberRefused:
            _refuse(400, "a number that is none")
        except StoreUnavailable:
            _refuse(503, "the store is away: tell it again")
        if call_id is None:
            _refuse(400, "a callee who is not of this batch")
        return call_id

    def _take(self, report: Report) -> Response:
        """Commit a report, then acknowledge it; it takes effect in a voice process."""
        try:
            operations.receive(self._engine, [report])
        except StoreUnavailable:
            _refuse(503, "the store is away: tell it again")
        return Response(status=204)


def state_of(told: Mapping[str, Json]) -> str | None:
    """Return a callee's state by `engine.operations.deposits.STATES`; `None`: not over yet.

    In doubt the message counts as left: nobody gets it twice.
    """
    complement = told.get("audioFileComplementaire")
    if isinstance(complement, Mapping) and str(complement.get("status")).lower() == "deposit":
        return "deposited"
    status, answered = told.get("status"), told.get("additionnal_status")
    if status == "pending":
        return None
    if status not in ("delivered", "undelivered"):
        _refuse(400, "a state that we do not know")
    if status == "delivered" or answered == "VOICE_ANSWERED":
        return "played"
    return "no_answer" if answered == "VOICE_NOT_ANSWERED" else "unreachable"


def _document() -> Mapping[str, Json]:
    request.max_content_length = MOST_BYTES
    body = request.get_data(cache=False)
    try:
        document = json.loads(body)
    except (ValueError, RecursionError):
        document = None
    if not isinstance(document, Mapping):
        _refuse(400, "a body that is no JSON object")
    return document


def _seconds(value: Json) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if math.isfinite(value) and 0 <= value <= LONGEST_S else None


def _refuse(status: int, reason: str) -> NoReturn:
    """End the request; one line in the log says why, and no word of what was sent."""
    log.warning("a provider's notification is refused", status=status, reason=reason)
    abort(Response(reason, status, mimetype="text/plain"))


def blueprint(engine: Engine) -> Blueprint:
    """Return the routes of the webhooks, ready to be registered."""
    hooks = DepositWebhooks(engine)
    made = Blueprint("deposits", __name__, url_prefix=VOICEPARTNER)
    made.add_url_rule("/<route>/notify/<token>", "notify", hooks.notify, methods=["GET"])
    made.add_url_rule("/<route>/status/<token>", "status", hooks.status, methods=["POST"])
    return made
