"""Senders, caller ids, routes, consent texts and API keys, set up by command."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.engine.cli.conftest import CommandLine


def test_a_store_without_tables_says_what_to_run(empty: CommandLine) -> None:
    ended = empty("sender", "list", "--json")
    assert ended.status == 2
    assert "licite db upgrade" in ended.document["errors"][0]["remedy"]


def test_upgrading_twice_is_harmless(licite: CommandLine) -> None:
    assert licite.json("db", "upgrade") == {"store": "SQLite", "schema": "current"}


def test_a_sender_is_added_listed_and_shown(with_sender: CommandLine) -> None:
    (listed,) = with_sender.json("sender", "list")["senders"]
    assert listed["registered_name"] == "Lumière du Midi SARL"
    assert listed["siren"] == "732829320"
    (shown,) = with_sender.json("sender", "show", "midi")["sender"]
    assert shown["suppressed"] == 0


def test_a_name_is_taken_once(with_sender: CommandLine) -> None:
    again = ("sender", "add", "midi", "--name", "X", "--siren", "732829320", "--contact", "y")
    ended = with_sender(*again)
    assert ended.status == 2
    assert "taken" in ended.err


@pytest.mark.parametrize("siren", ["732829321", "12345678", "abcdefghi"])
def test_a_wrong_siren_is_refused(licite: CommandLine, siren: str) -> None:
    ended = licite("sender", "add", "x", "--name", "X", "--siren", siren, "--contact", "y")
    assert ended.status == 2
    assert "--siren" in ended.err


def test_a_caller_id_is_verified_by_a_second_act(with_sender: CommandLine) -> None:
    add = ("caller-id", "add", "09 48 00 00 01", "--sender", "midi", "--assigned-since")
    assert with_sender.json(*add, "2026-01-05")["verified_at"] is None
    with_sender.json("caller-id", "verify", "+33948000001")
    (listed,) = with_sender.json("caller-id", "list")["caller_ids"]
    assert listed["number"] == "+33948000001"
    assert listed["assigned_since"] == "2026-01-04T23:00:00+00:00"
    assert listed["verified_at"] is not None


def test_an_instant_without_offset_is_refused(with_sender: CommandLine) -> None:
    add = ("caller-id", "add", "0948000001", "--sender", "midi", "--assigned-since")
    ended = with_sender(*add, "2026-01-05T10:00:00")
    assert ended.status == 2
    assert "offset" in ended.err


def test_an_unknown_sender_says_how_to_add_it(licite: CommandLine) -> None:
    add = ("caller-id", "add", "0948000001", "--sender", "nobody", "--assigned-since")
    ended = licite(*add, "2026-01-05", "--json")
    assert ended.status == 2
    assert ended.document["errors"][0]["remedy"].startswith("licite sender add nobody")


def test_a_caller_id_that_is_not_registered_cannot_be_verified(licite: CommandLine) -> None:
    assert licite("caller-id", "verify", "0948000001").status == 2


def test_what_is_no_number_names_the_field_and_never_quotes_it(with_sender: CommandLine) -> None:
    ended = with_sender("opt-out", "add", "06123", "--sender", "midi", "--json")
    assert ended.status == 2
    assert ended.document["errors"][0]["field"] == "NUMBER"
    assert "06123" not in ended.out


def test_a_route_stores_where_the_secret_lies_and_not_the_secret(
    licite: CommandLine, tmp_path: Path
) -> None:
    secret = tmp_path / "password"
    secret.write_text("s3cret")
    added = licite.json(
        *("route", "add", "ovh", "--carrier", "trunk", "--host", "sip.example.org"),
        *("--username", "licite", "--secret-file", secret, "--calls-per-second", "5"),
    )
    assert added["secret"] == str(secret)
    assert "s3cret" not in licite("route", "show", "ovh").out
    assert licite.json("route", "list")["routes"][0]["name"] == "ovh"


def test_an_account_needs_its_password(licite: CommandLine) -> None:
    add = ("route", "add", "ovh", "--carrier", "trunk", "--host", "sip.example.org")
    assert licite(*add, "--username", "licite").status == 2


def test_a_consent_text_is_kept_word_for_word(with_sender: CommandLine, tmp_path: Path) -> None:
    text = tmp_path / "consent.txt"
    text.write_text("J'accepte d'être appelé par Lumière du Midi.\n", encoding="utf-8")
    add = ("consent-text", "add", "web-1", "--sender", "midi", "--file", text)
    added = with_sender.json(*add, "--from", "2026-08-12", "--mention", "choice")
    assert "period" in added["lacking"]
    shown = with_sender.json("consent-text", "show", "web-1")
    assert shown["text"] == "J'accepte d'être appelé par Lumière du Midi."
    assert shown["intact"] is True
    assert with_sender.json("consent-text", "list")["consent_texts"][0]["mentions"] == ["choice"]


@pytest.mark.parametrize("content", [b"", b"\x00\x01", b"\xff\xfe\xe9"])
def test_a_consent_text_must_be_text(
    with_sender: CommandLine, tmp_path: Path, content: bytes
) -> None:
    source = tmp_path / "consent.txt"
    source.write_bytes(content)
    add = ("consent-text", "add", "web-1", "--sender", "midi", "--file", source)
    ended = with_sender(*add, "--from", "2026-08-12", "--json")
    assert ended.status == 2
    assert ended.document["errors"][0]["field"] == "--file"


def test_a_key_is_shown_once_and_can_be_revoked(with_sender: CommandLine) -> None:
    token = with_sender.json("api-key", "add", "--sender", "midi", "--label", "CRM")["token"]
    (listed,) = with_sender.json("api-key", "list")["api_keys"]
    assert token not in str(listed)
    with_sender.json("api-key", "revoke", listed["id"])
    (listed,) = with_sender.json("api-key", "list")["api_keys"]
    assert listed["revoked_at"] is not None


def test_an_unknown_key_cannot_be_revoked(with_sender: CommandLine) -> None:
    assert with_sender("api-key", "revoke", "nothing").status == 2


def test_operators_are_spoken_to_in_their_language(with_sender: CommandLine) -> None:
    french = CommandLine(with_sender.folder, "fr")
    assert "Dénomination" in french("sender", "list").out
    assert "Registered name" in with_sender("sender", "list").out


def test_a_route_says_from_where_else_its_trunk_calls(licite: CommandLine) -> None:
    add = ("route", "add", "ovh", "--carrier", "trunk", "--host", "sip.example.org")
    licite.json(*add, "--inbound-from", "192.0.2.7", "--inbound-from", "2001:db8:0:0::7")
    shown = licite.json("route", "show", "ovh")
    assert shown["inbound_from"] == ["192.0.2.7", "2001:db8::7"]


@pytest.mark.parametrize(
    ("option", "value"),
    [("--inbound-from", "sip.example.org"), ("--host", ""), ("--host", "two words")],
)
def test_a_route_wants_machines(licite: CommandLine, option: str, value: str) -> None:
    ended = licite("route", "add", "ovh", "--carrier", "trunk", option, value)
    assert ended.status == 2
    assert option in ended.err


@pytest.mark.parametrize(("name", "contact"), [("  ", "x"), ("X", "")])
def test_a_sender_has_a_name_and_a_contact(licite: CommandLine, name: str, contact: str) -> None:
    add = ("sender", "add", "x", "--siren", "732829320", "--name", name, "--contact", contact)
    ended = licite(*add)
    assert ended.status == 2
    assert "it is empty" in ended.err
