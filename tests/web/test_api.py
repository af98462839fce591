"""Launching by webhook, and asking how it stands."""

from __future__ import annotations

import json
import sqlite3
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from apiflask import APIFlask
from werkzeug.test import TestResponse

from engine import operations
from engine.interfaces import Route
from engine.journal import Json
from engine.operations.deposit_audio import attest_audio, bind_audio
from engine.sandbox.voicepartner import VoicePartnerDouble, served
from tests.web.conftest import Program, a_callee, a_recording, a_request, engine_of
from web.idempotency import name_of_attempt
from web.schemas import MAX_CALLEES


def problem(response: TestResponse, status: int) -> Any:
    """Return the problem that *response* is (RFC 9457)."""
    assert response.status_code == status, response.data
    assert response.content_type == "application/problem+json"
    body = response.json
    assert body is not None
    assert body["status"] == status
    assert body["instance"] == f"urn:uuid:{response.headers['X-Request-Id']}"
    return body


def pointers(response: TestResponse, status: int) -> set[str]:
    """Return the places that *response* complains about."""
    errors = problem(response, status)["errors"]
    assert all(error["reason"] for error in errors)
    return {error["pointer"] for error in errors}


def campaigns(app: APIFlask) -> int:
    with engine_of(app).store.read() as unit:
        return len(unit.campaigns.all())


def test_a_request_launches_a_campaign(program: Program) -> None:
    launched = program.launch(a_request(a_callee(), a_callee("0612345602")))
    assert launched.status_code == 201
    assert launched.json is not None
    assert (launched.json["accepted"], launched.json["refused"]) == (2, [])
    shown = program.show(launched.json["id"]).json
    assert shown is not None
    assert (shown["state"], shown["drops"], shown["outcomes"]) == ("running", {"pending": 2}, {})


PRICED: dict[str, Json] = {"currency": "EUR", "prices": {"+336": {"minute": "0.05"}}}


def test_the_answer_says_what_it_may_cost(app: APIFlask, program: Program) -> None:
    with engine_of(app).store.write() as unit:
        unit.setup.change_route(Route("sandbox", "sandbox", PRICED))
    rows = [a_callee(), a_callee("0612345602"), a_callee("0162345678"), a_callee("06123")]
    for _ in range(2):
        launched = program.launch(a_request(*rows)).json
        assert launched is not None
        assert launched["costs"] == [
            {
                "route": "sandbox",
                "drops": 3,
                "least": {"amount": "0.060000", "currency": "EUR"},
                "most": {"amount": "0.100000", "currency": "EUR"},
                "unpriced": 1,
            }
        ]
        assert launched["handed_over"] == []


def test_prices_that_cannot_be_used_launch_nothing(app: APIFlask, program: Program) -> None:
    unusable: dict[str, Json] = {**PRICED, "currency": "euro"}
    with engine_of(app).store.write() as unit:
        unit.setup.change_route(Route("sandbox", "sandbox", unusable))
    assert pointers(program.launch(a_request()), 422) == {"/routes"}
    assert campaigns(app) == 0


def a_provider(app: APIFlask, double: VoicePartnerDouble, address: str, folder: Path) -> None:
    """Register a route to *double*, its file bound and heard."""
    (folder / "key").write_text(double.api_key, "utf-8")
    settings: dict[str, Json] = {
        "secret": str(folder / "key"),
        "api_url": address,
        "email": "d@example.org",
        "sender": "0948000001",
    }
    engine = engine_of(app)
    with engine.store.write() as unit:
        unit.setup.add_route(Route("vp", "voicepartner", settings))
    sha256 = a_recording("machine").sha256
    bind_audio(engine, "vp", sha256, token="token-1", by="Ada", at=engine.clock())
    attest_audio(engine, "vp", sha256, by="Grace", at=engine.clock())


