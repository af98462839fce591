"""Notifications of a provider that signs nothing: what is believed, kept, and refused."""

from __future__ import annotations

import json
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.addresses import Addresses
from engine.bootstrap import Engine
from engine.operations.deposits import apply_deposits
from ivr.deposit_webhooks import blueprint
from tests.engine.deposited import BATCH, REFERENCE, handed_over, opened, outcomes
from tests.engine.operating import OPEN, a_number, kinds

TOTALS = {"campaign_token": "ct", "campaign_id": REFERENCE}


@pytest.fixture
def client(engine: Engine) -> FlaskClient:
    app = Flask("web")
    app.register_blueprint(blueprint(engine))
    return app.test_client()


def notified(engine: Engine, route: str = "vp", batch: str = BATCH) -> str:
    return Addresses("", engine.keys).deposit_notify(route, batch)


def told_each(engine: Engine) -> str:
    return Addresses("", engine.keys).deposit_status("vp", BATCH)


def totals(delivered: object, total: object, **more: str) -> dict[str, str]:
    counts = {"delivered_quantity": str(delivered), "total_quantity": str(total)}
    return {**TOTALS, **counts, **more}


def a_state(status: str = "delivered", **more: object) -> dict[str, Any]:
    return {
        "campaignId": int(REFERENCE),
        "status": status,
        "additionnal_status": "VOICE_NOT_ANSWERED",
        "phoneNumber": a_number(10_000_040),
        "duration": 12,
        **more,
    }


def reports(engine: Engine) -> int:
    return apply_deposits(engine, at=OPEN)


def test_totals_are_kept_before_they_are_acknowledged(engine: Engine, client: FlaskClient) -> None:
    _, calls = handed_over(engine)
    reply = client.get(notified(engine), query_string=totals(3, 3))
    assert (reply.status_code, reply.data) == (204, b"")
    assert reports(engine) == 1
    assert outcomes(engine, calls) == ["deposited"] * 3


def test_a_replay_has_no_effect(engine: Engine, client: FlaskClient) -> None:
    _, calls = handed_over(engine)
    for _ in range(2):
        assert client.get(notified(engine), query_string=totals(3, 3)).status_code == 204
        reports(engine)
    assert reports(engine) == 0
    assert kinds(engine).count("concluded") == 2 * len(calls)


def test_less_after_all_takes_nothing_back(engine: Engine, client: FlaskClient) -> None:
    _, calls = handed_over(engine)
    for delivered in (3, 2):
        client.get(notified(engine), query_string=totals(delivered, 3))
    reports(engine)
    assert outcomes(engine, calls) == ["deposited"] * 3


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ({}, 400),
        (totals(-1, 3), 400),
        (totals(4, 3), 400),
        (totals(4, 4), 400),
        (totals(0, 0), 400),
        (totals("3.0", 3), 400),
        (totals("³", "³"), 400),
        (totals("3" * 40, 3), 400),
        (totals(3, 3, campaign_id="another"), 400),
        (totals(3, 3, campaign_id="<x/>"), 400),
    ],
)
def test_totals_that_are_none_change_nothing(
    engine: Engine, client: FlaskClient, query: dict[str, str], status: int
) -> None:
    _, calls = handed_over(engine)
    assert client.get(notified(engine), query_string=query).status_code == status
    assert reports(engine) == 0
    assert outcomes(engine, calls) == ["handed_over"] * 3


def test_a_total_given_twice_is_none(engine: Engine, client: FlaskClient) -> None:
    handed_over(engine)
    query = "delivered_quantity=3&delivered_quantity=0&total_quantity=3"
    assert client.get(f"{notified(engine)}?{query}").status_code == 400


def test_a_head_tells_nothing(engine: Engine, client: FlaskClient) -> None:
    handed_over(engine)
    assert client.head(notified(engine), query_string=totals(3, 3)).status_code == 405
    assert reports(engine) == 0


