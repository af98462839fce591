"""The picture of a call: a fold over the set of its reports."""

from __future__ import annotations

from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.journal import Kind
from engine.outcome import RETRIABLE, Outcome
from engine.reports import (
    CallStatus,
    Picture,
    Report,
    Verdict,
    entries,
    is_terminal,
    picture,
    status_report,
    verdict_of,
)
from engine.reports.picture import UNASKED
from tests.engine.told import (
    HASH,
    OUTCOMES,
    ROUTE,
    SCENARIOS,
    SID,
    at,
    hangs_up,
    listener,
    mailbox,
    nobody,
    presses_9,
    status,
    turn,
    verdict,
    without,
)

some_scenario = st.sampled_from(sorted(SCENARIOS)).map(lambda name: SCENARIOS[name]())


@st.composite
def some_deliveries(draw: st.DrawFn) -> tuple[list[Report], list[Report]]:
    """Return what happened, and one way in which it may be told: any order, with repetitions."""
    told = draw(some_scenario)
    twice = draw(st.lists(st.sampled_from(told), max_size=6))
    return told, draw(st.permutations([*told, *twice]))


@given(some_deliveries())
def test_neither_order_nor_repetition_matters(
    deliveries: tuple[list[Report], list[Report]],
) -> None:
    told, delivered = deliveries
    assert picture(delivered) == picture(told)


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_every_scenario_comes_to_its_outcome(scenario: str) -> None:
    assert picture(SCENARIOS[scenario]()).outcome is OUTCOMES[scenario]


@given(some_scenario, st.data())
def test_what_rules_a_further_attempt_out_is_never_taken_back(
    told: list[Report], data: st.DataObject
) -> None:
    some = data.draw(st.lists(st.sampled_from(told)))
    more = picture([*some, *data.draw(st.lists(st.sampled_from(told)))])
    fewer = picture(some)
    if fewer.outcome is not None and not _may_be_tried_again(fewer):
        assert not _may_be_tried_again(more)


def _may_be_tried_again(drawn: Picture) -> bool:
    return drawn.outcome in RETRIABLE and drawn.answered_at is None


@given(some_scenario, st.data())
def test_a_call_has_no_outcome_until_it_is_over(told: list[Report], data: st.DataObject) -> None:
    some = data.draw(st.lists(st.sampled_from(told)))
    drawn = picture(some)
    assert (drawn.outcome is not None) == (drawn.over_at is not None) == any(map(is_terminal, some))


def test_a_person_who_listened_is_recorded_as_on_a_call_of_ours() -> None:
    drawn = picture(listener())
    assert (drawn.by, drawn.answered_at, drawn.over_at) == ("person", at(10), at(38))
    assert drawn.duration_s == 28
    assert drawn.evidence == {
        "steps": [[0.5, "to_person"], [20.0, "again_1"], [25.0, "goodbye"]],
        "keys": [],
        "heard": [[4.0, "person"]],
    }
    played = {"at_s": 0.5, "variant": "person", "sha256": HASH, "codec": "PCMA"}
    assert [(entry.kind, entry.detail) for entry in entries(drawn)] == [
        (Kind.ANSWERED, {"by": "person"}),
        (Kind.HEARD, played),
    ]


def test_keys_are_recorded_and_keyed_numbers_are_not() -> None:
    told = [*presses_9(), turn(2, "confirm", 19, "0612345678", keyed=True)]
    drawn = picture(told)
    assert drawn.keys == ((6.0, "9"),)
    assert entries_of(drawn, Kind.PRESSED) == [{"keys": [[6.0, "9"]]}]
    assert "0612345678" not in repr(drawn)


def entries_of(drawn: Picture, kind: Kind) -> list[object]:
    return [entry.detail for entry in entries(drawn) if entry.kind is kind]


def test_what_was_played_to_the_end_was_heard_only_by_a_person_the_carrier_or_a_key_shows() -> None:
    silent = without(listener(), "verdict")
    assert picture(silent).outcome is Outcome.DEPOSITED_UNCONFIRMED
    assert picture([*silent, verdict(Verdict.UNSURE, 14)]).outcome is Outcome.DEPOSITED_UNCONFIRMED
    assert picture([*silent, verdict(Verdict.BEEP, 14)]).outcome is Outcome.DEPOSITED_UNCONFIRMED
    assert picture([*silent, turn(3, "to_person", 36, "1")]).outcome is Outcome.HEARD


def test_a_machine_that_was_not_spoken_to_after_its_beep_has_no_deposit() -> None:
    assert picture(without(mailbox(), "turn:1001")).outcome is Outcome.HUNG_UP


