"""Campaigns by command: check, launch, watch, pause, cancel, stop; opt-outs; the journal."""

from __future__ import annotations

import shutil
import sqlite3
from pathlib import Path

import pytest

from config.settings import Settings
from engine import operations
from engine.bootstrap import open_engine
from tests.engine.cli.campaign import CAMPAIGN, CONSENT, HEADER, set_up
from tests.engine.cli.conftest import CommandLine


@pytest.fixture(scope="module")
def ready(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder in which every name of a campaign is registered."""
    folder = tmp_path_factory.mktemp("ready")
    licite = CommandLine(folder / "var")
    set_up(licite, folder)
    return folder


@pytest.fixture
def with_sender(ready: Path, tmp_path: Path) -> CommandLine:
    """Return a command line on a copy of what is ready."""
    shutil.copytree(ready, tmp_path, dirs_exist_ok=True)
    return CommandLine(tmp_path / "var")


@pytest.fixture
def file(with_sender: CommandLine) -> Path:
    """Return the campaign's file."""
    return with_sender.folder.parent / "campaign.toml"


def test_checking_says_who_is_refused_and_why_and_writes_nothing(
    with_sender: CommandLine, file: Path
) -> None:
    checked = with_sender("campaign", "check", file, "--json").document
    verdicts = {row["line"]: row for row in checked["callees"]}
    assert verdicts[2]["verdict"] in ("now", "later")
    assert verdicts[3]["verdict"] == "never"
    assert "CPCE art. L. 34-5, al. 1" in verdicts[3]["articles"]
    assert with_sender.json("campaign", "list") == {"campaigns": []}


def test_checking_reports_a_bad_row_with_line_column_reason_and_way_out(
    with_sender: CommandLine, file: Path
) -> None:
    (problem,) = with_sender("campaign", "check", file, "--json").document["problems"]
    assert (problem["line"], problem["column"]) == (4, "number")
    assert problem["reason"]
    assert problem["remedy"]


def test_checking_a_list_without_anybody_says_so(with_sender: CommandLine, file: Path) -> None:
    (file.parent / "callees.csv").write_text(HEADER, "utf-8")
    ended = with_sender("campaign", "check", file)
    assert ended.status == 1
    assert "Nobody is in this list" in ended.out


def test_checking_shows_people_a_table_and_never_a_clear_number(
    with_sender: CommandLine, file: Path
) -> None:
    ended = with_sender("campaign", "check", file)
    assert "L. 34-5" in ended.out
    assert "612345" not in ended.out
    assert "12345601" not in ended.out


def test_checking_estimates_what_it_takes(with_sender: CommandLine, file: Path) -> None:
    expected = with_sender("campaign", "check", file, "--json").document["estimate"]
    assert expected["calls"] == 1
    assert expected["minutes"] == 1
    assert 10 < expected["announcement_s"] < 30


def test_nobody_to_call_is_a_refusal(with_sender: CommandLine, file: Path) -> None:
    row = "0612345602,consumer,FR,legitimate_interest,,,,site\n"
    (file.parent / "callees.csv").write_text(HEADER + row, encoding="utf-8")
    assert with_sender("campaign", "check", file).status == 1


def test_launching_prints_the_id_on_a_line_of_its_own(with_sender: CommandLine, file: Path) -> None:
    campaign_id = with_sender("campaign", "launch", file).out.split("\n")[0]
    assert with_sender.json("campaign", "status", campaign_id)["state"] == "running"


def test_launching_takes_the_good_rows_and_reports_the_bad(
    with_sender: CommandLine, file: Path
) -> None:
    launched = with_sender.json("campaign", "launch", file)
    assert (launched["accepted"], launched["problem_count"]) == (2, 1)
    status = with_sender.json("campaign", "status", launched["id"])
    assert status["states"] == {"pending": 2}


def test_a_campaign_that_names_the_unknown_is_not_launched(
    with_sender: CommandLine, file: Path
) -> None:
    file.write_text(CAMPAIGN.replace('"portes"', '"absent"'), encoding="utf-8")
    ended = with_sender("campaign", "launch", file, "--json")
    assert ended.status == 1
    assert ended.document["errors"][0]["field"] == "announcement"


def test_every_wrong_field_is_named(with_sender: CommandLine, file: Path) -> None:
    wrong = CAMPAIGN.replace('"marketing"', '"sales"').replace("sender =", "sendr =")
    file.write_text(wrong, encoding="utf-8")
    ended = with_sender("campaign", "check", file, "--json")
    assert ended.status == 2
    assert {"kind", "sender", "sendr"} <= {e["field"] for e in ended.document["errors"]}


@pytest.mark.parametrize(
    "content", [b"", b"\x00\xff\xfe", b"PK\x03\x04zip", b"name,age\nx,1\n", b"\xff\xfen\x00"]
)
def test_a_file_that_holds_no_callees_is_said_to_be_wrong(
    with_sender: CommandLine, file: Path, content: bytes
) -> None:
    (file.parent / "callees.csv").write_bytes(content)
    ended = with_sender("campaign", "launch", file, "--json")
    assert ended.status == 1
    assert ended.document["rows"][0]["remedy"]


def test_a_half_written_last_line_is_reported_and_the_rest_goes_in(
    with_sender: CommandLine, file: Path
) -> None:
    whole = f"{HEADER}0612345601,consumer,FR,{CONSENT}\n0612345"
    (file.parent / "callees.csv").write_text(whole, encoding="utf-8")
    launched = with_sender.json("campaign", "launch", file)
    assert (launched["accepted"], launched["problem_count"]) == (1, 1)


@pytest.mark.parametrize("missing", ["campaign.toml", "callees.csv"])
def test_a_missing_file_is_bad_input(with_sender: CommandLine, file: Path, missing: str) -> None:
    (file.parent / missing).unlink()
    assert with_sender("campaign", "launch", file).status == 2


def test_a_campaign_is_paused_resumed_and_cancelled(with_sender: CommandLine, file: Path) -> None:
    campaign_id = with_sender.json("campaign", "launch", file)["id"]
    assert with_sender.json("campaign", "pause", campaign_id)["state"] == "paused"
    assert with_sender.json("campaign", "resume", campaign_id)["state"] == "running"
    assert with_sender.json("campaign", "cancel", campaign_id)["state"] == "cancelled"
    assert with_sender("campaign", "resume", campaign_id).status == 1
    status = with_sender.json("campaign", "status", campaign_id)
    assert status["outcomes"] == {"cancelled": 2}


def test_an_unknown_campaign_is_bad_input(with_sender: CommandLine) -> None:
    assert with_sender("campaign", "pause", "nothing").status == 2


def test_stop_stops_everything_until_it_is_lifted(with_sender: CommandLine, file: Path) -> None:
    campaign_id = with_sender.json("campaign", "launch", file)["id"]
    assert with_sender.json("stop")["stopped"] is True
    assert with_sender.json("campaign", "status", campaign_id)["stopped"] is True
    assert with_sender.json("stop", "--lift")["stopped"] is False
    assert with_sender.json("campaign", "status", campaign_id)["stopped"] is False


def test_an_opt_out_ends_the_drop_that_waits_and_refuses_the_next_check(
    with_sender: CommandLine, file: Path
) -> None:
    campaign_id = with_sender.json("campaign", "launch", file)["id"]
    assert with_sender.json("opt-out", "add", "0612345601", "--sender", "midi")["new"] is True
    status = with_sender.json("campaign", "status", campaign_id)
    assert status["outcomes"] == {"refused": 1}
    assert status["refusals"][0]["rule"] == "GDP-04"
    checked = with_sender("campaign", "check", file, "--json").document
    assert {"rule": "GDP-04"}.items() <= checked["callees"][0]["findings"][0].items()


def test_checking_an_opt_out_is_1_when_it_is_held(with_sender: CommandLine) -> None:
    assert with_sender("opt-out", "check", "0612345601").status == 0
    with_sender.json("opt-out", "add", "0612345601", "--sender", "midi")
    ended = with_sender("opt-out", "check", "+33 6 12 34 56 01", "--json")
    assert ended.status == 1
    assert ended.document["suppressed_for"] == ["midi"]


def test_opt_outs_are_imported_and_bad_lines_reported(
    with_sender: CommandLine, tmp_path: Path
) -> None:
    numbers = tmp_path / "numbers.csv"
    numbers.write_text("numéro;date\n0612345601;x\n0612345602\n\nhello\n0612345601\n")
    ended = with_sender("opt-out", "import", numbers, "--sender", "midi", "--json")
    assert ended.status == 1
    assert (ended.document["added"], ended.document["already"]) == (2, 1)
    assert [problem["line"] for problem in ended.document["problems"]] == [5]
    (register,) = with_sender.json("opt-out", "list")["registers"]
    assert register["suppressed"] == 2


def test_the_journal_verifies_until_a_byte_changes(with_sender: CommandLine, file: Path) -> None:
    with_sender.json("campaign", "launch", file)
    verified = with_sender.json("journal", "verify")
    assert verified["verified"] is True
    assert verified["entries"] >= 1
    database = sqlite3.connect(with_sender.folder / "licite.db")
    with database:
        database.execute("DROP TRIGGER journal_entry_no_update")
        database.execute("UPDATE journal_entry SET body = CAST(substr(body, 2) AS BLOB)")
    database.close()
    ended = with_sender("journal", "verify", "--json")
    assert ended.status == 1
    assert ended.document["problems"]


def test_entries_that_no_head_covers_yet_are_told(with_sender: CommandLine) -> None:
    engine = open_engine(Settings(data_dir=with_sender.folder))
    operations.opt_out(engine, "midi", "+33639980001", channel="key", at=engine.clock())
    engine.close()
    assert "1 more entries wait for the next signed head" in with_sender("journal", "verify").out


def test_heads_that_are_not_there_are_bad_input(licite: CommandLine, tmp_path: Path) -> None:
    assert licite("journal", "verify", "--heads", tmp_path / "absent").status == 2


def test_an_announcement_is_kept_word_for_word_and_can_be_heard(
    with_sender: CommandLine, file: Path
) -> None:
    folder = file.parent / "listen"
    shown = with_sender.json("announcement", "show", "portes", "--listen", folder)
    assert shown["variants"]["person"]["sha256"] != shown["variants"]["machine"]["sha256"]
    assert "touche 9" not in shown["variants"]["machine"]["text"]
    assert sorted(path.name for path in folder.iterdir()) == [
        "portes-machine.wav",
        "portes-person.wav",
    ]


def test_a_script_that_lacks_an_item_is_refused_with_the_sentence_to_add(
    with_sender: CommandLine, tmp_path: Path
) -> None:
    script = tmp_path / "script.toml"
    script.write_text(
        'sender = "Lumière du Midi SARL"\nlanguage = "fr"\n[[segment]]\ntext = "Bonjour à tous."\n'
    )
    ended = with_sender(
        *("announcement", "add", "x", "--script", script, "--sender", "midi"),
        *("--kind", "marketing", "--opt-out", "0948000001", "--json"),
    )
    assert ended.status == 1
    assert all(lack["sentence"] and lack["article"] for lack in ended.document["lacks"])
    listed = with_sender.json("announcement", "list")["announcements"]
    assert [version["name"] for version in listed] == ["portes"]
