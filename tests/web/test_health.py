"""Whether an installation can work, and what its log may say."""

from __future__ import annotations

import shutil
import sqlite3
from pathlib import Path

import pytest
from apiflask import APIFlask

from config.settings import Settings
from engine import operations
from engine.store.schema import SchemaMismatch
from tests.web.conftest import Program, a_callee, a_request, engine_of
from web import create_app


def test_a_ready_installation_is_healthy(app: APIFlask) -> None:
    response = app.test_client().get("/healthz")
    assert response.status_code == 200
    assert response.json == {
        "healthy": True,
        "store": "reachable",
        "schema": "current",
        "last_head_age_s": None,
    }


def test_health_tells_the_age_of_the_last_signed_head(app: APIFlask, program: Program) -> None:
    program.launch(a_request())
    engine = engine_of(app)
    operations.seal(engine, engine.settings.heads_path, at=engine.clock())
    health = app.test_client().get("/healthz").json
    assert health is not None
    assert 0 <= health["last_head_age_s"] < 60


def test_another_schema_is_not_healthy_and_says_what_to_do(
    app: APIFlask, settings: Settings
) -> None:
    database = sqlite3.connect(settings.data_dir / "licite.db")
    with database:
        database.execute("UPDATE alembic_version SET version_num = 'future'")
    database.close()
    response = app.test_client().get("/healthz")
    assert response.status_code == 503
    assert response.json is not None
    assert "install the newer" in response.json["schema"]


def test_a_store_out_of_reach_is_not_healthy(app: APIFlask, settings: Settings) -> None:
    engine_of(app).store.close()
    shutil.rmtree(settings.data_dir)
    response = app.test_client().get("/healthz")
    assert response.status_code == 503
    assert response.json is not None
    assert response.json["healthy"] is False


def test_an_unmigrated_store_is_not_served(tmp_path: Path) -> None:
    with pytest.raises(SchemaMismatch, match="licite db upgrade"):
        create_app(Settings(data_dir=tmp_path))


def test_our_own_fault_answers_a_problem_and_logs_no_value(
    app: APIFlask, capsys: pytest.CaptureFixture[str]
) -> None:
    @app.get("/fault")
    def fault() -> str:
        raise RuntimeError("+33612345601")

    response = app.test_client().get("/fault")
    assert response.status_code == 500
    assert response.content_type == "application/problem+json"
    printed = capsys.readouterr()
    assert b"612345" not in response.data
    assert "RuntimeError" in printed.out + printed.err
    assert "612345" not in printed.out + printed.err


def test_the_log_holds_no_number_whatever_is_asked(
    program: Program, capsys: pytest.CaptureFixture[str]
) -> None:
    program.launch(a_request(a_callee("0612345601"), a_callee("06123456017")))
    program.client.get("/api/v1/campaigns/+33612345601?number=0612345601")
    program.client.get("/+33612345601")
    program.client.open("/healthz", method="X0612345601")
    printed = capsys.readouterr()
    assert "/api/v1/campaigns" in printed.out + printed.err
    assert "12345601" not in printed.out + printed.err


def test_every_answer_forbids_to_guess_its_type(app: APIFlask) -> None:
    headers = app.test_client().get("/healthz").headers
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Cache-Control"] == "no-store"