def test_an_answered_call_that_never_asked_what_to_say_has_failed_for_good() -> None:
    drawn = picture(without(hangs_up(), "turn:0"))
    assert (drawn.outcome, drawn.cause) == (Outcome.FAILED, UNASKED)
    assert drawn.answered_at == at(10)


def test_where_only_the_end_is_known_the_answer_was_its_duration_before() -> None:
    drawn = picture([status(CallStatus.COMPLETED, 60, duration_s=25)])
    assert (drawn.answered_at, drawn.duration_s) == (at(35), 25)


ENDS = [CallStatus.NO_ANSWER, CallStatus.BUSY, CallStatus.CANCELLED, CallStatus.COMPLETED]


@pytest.mark.parametrize("ends", list(permutations(ENDS, 2)))
def test_contradicting_ends_are_ranked_not_first_come(ends: tuple[CallStatus, CallStatus]) -> None:
    told = [status(end, 30 + place, 5 + place) for place, end in enumerate(ends)]
    best = max(ends, key=ENDS.index)
    alone = picture([status(best, 30, 5)]).outcome
    assert picture(told).outcome is alone


def test_what_its_codes_tell_of_a_failed_call_is_its_outcome() -> None:
    ended = status(CallStatus.FAILED, 3, 1, outcome=Outcome.REJECTED, sip_code=603, cause="603")
    drawn = picture([ended])
    assert (drawn.outcome, drawn.cause) == (Outcome.REJECTED, "603")
    assert drawn.evidence == {"sip_code": 603}
    assert list(entries(drawn)) == []


def test_what_was_declined_is_so_whoever_calls_it_busy() -> None:
    told = status(CallStatus.BUSY, 3, 1, outcome=Outcome.REJECTED, sip_code=603)
    polled = status(CallStatus.BUSY, 4, None)
    assert picture([polled, told]).outcome is Outcome.REJECTED


@pytest.mark.parametrize(
    ("amount", "micros"),
    [
        *(("-0.01500", 15_000), ("0.0075", 7_500), ("1000", 1_000_000_000)),
        *((no_price, None) for no_price in ("free", None, "NaN", "-Infinity", "1000.1", "1e30")),
    ],
)
def test_a_price_is_whole_millionths(amount: str | None, micros: int | None) -> None:
    price = {"amount": amount, "currency": "usd"}
    drawn = picture([status(CallStatus.COMPLETED, 60, 3, price=price)])
    assert (drawn.cost_micros, drawn.currency) == (micros, "USD" if micros else None)


def test_a_report_that_names_the_call_otherwise_is_left_aside() -> None:
    other = status_report(ROUTE, 1, CallStatus.COMPLETED, reference="CA9", sequence=9, at=at(50))
    assert picture([*nobody(), other], reference=SID).outcome is Outcome.NO_ANSWER


def test_the_first_verdict_stands() -> None:
    assert verdict_of([verdict(Verdict.FAX, 20), *listener()]) is Verdict.PERSON
    assert verdict_of(nobody()) is None


def test_a_status_that_was_asked_for_is_not_the_one_that_was_told() -> None:
    asked = status(CallStatus.RINGING, 3)
    assert asked.key == f"{SID}:polled:ringing"
    assert status(CallStatus.RINGING, 3, 1).key == f"{SID}:1"
    assert "sequence" not in asked.detail


def test_a_price_that_a_carrier_tells_late_is_another_event() -> None:
    priced = {"amount": "0.0480", "currency": "EUR"}
    polled = status(CallStatus.COMPLETED, 60, None, duration_s=20)
    charged = status(CallStatus.COMPLETED, 90, None, duration_s=20, price=priced)
    assert len({polled.key, charged.key}) == 2
    drawn = picture([charged, polled])
    assert (drawn.cost_micros, drawn.currency) == (48_000, "EUR")
    assert drawn.over_at == at(60)


def test_the_wait_at_the_carrier_is_kept() -> None:
    assert picture([status(CallStatus.NO_ANSWER, 30, 3, queue_ms=2500)]).queue_ms == 2500


def test_a_later_conclusion_repeats_nothing_of_an_earlier_one() -> None:
    early, late = picture(without(mailbox(), "turn:1000", "turn:1001")), picture(mailbox())
    further = list(entries(late, early.evidence))
    assert [(entry.kind, entry.detail["variant"]) for entry in further] == [(Kind.HEARD, "machine")]
    assert list(entries(late, late.evidence)) == []