def test_the_answer_says_what_cannot_be_recalled(
    app: APIFlask, program: Program, tmp_path: Path
) -> None:
    double = VoicePartnerDouble()
    with served(double) as address:
        a_provider(app, double, address, tmp_path)
        launched = program.launch(a_request(routes=["vp"], batch_size=20)).json
    assert launched is not None
    (handed,) = launched["handed_over"]
    assert (handed["batch_size"], handed["can_be_recalled"]) == (20, False)
    assert handed["credit"] > 0


def test_without_credit_nothing_is_launched(
    app: APIFlask, program: Program, tmp_path: Path
) -> None:
    double = VoicePartnerDouble(credit=0)
    with served(double) as address:
        a_provider(app, double, address, tmp_path)
        refused = program.launch(a_request(routes=["vp"]))
    assert pointers(refused, 422) == {"/routes"}
    assert "vp" in str(refused.json)
    assert campaigns(app) == 0


def test_a_bad_row_is_reported_at_its_place_and_the_rest_goes_in(program: Program) -> None:
    rows = [a_callee(), a_callee("06123"), a_callee("0612345602", consent_text="absent")]
    launched = program.launch(a_request(*rows, a_callee("0612345603", **{"a/b~": "x"})))
    assert launched.json is not None
    assert launched.json["accepted"] == 1
    refused = {error["pointer"]: error for error in launched.json["refused"]}
    assert refused.keys() == {
        "/callees/1/number",
        "/callees/2/consent_text",
        "/callees/3/a~1b~0",
    }
    assert all(error["remedy"] for error in refused.values())


def test_no_answer_repeats_a_clear_number(program: Program) -> None:
    launched = program.launch(a_request(a_callee(), a_callee(), a_callee("06123456789")))
    assert b"612345" not in launched.data


def test_refusals_are_shown_with_their_articles(app: APIFlask, program: Program) -> None:
    launched = program.launch(a_request()).json
    assert launched is not None
    engine = engine_of(app)
    operations.opt_out(engine, "midi", "+33612345601", channel="console", at=engine.clock())
    shown = program.show(launched["id"]).json
    assert shown is not None
    assert shown["outcomes"] == {"refused": 1}
    (refusal,) = shown["refusals"]
    assert refusal["rule"] == "GDP-04"
    assert "21" in refusal["article"]


def test_the_same_request_twice_is_launched_once(app: APIFlask, program: Program) -> None:
    first = program.launch(a_request())
    again = program.launch(a_request())
    assert (again.status_code, again.json) == (201, first.json)
    assert again.headers["Idempotency-Replayed"] == "true"
    assert campaigns(app) == 1


def test_the_same_key_with_another_request_is_refused(app: APIFlask, program: Program) -> None:
    program.launch(a_request())
    other = program.launch(a_request(purpose="autre chose"))
    assert pointers(other, 422) == {"header: Idempotency-Key"}
    assert campaigns(app) == 1


def test_the_same_request_at_once_is_launched_once(app: APIFlask, program: Program) -> None:
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda _: program.launch(a_request()), range(4)))
    assert {answer.status_code for answer in answers} <= {201, 409}
    assert 201 in {answer.status_code for answer in answers}
    assert all(a.headers["Retry-After"] for a in answers if a.status_code == 409)
    assert campaigns(app) == 1


def test_a_refused_request_may_be_put_right_under_the_same_key(program: Program) -> None:
    assert program.launch(a_request(kind="sales")).status_code == 422
    assert program.launch(a_request()).status_code == 201


def test_two_programs_may_choose_the_same_key(app: APIFlask, program: Program) -> None:
    engine = engine_of(app)
    with engine.store.write() as unit:
        token = unit.access.add_key("midi", "other", engine.clock())
    program.launch(a_request())
    Program(program.client, token).launch(a_request())
    assert campaigns(app) == 2


@pytest.mark.parametrize("authorization", ["", "Basic eDp5", "Bearer", "Bearer x", "Bearer a.b.c"])
def test_no_launch_without_a_key(program: Program, authorization: str) -> None:
    response = program.launch(a_request(), authorization=authorization)
    assert pointers(response, 401) == {"header: Authorization"}
    assert response.headers["WWW-Authenticate"].startswith("Bearer")


