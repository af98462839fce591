"""The committed examples are what they say they are."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from audio.script import Script, Variant, check
from engine.campaign import (
    FIELDS,
    CalleeRow,
    Campaign,
    RowProblem,
    parse_campaign,
    read_callees,
)
from engine.clearance import (
    Clearance,
    ConsentText,
    Facts,
    Finding,
    Sender,
    VariantFacts,
    clear,
)
from engine.wording import catalogue
from tests.engine.law.builders import LAW, MENTIONS, a_caller_id, paris, rate_today

EXAMPLES = Path(__file__).parents[2] / "examples"
WINTER, REFUSALS = EXAMPLES / "winter-sale", EXAMPLES / "every-refusal"
#: A Tuesday, and times at which somebody cannot be called.
OPEN = paris("2026-11-24 11:30")
CLOSED = (paris("2026-11-24 13:30"), paris("2026-11-28 11:00"), paris("2026-12-25 11:00"))
GOOD_FRIDAY = paris("2027-03-26 11:00")


def campaign_of(path: Path) -> Campaign:
    parsed = parse_campaign(path.read_text("utf-8"))
    assert isinstance(parsed, Campaign), parsed
    return parsed


def rows_of(path: Path, campaign: Campaign) -> list[CalleeRow | RowProblem]:
    with path.open("rb") as stream:
        return list(read_callees(stream, consent_texts=campaign.consent_texts))


def a_text(name: str, path: Path, **changes: object) -> ConsentText:
    words = path.read_text("utf-8").strip()
    registered: dict[str, object] = {
        "sender": "lumiere",
        "mentions": MENTIONS,
        "valid_from": paris("2026-08-11 00:00"),
        "valid_to": None,
        "period_days": 365,
    }
    return ConsentText(
        id=name,
        text=words,
        sha256=hashlib.sha256(words.encode()).hexdigest(),
        **(registered | changes),  # type: ignore[arg-type]  # a test names what it changes
    )


def texts() -> dict[str, ConsentText]:
    """What the two `setup.sh` register."""
    folder = REFUSALS / "texts"
    spring = {"valid_from": paris("2026-03-01 00:00"), "valid_to": paris("2026-07-01 00:00")}
    found = [
        a_text("lumiere-2026", WINTER / "consent.txt"),
        a_text(
            "incomplete",
            folder / "incomplete.txt",
            mentions=frozenset({"identity_and_goods", "choice", "period"}),
        ),
        a_text(
            "no-period", folder / "no-period.txt", mentions=MENTIONS - {"period"}, period_days=None
        ),
        a_text("three-months", folder / "three-months.txt", period_days=90),
        a_text("spring-only", folder / "spring-only.txt", **spring),
        a_text("partner", folder / "partner.txt", sender="partner"),
    ]
    return {text.id: text for text in found}


def facts_of(campaign: Campaign) -> Facts:
    return Facts(
        sender=Sender("lumiere", "Lumière du Midi", "732829320", "contact@lumiere.example"),
        caller_id=a_caller_id(campaign.caller_id.e164),
        kind=campaign.kind,
        sector=campaign.sector,
        purpose=campaign.purpose,
        opt_out_number=campaign.opt_out_number,
        person=VariantFacts("a" * 64, ()),
        machine=VariantFacts("b" * 64, ()),
        consent_texts=texts(),
        route=campaign.routes[0],
        list_territory=campaign.territory,
        job_related=campaign.job_related,
        until=campaign.until,
    )


def cleared(
    campaign: Campaign, rows: list[CalleeRow | RowProblem], at: datetime
) -> list[Clearance]:
    facts = facts_of(campaign)
    return [
        clear(
            row.callee,
            facts.about(suppressed=row.callee.number.e164 == "+33536490001", attempts=()),
            LAW,
            at,
        )
        for row in rows
        if isinstance(row, CalleeRow)
    ]


def reasons(clearances: list[Clearance]) -> set[str]:
    return {finding.reason for paper in clearances for finding in paper.findings}


@pytest.mark.parametrize("listed", ["callees.csv", "callees-fr.csv"])
def test_everybody_in_the_winter_sale_may_be_called(listed: str) -> None:
    campaign = campaign_of(WINTER / "campaign.toml")
    rows = rows_of(WINTER / listed, campaign)
    papers = cleared(campaign, rows, OPEN)
    assert len(papers) == len(rows) == 4
    assert all(paper.granted for paper in papers), papers


def test_french_and_english_headers_give_the_same_callees() -> None:
    campaign = campaign_of(WINTER / "campaign.toml")
    english, french = (
        rows_of(WINTER / name, campaign) for name in ("callees.csv", "callees-fr.csv")
    )
    assert english == french


@pytest.mark.parametrize("variant", Variant)
def test_the_winter_sales_script_says_what_the_law_wants(variant: Variant) -> None:
    campaign = campaign_of(WINTER / "campaign.toml")
    lacks = check(
        Script.parse((WINTER / "script.toml").read_text("utf-8")),
        sender_name="Lumière du Midi",
        kind=campaign.kind.value,
        opt_out_number=campaign.opt_out_number,
        variant=variant,
        rate_of=rate_today,
    )
    assert lacks == ()


#: What only a store that cannot be read, or another kind of message, can show.
ELSEWHERE = {
    "rulebook_silent", "kind_missing", "purpose_missing", "sector_missing", "sector_unknown",
    "suppression_unknown", "attempts_unknown", "attempts_exhausted", "consent_text_altered",
    "period_too_long", "job_related_unknown", "notice_missing", "opt_out_not_at_start",
    "slot_missing", "caller_id_premium", "caller_id_platform", "caller_id_territorial",
    "caller_id_foreign", "caller_id_unconfirmed", "caller_id_assignee_unknown",
    "caller_id_of_another", "caller_id_unverified", "caller_id_proof_old",
    "caller_id_since_unknown", "caller_id_too_new", "message_lacks", "opt_out_number_missing",
    "caller_id_mobile", "closes_too_soon", "route_landline", "route_prefix", "route_caller_id",
    "route_mobile_caller_id", "transfer_destination", "transfer_to_itself", "transfer_undeclared",
    "transfer_no_line",
}  # fmt: skip


def test_every_reason_to_refuse_a_callee_or_a_campaign_is_shown() -> None:
    campaign = campaign_of(REFUSALS / "campaign.toml")
    rows = rows_of(REFUSALS / "callees.csv", campaign)
    shown = reasons(cleared(campaign, rows, OPEN))
    for at in (*CLOSED, GOOD_FRIDAY):
        shown |= reasons(cleared(campaign, rows, at))
    shown |= reasons([_worst()])
    findings = {name for name, parts in catalogue("fr").items() if "compared" in parts}
    assert shown == findings - ELSEWHERE


def _worst() -> Clearance:
    """Clear the worst campaign as the store knows it: nothing that it names is registered."""
    campaign = campaign_of(REFUSALS / "worst.toml")
    [row] = rows_of(REFUSALS / "one-callee.csv", campaign)
    assert isinstance(row, CalleeRow)
    facts = Facts(
        kind=campaign.kind,
        sector=campaign.sector,
        purpose=campaign.purpose,
        opt_out_number=campaign.opt_out_number,
        consent_texts={},
        list_territory=campaign.territory,
        until=campaign.until,
    )
    return clear(row.callee, facts.about(suppressed=False, attempts=()), LAW, OPEN)


def test_the_first_callee_of_every_refusal_may_be_called() -> None:
    campaign = campaign_of(REFUSALS / "campaign.toml")
    papers = cleared(campaign, rows_of(REFUSALS / "callees.csv", campaign), OPEN)
    granted = [paper for paper in papers if paper.granted]
    assert [paper.number for paper in granted][:1] == [papers[0].number]
    assert len(granted) == 2  # and the one in Alsace, until Good Friday


def test_every_reason_to_refuse_a_row_is_shown() -> None:
    campaign = campaign_of(REFUSALS / "campaign.toml")
    rows = rows_of(REFUSALS / "callees.csv", campaign)
    refused = [row for row in rows if isinstance(row, RowProblem)]
    assert len({(row.column, row.reason) for row in refused}) == len(refused) == 23
    assert all(row.remedy for row in refused)


def test_every_field_is_wrong_in_fields() -> None:
    problems = parse_campaign((REFUSALS / "fields.toml").read_text("utf-8"))
    assert isinstance(problems, list)
    assert {problem.field for problem in problems} == {*FIELDS, "colour"}


def test_a_finding_reads_as_a_sentence_in_both_languages() -> None:
    finding: Finding = _worst().findings[0]
    for language in ("fr", "en"):
        assert finding.compared(language).endswith(".")
        assert "{" not in finding.compared(language) + finding.remedy(language)


def test_the_examples_are_dated_in_the_rulebooks_time() -> None:
    assert OPEN.astimezone(UTC).date() >= LAW.parameters["consent_period"].versions[0].since


@pytest.mark.peer  # two announcements are spoken, and twenty programs start
def test_the_set_ups_register_what_the_examples_name(tmp_path: Path) -> None:
    """Run as a newcomer runs them, with the ``licite`` beside this Python."""
    programs = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    environment = os.environ | {"LICITE_DATA_DIR": str(tmp_path), "PATH": programs}
    subprocess.run(
        ["sh", str(REFUSALS / "setup.sh")], env=environment, check=True, capture_output=True
    )
    checked = subprocess.run(
        ["licite", "campaign", "check", str(WINTER / "campaign.toml"), "--json"],
        env=environment, check=True, capture_output=True,
    )  # fmt: skip
    found = json.loads(checked.stdout)
    assert (found["never"], found["problem_count"]) == (0, 0)
    assert found["now"] + found["later"] == 4
