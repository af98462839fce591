"""``licite deposit-audio``: a file that two people answer for."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from audio.rendering import pcm_wav
from engine.interfaces import Route
from engine.sandbox.voicepartner import VoicePartnerDouble, served
from engine.store import open_store
from tests.engine.carriers.voicepartner.accounts import a_route
from tests.engine.cli.conftest import CommandLine
from tests.engine.operating import OPEN, a_recording

MACHINE = a_recording("machine")
BIND = ("deposit-audio", "bind", "soldes", "--route", "vp")
ATTEST = ("deposit-audio", "attest", "soldes", "--route", "vp", "--by")


@pytest.fixture
def double() -> VoicePartnerDouble:
    made = VoicePartnerDouble()
    made.keeps("token-1", "enregistrement.wav")
    return made


@pytest.fixture
def house(licite: CommandLine, double: VoicePartnerDouble, tmp_path: Path) -> Iterator[CommandLine]:
    with served(double) as address:
        store = open_store(f"sqlite:///{licite.folder / 'licite.db'}")
        with store.write() as unit:
            unit.setup.add_route(a_route(tmp_path, address))
            unit.setup.add_route(Route("ovh", "trunk", {"host": "127.0.0.1"}))
            variants = {"person": a_recording("person"), "machine": MACHINE}
            unit.setup.add_announcement(
                "soldes", language="fr", script="", variants=variants, at=OPEN
            )
        store.close()
        yield licite


def test_the_file_to_upload_is_named_by_the_hash_of_what_was_approved(
    house: CommandLine, tmp_path: Path
) -> None:
    told = house.json("deposit-audio", "export", "soldes", "-o", tmp_path / "up")
    file = tmp_path / "up" / f"{MACHINE.sha256}.wav"
    assert told == {"file": str(file), "sha256": MACHINE.sha256}
    assert file.read_bytes() == pcm_wav(MACHINE.alaw)


def test_a_file_is_ready_once_a_second_person_heard_it(
    house: CommandLine, double: VoicePartnerDouble
) -> None:
    bound = house.json(*BIND, "--token", "token-1", "--by", "Ada Lovelace")
    assert (bound["ready"], bound["bound_by"]) == (False, "Ada Lovelace")
    assert double.audios == {"token-1": f"{MACHINE.sha256}.wav"}
    refused = house(*ATTEST, " ada  LOVELACE")
    assert refused.status == 1
    attested = house.json(*ATTEST, "Grace Hopper")
    assert (attested["ready"], attested["attested_by"]) == (True, "Grace Hopper")
    (listed,) = house.json("deposit-audio", "list")["audios"]
    assert listed["ready"] is True


def test_words_that_the_provider_speaks_are_bound_without_a_file(house: CommandLine) -> None:
    bound = house.json(*BIND, "--spoken", "--by", "Ada")
    assert bound["spoken"] is True
    assert house.json(*ATTEST, "Grace")["ready"] is True


@pytest.mark.parametrize(
    ("words", "field"),
    [
        ((*BIND, "--token", "unknown", "--by", "Ada"), "--token"),
        ((*BIND, "--by", "Ada"), "--token"),
        ((*BIND, "--token", "t", "--spoken", "--by", "Ada"), "--token"),
        ((*BIND, "--token", "token-1", "--by", " "), "--by"),
        ((*BIND[:3], "--route", "ovh", "--token", "token-1", "--by", "Ada"), "--route"),
        ((*BIND[:3], "--route", "none", "--token", "token-1", "--by", "Ada"), "--route"),
        (("deposit-audio", "export", "none"), "ANNOUNCEMENT"),
        ((*ATTEST, "Grace"), "ANNOUNCEMENT"),
    ],
)
def test_what_cannot_be_used_is_named(
    house: CommandLine, words: tuple[str, ...], field: str
) -> None:
    ended = house(*words)
    assert ended.status == 2
    assert ended.err.startswith(f"{field}: ")


def test_a_provider_that_cannot_be_reached_binds_nothing(
    house: CommandLine, double: VoicePartnerDouble
) -> None:
    double.api_key = "another"
    assert house(*BIND, "--token", "token-1", "--by", "Ada").status == 2
    assert house.json("deposit-audio", "list") == {"audios": []}


def test_a_route_is_added_with_all_that_the_provider_asks_for(
    licite: CommandLine, tmp_path: Path
) -> None:
    key = tmp_path / "key"
    key.write_text("secret", "utf-8")
    add = ("route", "add", "vp", "--carrier", "voicepartner", "--secret-file", key)
    assert licite(*add, "--sender", "01 62 00 00 01").status == 2
    options = ("--sender", "01 62 00 00 01", "--email", "d@example.org")
    assert licite(*add, *options, "--worst-delay", 171).status == 2
    assert licite(*add, *options, "--batch-size", 50, "--landlines").status == 0
    shown = licite.json("route", "show", "vp")
    assert (shown["batch_size"], shown["landlines"]) == (50, True)
    assert shown["secret"] == str(key)


def test_a_route_is_checked_before_a_batch_leaves(house: CommandLine) -> None:
    told = house("carrier", "check", "vp", "--json").document
    standing = {each["name"]: each["standing"] for each in told["checks"]}
    assert standing["account"] == standing["credit"] == standing["audios"] == "ok"
    assert standing["sender_unknown"] == standing["never_notified"] == "fails"
    assert standing["no_recall"] == "warning"
