"""A transfer: what of a call's rules holds for the second one, and what does not."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from engine.clearance import Clearance
from engine.clearance.transfer import TransferFacts, clear_transfer
from tests.engine.law.builders import LAW, OPEN, a_caller_id, paris, reasons_of, some_facts

RECEPTION = "+33145678901"


def some_transfer(**changes: object) -> TransferFacts:
    facts = TransferFacts(
        sender=some_facts().sender,
        caller_id=a_caller_id(),
        route="trunk",
        declared=[RECEPTION],
    )
    return replace(facts, **changes)  # type: ignore[arg-type]  # a test names the field it changes


def decide(
    number: str = RECEPTION, facts: TransferFacts | None = None, at: datetime = OPEN
) -> Clearance:
    return clear_transfer(number, facts or some_transfer(), LAW, at)


def test_the_senders_people_are_rung_from_the_senders_own_number() -> None:
    paper = decide()
    assert paper.granted
    assert paper.number == RECEPTION
    assert paper.caller_id == "+33162000001"
    assert paper.route == "trunk"


@pytest.mark.parametrize(
    "at", [paris("2026-11-24 23:00"), paris("2026-11-22 12:00"), paris("2026-12-25 12:00")]
)
def test_the_hours_of_solicitation_are_not_those_of_an_asked_transfer(at: datetime) -> None:
    assert decide(at=at).granted


@pytest.mark.parametrize("written", ["+33612345678", "+33987654321", "+262262123456"])
def test_an_ordinary_line_of_a_covered_territory_may_be_rung(written: str) -> None:
    assert decide(written, some_transfer(declared=[written])).granted


@pytest.mark.parametrize(
    ("written", "reason"),
    [
        ("112", "transfer_no_line"),
        ("15", "transfer_no_line"),
        ("3949", "transfer_no_line"),
        ("118218", "transfer_no_line"),
        ("", "transfer_no_line"),
        ("the reception", "transfer_no_line"),
        ("+33899700000", "transfer_destination"),
        ("+33800123456", "transfer_destination"),
        ("+447911123456", "transfer_destination"),
        ("+352621123456", "transfer_destination"),
        ("+33700012345678", "transfer_no_line"),
    ],
)
def test_any_other_number_is_refused(written: str, reason: str) -> None:
    assert reasons_of(decide(written, some_transfer(declared=[written]))) == [reason]


@pytest.mark.parametrize("declared", [None, [], ["+33145678902"]])
def test_a_number_that_nobody_declared_is_refused(declared: list[str] | None) -> None:
    assert reasons_of(decide(facts=some_transfer(declared=declared))) == ["transfer_undeclared"]


def test_a_transfer_to_the_number_that_is_shown_would_ring_us() -> None:
    assert reasons_of(decide("+33162000001", some_transfer(declared=["+33162000001"]))) == [
        "transfer_to_itself"
    ]


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"caller_id": None}, "caller_id_missing"),
        ({"caller_id": a_caller_id("06 12 34 56 78")}, "caller_id_mobile"),
        ({"caller_id": a_caller_id("01 45 67 89 02")}, "caller_id_territorial"),
        ({"caller_id": a_caller_id(assignee="autre")}, "caller_id_of_another"),
        ({"caller_id": a_caller_id(verified_at=None)}, "caller_id_unverified"),
        ({"sender": None}, "sender_missing"),
        ({"route": None}, "route_missing"),
    ],
)
def test_the_number_shown_obeys_the_rules_of_any_call(
    changes: dict[str, object], reason: str
) -> None:
    """Among them: never the callee's number, which is no NPV of the sender's."""
    paper = decide(facts=some_transfer(**changes))
    assert not paper.granted
    assert reason in reasons_of(paper)


def test_every_reason_is_told_at_once() -> None:
    paper = decide("+33899700000", some_transfer(caller_id=None, declared=None))
    assert reasons_of(paper) == ["caller_id_missing", "transfer_destination", "transfer_undeclared"]


def test_before_the_rulebooks_first_day_nothing_is_granted() -> None:
    paper = decide(at=datetime(2026, 8, 10, 10, tzinfo=UTC))
    assert reasons_of(paper) == ["rulebook_silent"]


def test_a_transfer_is_cleared_at_an_aware_instant() -> None:
    with pytest.raises(ValueError, match="aware"):
        decide(at=OPEN.replace(tzinfo=None))


def test_a_refusal_names_no_clear_number() -> None:
    paper = decide("+33899700000", some_transfer(declared=None))
    told = " ".join(f.compared(language) for f in paper.findings for language in ("fr", "en"))
    assert "899700000" not in told
