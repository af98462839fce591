"""How commands answer: for people, as one JSON document, with the right exit status."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import click
import pytest
from click.testing import CliRunner

from config.settings import Settings
from engine.cli import main
from engine.cli.errors import BadInputError
from engine.cli.output import Answer, answering, table
from engine.cli.shell import Shell


@click.command
@click.argument("word")
@answering
def echo(_shell: Shell, word: str) -> Answer:
    if word == "bad":
        raise BadInputError("word", "is bad", "Say another.")
    at = datetime(2026, 3, 2, 10, tzinfo=UTC)
    return Answer(
        {"word": word, "at": at}, [table("Mot", rows=[(f"[bold]{word}",)])], refused=word == "no"
    )


def run(*args: str) -> tuple[int, str, str]:
    ended = CliRunner().invoke(echo, args, obj=Shell(Settings()))
    return ended.exit_code, ended.stdout, ended.stderr


def test_done_is_0_and_speaks_to_people() -> None:
    status, out, _ = run("yes")
    assert status == 0
    assert out.split() == ["Mot", "[bold]yes"]


def test_json_is_one_document_and_nothing_else() -> None:
    status, out, err = run("yes", "--json")
    assert status == 0
    assert json.loads(out) == {"word": "yes", "at": "2026-03-02T10:00:00+00:00"}
    assert err == ""


def test_refused_is_1() -> None:
    assert run("no")[0] == 1


def test_bad_input_is_2_and_names_field_reason_and_way_out() -> None:
    status, out, err = run("bad")
    assert (status, out) == (2, "")
    assert err.split("\n")[:2] == ["word: is bad", "  -> Say another."]


def test_bad_input_in_json_is_a_document_too() -> None:
    status, out, _ = run("bad", "--json")
    assert status == 2
    assert json.loads(out) == {
        "errors": [{"field": "word", "reason": "is bad", "remedy": "Say another."}]
    }


@pytest.mark.parametrize("args", [["nonsense", "--json"], ["--json", "--nonsense"]])
def test_bad_usage_in_json_is_a_document_too(args: list[str]) -> None:
    ended = CliRunner().invoke(main, args)
    assert ended.exit_code == 2
    assert json.loads(ended.stdout)["errors"][0]["reason"]


def test_bad_usage_is_2() -> None:
    assert CliRunner().invoke(main, ["nonsense"]).exit_code == 2