@pytest.mark.parametrize("spoil", ["forged", "another_batch", "another_route", "of_a_call"])
def test_only_whom_we_gave_the_address_is_believed(
    engine: Engine, client: FlaskClient, spoil: str
) -> None:
    handed_over(engine)
    address = {
        "forged": notified(engine)[:-2] + "AA",
        "another_batch": notified(engine, batch="batch-2"),
        "another_route": notified(engine, route="sandbox"),
        "of_a_call": notified(engine).replace(
            engine.keys.token("batch", BATCH), engine.keys.token("call", BATCH)
        ),
    }[spoil]
    assert client.get(address, query_string=totals(3, 3)).status_code in (403, 404)
    assert reports(engine) == 0


def test_totals_that_overtake_the_answer_are_kept(engine: Engine, client: FlaskClient) -> None:
    _, calls = opened(engine)
    assert client.get(notified(engine), query_string=totals(3, 3)).status_code == 204
    reports(engine)
    assert outcomes(engine, calls) == ["deposited"] * 3


@pytest.mark.parametrize(
    ("told", "outcome"),
    [
        (a_state("pending"), "handed_over"),
        (a_state(audioFileComplementaire={"status": "Deposit"}), "deposited"),
        (a_state("undelivered", audioFileComplementaire={"status": "Deposit"}), "deposited"),
        (a_state(additionnal_status="VOICE_ANSWERED"), "deposited_unconfirmed"),
        (a_state("undelivered", additionnal_status="VOICE_ANSWERED"), "deposited_unconfirmed"),
        (a_state("undelivered"), "handed_over"),
        (a_state(phoneNumber="06 10 00 00 40", additionnal_status=None), "deposited_unconfirmed"),
    ],
)
def test_a_callees_state_is_kept(
    engine: Engine, client: FlaskClient, told: dict[str, Any], outcome: str
) -> None:
    _, calls = handed_over(engine, 2)
    assert client.post(told_each(engine), json=told).status_code == 204
    reports(engine)
    assert outcomes(engine, calls) == [outcome, "handed_over"]


@pytest.mark.parametrize(
    "told",
    [
        a_state("burnt"),
        a_state(phoneNumber="0612345678"),
        a_state(phoneNumber="not a number"),
        a_state(phoneNumber=612),
        a_state(campaignId=7),
        [],
        {},
        "pending",
    ],
)
def test_a_state_that_is_none_changes_nothing(
    engine: Engine, client: FlaskClient, told: object
) -> None:
    _, calls = handed_over(engine, 1)
    assert client.post(told_each(engine), json=told).status_code == 400
    assert reports(engine) == 0
    assert outcomes(engine, calls) == ["handed_over"]


def test_a_body_that_is_too_long_is_not_read(engine: Engine, client: FlaskClient) -> None:
    handed_over(engine, 1)
    body = json.dumps(a_state(padding="x" * 20_000))
    reply = client.post(told_each(engine), data=body, content_type="application/json")
    assert reply.status_code == 413


def test_no_refusal_repeats_a_number(
    engine: Engine, client: FlaskClient, capsys: pytest.CaptureFixture[str]
) -> None:
    handed_over(engine, 1)
    reply = client.post(told_each(engine), json=a_state(phoneNumber="0612345678"))
    told = reply.get_data(as_text=True) + "".join(capsys.readouterr())
    assert "612345678" not in told


@given(
    body=st.binary(max_size=200)
    | st.recursive(
        st.none() | st.booleans() | st.floats() | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
        max_leaves=8,
    ).map(lambda value: json.dumps(value).encode()),
    query=st.dictionaries(st.sampled_from([*totals(0, 0), "x"]), st.text()),
)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
def test_nothing_that_is_sent_is_a_fault_of_ours(
    engine: Engine, client: FlaskClient, body: bytes, query: dict[str, str]
) -> None:
    if kinds(engine) == []:
        handed_over(engine, 1)
    assert client.post(told_each(engine), data=body).status_code < 500
    assert client.get(notified(engine), query_string=query).status_code < 500
