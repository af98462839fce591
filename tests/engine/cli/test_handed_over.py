"""A campaign over a provider: what is said, and refused, before it leaves."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from engine.sandbox.voicepartner import VoicePartnerDouble, served
from tests.engine.cli.campaign import CAMPAIGN, set_up
from tests.engine.cli.conftest import CommandLine


@pytest.fixture
def double() -> VoicePartnerDouble:
    made = VoicePartnerDouble()
    made.keeps("token-1", "enregistrement.wav")
    return made


@pytest.fixture
def file(licite: CommandLine, double: VoicePartnerDouble, tmp_path: Path) -> Iterator[Path]:
    made = set_up(licite, tmp_path)
    direct = CAMPAIGN.replace('["sandbox"]', '["vp"]') + "batch_size = 50\n"
    made.write_text(direct, encoding="utf-8")
    key = tmp_path / "key"
    key.write_text(double.api_key, "utf-8")
    with served(double) as address:
        add = ("route", "add", "vp", "--carrier", "voicepartner", "--secret-file", key)
        licite.json(
            *add, "--api-url", address, "--sender", "0948000001", "--email", "d@example.org"
        )
        yield made


def attest(licite: CommandLine) -> None:
    bind = ("deposit-audio", "bind", "portes", "--route", "vp", "--token", "token-1")
    licite.json(*bind, "--by", "Ada")
    licite.json("deposit-audio", "attest", "portes", "--route", "vp", "--by", "Grace")


def test_the_preview_says_that_a_batch_cannot_be_recalled(licite: CommandLine, file: Path) -> None:
    told = licite("campaign", "check", file, "--json").document
    assert told["handed_over"] == [
        {
            "route": "vp",
            "batch_size": 50,
            "worst_delay_min": 60,
            "credit": 1000.0,
            "can_be_recalled": False,
        }
    ]
    shown = licite("campaign", "check", file).out
    assert "hands over 50 callees at a time" in shown
    assert "cannot be recalled" in shown


def test_nothing_is_launched_before_two_people_answer_for_the_file(
    licite: CommandLine, file: Path
) -> None:
    refused = licite("campaign", "launch", file)
    assert refused.status == 1
    assert "no file is bound" in refused.out
    attest(licite)
    assert licite("campaign", "launch", file).status == 0


def test_nothing_is_launched_on_an_account_without_credit(
    licite: CommandLine, file: Path, double: VoicePartnerDouble
) -> None:
    attest(licite)
    double.credit = 0.0
    refused = licite("campaign", "launch", file)
    assert refused.status == 1
    assert "does not suffice" in refused.out
    assert licite.json("campaign", "list") == {"campaigns": []}


def test_a_credit_that_may_not_last_is_said(
    licite: CommandLine, file: Path, double: VoicePartnerDouble, tmp_path: Path
) -> None:
    attest(licite)
    prices = tmp_path / "prices.toml"
    prices.write_text('currency = "EUR"\n[prices."+33"]\ncall = "2"\nminute = "0"\n', "utf-8")
    licite.json("route", "prices", "vp", "--file", prices, "--save")
    double.credit = 1.0
    launched = licite("campaign", "launch", file)
    assert launched.status == 0
    assert "does not suffice" in launched.out