def test_a_revoked_key_is_refused_at_once(app: APIFlask, program: Program) -> None:
    engine = engine_of(app)
    with engine.store.write() as unit:
        (key,) = unit.access.keys()
        unit.access.revoke(key.id, engine.clock())
    problem(program.launch(a_request()), 401)


def test_a_key_acts_for_its_own_sender_only(program: Program) -> None:
    assert pointers(program.launch(a_request(sender="nord")), 403) == {"/sender"}
    assert program.launch(a_request(sender="midi")).status_code == 201


def test_another_sender_s_campaign_is_not_found(app: APIFlask, program: Program) -> None:
    launched = program.launch(a_request()).json
    assert launched is not None
    engine = engine_of(app)
    with engine.store.write() as unit:
        token = unit.access.add_key("nord", "other", engine.clock())
    problem(Program(program.client, token).show(launched["id"]), 404)
    problem(program.show("nothing"), 404)


def test_a_launch_needs_an_idempotency_key(program: Program) -> None:
    response = program.launch(a_request(), idempotency_key="")
    assert pointers(response, 400) == {"header: Idempotency-Key"}


@pytest.mark.parametrize("key", ["a b", "é", "x" * 256])
def test_an_idempotency_key_is_visible_ascii(program: Program, key: str) -> None:
    assert pointers(program.launch(a_request(), key=key), 400) == {"header: Idempotency-Key"}


@pytest.mark.parametrize("content_type", ["", "text/plain", "application/x-www-form-urlencoded"])
def test_a_body_must_say_that_it_is_json(program: Program, content_type: str) -> None:
    response = program.launch(a_request(), content_type=content_type)
    assert pointers(response, 415) == {"header: Content-Type"}


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"\xff",
        b'{"kind": "marketing", "kind": "survey"}',
        b'{"ring_s": NaN}',
        b'{"name": "\\u0000"}',
        b'{"name": "\\ud800"}',
        b"[" * 100_000,
        b'{"ring_s": ' + b"9" * 5000 + b"}",
    ],
)
def test_a_body_that_is_not_strict_json_is_400(program: Program, body: bytes) -> None:
    (error,) = problem(program.launch(body), 400)["errors"]
    assert error["pointer"] == ""
    assert error["reason"]
    assert error["remedy"].startswith("Send one JSON object")


def test_json_that_breaks_off_is_told_where(program: Program) -> None:
    (error,) = problem(program.launch(b'{"name": '), 400)["errors"]
    assert "char 9" in error["reason"]


@pytest.mark.parametrize("body", [b"[]", b"null", b'"x"', b"3", b"{}"])
def test_a_body_that_is_no_request_is_422(program: Program, body: bytes) -> None:
    problem(program.launch(body), 422)


@pytest.mark.parametrize(
    ("others", "pointer"),
    [
        ({"kind": "sales"}, "/kind"),
        ({"kind": 3}, "/kind"),
        ({"routes": []}, "/routes"),
        ({"routes": ["absent"]}, "/routes"),
        ({"announcement": "absent"}, "/announcement"),
        ({"caller_id": "0948000002"}, "/caller_id"),
        ({"caller_id": "hello"}, "/caller_id"),
        ({"consent_texts": ["absent"]}, "/consent_texts"),
        ({"ring_s": 1e9}, "/ring_s"),
        ({"until": "2026-12-01"}, "/until"),
        ({"surprise": 1}, "/surprise"),
        ({"callees": []}, "/callees"),
        ({"callees": ["0612345601"]}, "/callees/0"),
    ],
)
def test_a_wrong_field_is_named(
    app: APIFlask, program: Program, others: dict[str, Any], pointer: str
) -> None:
    assert pointer in pointers(program.launch({**a_request(), **others}), 422)
    assert campaigns(app) == 0


def test_nobody_to_call_launches_nothing(app: APIFlask, program: Program) -> None:
    assert "/callees/0/number" in pointers(program.launch(a_request(a_callee("x"))), 422)
    assert campaigns(app) == 0


