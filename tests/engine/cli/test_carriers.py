"""``licite carrier``: routes are checked before a call leaves; errors are explained."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.engine.cli.conftest import CommandLine

SID = "AC" + "0" * 32


def test_a_sound_route_is_told_so(licite: CommandLine) -> None:
    licite("route", "add", "box", "--carrier", "sandbox")
    checked = licite("carrier", "check")
    assert checked.status == 0
    assert "127.0.0.1 is a known machine" in checked.out
    assert licite.json("carrier", "check", "box")["sound"] is True


def test_a_route_that_would_fail_is_refused_with_the_way_out(
    licite: CommandLine, tmp_path: Path
) -> None:
    token = tmp_path / "token"
    token.write_text("token\n", "utf-8")
    add = ("route", "add", "tw", "--carrier", "twilio", "--account-sid", SID)
    licite(*add, "--secret-file", token, "--api-url", "http://127.0.0.1:9")
    token.unlink()
    ended = licite("carrier", "check", "tw", "--json")
    assert ended.status == 1
    (only,) = ended.document["checks"]
    assert (only["route"], only["standing"]) == ("tw", "fails")
    assert only["remedy"]


def test_a_route_that_nobody_added_is_bad_input(licite: CommandLine) -> None:
    ended = licite("carrier", "check", "nowhere")
    assert ended.status == 2
    assert "licite route list" in ended.err


def test_without_routes_there_is_nothing_to_check(licite: CommandLine) -> None:
    assert licite.json("carrier", "check") == {"checks": [], "sound": True}


@pytest.mark.parametrize(("language", "word"), [("en", "caller id"), ("fr", "numéro")])
def test_an_error_is_explained_in_the_operators_language(
    licite: CommandLine, language: str, word: str
) -> None:
    told = CommandLine(licite.folder, language)("carrier", "explain", 21210)
    assert told.status == 0
    assert word in told.out
    assert licite.json("carrier", "explain", 13224)["outcome"] == "invalid_number"