def test_too_many_callees_are_413(program: Program) -> None:
    response = program.launch(a_request(*[{"number": "x"}] * (MAX_CALLEES + 1)))
    assert pointers(response, 413) == {"/callees"}


def test_too_many_bytes_are_413(program: Program) -> None:
    problem(program.launch(b'{"name": "' + b"x" * 9_000_000 + b'"}'), 413)


def test_reasons_come_in_the_caller_s_language(program: Program) -> None:
    asked = a_request(kind="sales")
    english = program.launch(asked, accept_language="en-GB,en").json
    french = program.launch(asked, accept_language="fr").json
    assert english is not None
    assert french is not None
    assert english["errors"] != french["errors"]


def test_a_wrong_method_says_which_is_right(program: Program) -> None:
    response = program.client.delete("/api/v1/campaigns")
    problem(response, 405)
    assert "POST" in response.headers["Allow"]


def test_an_unknown_address_is_a_problem_too(program: Program) -> None:
    problem(program.client.get("/nothing/here"), 404)


def test_the_document_is_openapi_3_1_and_names_every_answer(program: Program) -> None:
    document = program.client.get("/api/v1/openapi.json").json
    assert document is not None
    assert document["openapi"].startswith("3.1")
    post = document["paths"]["/api/v1/campaigns"]["post"]
    assert {"201", "400", "401", "403", "409", "413", "415", "422"} <= post["responses"].keys()
    assert "Idempotency-Key" in json.dumps(post["parameters"])
    references = json.dumps(document).split('"$ref": "#/components/schemas/')[1:]
    assert {part.partition('"')[0] for part in references} <= document["components"][
        "schemas"
    ].keys()


def died(app: APIFlask, program: Program, *, minutes: float) -> None:
    """Make it as if the process had died before it kept its answer, *minutes* ago."""
    engine = engine_of(app)
    database = sqlite3.connect(engine.settings.data_dir / "licite.db")
    began = engine.clock() - timedelta(minutes=minutes)
    ((scope, started),) = database.execute("SELECT scope, started_at FROM idempotency").fetchall()
    old_id = name_of_attempt(scope, "k1", datetime.fromisoformat(started))
    new_id = name_of_attempt(scope, "k1", began)
    written = began.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    with database:
        database.execute(
            "UPDATE idempotency SET status = NULL, response = NULL, started_at = ?", (written,)
        )
        database.execute("PRAGMA foreign_keys = OFF")
        database.execute("UPDATE campaign SET id = ? WHERE id = ?", (new_id, old_id))
        database.execute("UPDATE voice_drop SET campaign_id = ?", (new_id,))
    database.close()


def test_a_process_that_died_after_launching_has_launched_once(
    app: APIFlask, program: Program
) -> None:
    first = program.launch(a_request(a_callee(), a_callee("06123"))).json
    died(app, program, minutes=5)
    again = program.launch(a_request(a_callee(), a_callee("06123")))
    assert first is not None
    assert again.json is not None
    assert again.status_code == 201
    assert (again.json["accepted"], again.json["refused"]) == (1, first["refused"])
    assert campaigns(app) == 1


def test_a_process_that_died_while_loading_is_launched_anew(
    app: APIFlask, program: Program
) -> None:
    program.launch(a_request())
    died(app, program, minutes=5)
    database = sqlite3.connect(engine_of(app).settings.data_dir / "licite.db")
    with database:
        database.execute("UPDATE campaign SET state = 'loading', import_beat_at = submitted_at")
    database.close()
    again = program.launch(a_request())
    assert again.status_code == 201
    with engine_of(app).store.read() as unit:
        states = sorted(record.state.value for record in unit.campaigns.all())
    assert states == ["cancelled", "running"]


def test_a_request_that_began_just_now_is_still_worked_on(app: APIFlask, program: Program) -> None:
    program.launch(a_request())
    died(app, program, minutes=0.5)
    again = program.launch(a_request())
    problem(again, 409)
    assert again.headers["Retry-After"] == "1"
