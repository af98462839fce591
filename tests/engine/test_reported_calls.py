"""From the reports of a carrier to the outcome of a call, on a real store."""

from __future__ import annotations

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine import operations
from engine.call import CampaignState, DropState
from engine.interfaces import Call, Route
from engine.operations.dial import MAY_LAST
from engine.operations.reports import KEPT_FOR, SETTLE_S, TOLD_FOR
from engine.outcome import Outcome
from engine.reports import CallStatus, Report, ReportKind, Verdict
from engine.store import SqlStore, open_store
from tests.engine.operating import (
    OPEN,
    House,
    a_house,
    a_number,
    claim,
    dial_one,
    drops,
    entries,
    launch,
)
from tests.engine.told import (
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

#: When all that any scenario tells has come and settled.
LATER = at(600)
#: A day of the machine's clock after every heartbeat of these tests.
MUCH_LATER = datetime.fromisoformat("2031-01-01T00:00:00+00:00")


@pytest.fixture
def house(store: SqlStore) -> House:
    return a_house(store)


def a_remote_call(house: House, **changes: object) -> tuple[str, int]:
    """Dial a call that a carrier took over; return its campaign and its id."""
    campaign_id = launch(house, **changes)  # type: ignore[arg-type]  # a test names the field
    dial = dial_one(house)
    assert operations.bind(house, dial.call_id, SID)
    return campaign_id, dial.call_id


def call_of(house: House, call_id: int) -> Call:
    with house.store.read() as unit:
        call = unit.calls.get(call_id)
    assert call is not None
    return call


def take_in(house: House, reports: list[Report], when: datetime = LATER) -> operations.Applied:
    """Receive, apply and settle."""
    operations.receive(house, reports)
    applied = operations.apply_reports(house, at=when)
    operations.settle(house, at=when)
    return applied


def journal_of(house: House, call_id: int) -> list[tuple[str, str]]:
    """Return what the journal says of a call: kind and detail, whatever the order."""
    said = [entry for entry in entries(house) if entry.get("call") == call_id]
    return sorted((entry["kind"], json.dumps(entry["detail"], sort_keys=True)) for entry in said)


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_what_is_told_becomes_the_outcome_of_the_call(house: House, scenario: str) -> None:
    _, call_id = a_remote_call(house)
    take_in(house, SCENARIOS[scenario](call_id))
    call = call_of(house, call_id)
    assert call.outcome is OUTCOMES[scenario]
    assert call.concluded_at is not None


def test_the_last_call_told_over_ends_its_campaign(house: House) -> None:
    campaign_id, call_id = a_remote_call(house)
    operations.receive(house, listener(call_id))
    operations.apply_reports(house, at=LATER)
    assert operations.settle(house, at=LATER) == 1
    assert operations.settle(house, at=LATER) == 0
    with house.store.read() as unit:
        record = unit.campaigns.get(campaign_id)
    assert record is not None
    assert record.state is CampaignState.DONE


def test_a_call_over_the_network_leaves_the_entries_of_a_call_of_ours(house: House) -> None:
    _, call_id = a_remote_call(house)
    take_in(house, presses_9(call_id))
    kinds = [entry["kind"] for entry in entries(house)]
    assert kinds == [
        "submitted",
        "cleared",
        "dialled",
        "answered",
        "heard",
        "pressed",
        "concluded",
    ]


def test_each_event_is_received_once(house: House) -> None:
    _, call_id = a_remote_call(house)
    told = listener(call_id)
    assert operations.receive(house, told) == len(told)
    assert operations.receive(house, [*told, *told]) == 0
    assert operations.receive(house, []) == 0
    assert operations.apply_reports(house, at=LATER).count == len(told)
    assert operations.receive(house, told) == 0
    assert operations.apply_reports(house, at=LATER).count == 0
    assert [report.key for report in operations.told(house, call_id)] == [
        report.key for report in sorted(told, key=lambda one: one.key)
    ]


def test_a_report_needs_the_name_of_its_route(house: House) -> None:
    stray = Report(ReportKind.TURN, "key", 1, OPEN)
    with pytest.raises(ValueError, match="route"):
        operations.receive(house, [stray])


def test_reports_of_no_call_of_ours_change_nothing(house: House) -> None:
    nowhere = Report(ReportKind.STATUS, "x", None, OPEN, {"status": "completed"}, ROUTE)
    applied = take_in(house, [*listener(4_711), nowhere])
    assert (applied.redirections, applied.strange) == ((), ())


def test_deposits_are_left_to_their_own_room(house: House) -> None:
    operations.receive(house, [Report(ReportKind.DEPOSIT, "batch", None, OPEN, {}, "voicepartner")])
    assert operations.apply_reports(house, at=LATER).count == 0


def test_a_call_settles_a_while_after_it_was_told_over(house: House) -> None:
    campaign_id, call_id = a_remote_call(house)
    over = next(report.at for report in nobody(call_id) if report.detail["status"] == "no_answer")
    take_in(house, nobody(call_id), over + timedelta(seconds=SETTLE_S - 0.1))
    assert call_of(house, call_id).outcome is None
    assert drops(house, campaign_id)[0].state is DropState.CALLING
    assert operations.settle(house, at=over + timedelta(seconds=SETTLE_S)) == 1
    assert call_of(house, call_id).outcome is Outcome.NO_ANSWER
    (drop,) = drops(house, campaign_id)
    assert (drop.state, drop.due_at) == (DropState.PENDING, over + timedelta(hours=1))


def test_nothing_is_tried_again_that_a_report_on_its_way_makes_answered(house: House) -> None:
    campaign_id, call_id = a_remote_call(house)
    take_in(house, nobody(call_id), at(41))
    take_in(house, [turn(0, "to_person", 12, call_id=call_id)], at(43))
    operations.settle(house, at=LATER)
    (drop,) = drops(house, campaign_id)
    assert (drop.state, drop.outcome) == (DropState.DONE, Outcome.FAILED)


def test_a_late_answer_ends_a_drop_that_waits_for_its_next_attempt(house: House) -> None:
    campaign_id, call_id = a_remote_call(house)
    take_in(house, nobody(call_id))
    assert drops(house, campaign_id)[0].state is DropState.PENDING
    take_in(house, [turn(0, "to_person", 12, None, Outcome.HUNG_UP, call_id=call_id)])
    (drop,) = drops(house, campaign_id)
    assert (drop.state, drop.outcome) == (DropState.DONE, Outcome.HUNG_UP)
    assert claim(house, at=OPEN + timedelta(days=1)) == []


def test_a_conclusion_that_is_revised_says_so(house: House) -> None:
    _, call_id = a_remote_call(house)
    take_in(house, without(listener(call_id), "verdict"))
    take_in(house, [verdict(Verdict.PERSON, 14, call_id=call_id)])
    concluded = [entry["detail"] for entry in entries(house) if entry["kind"] == "concluded"]
    assert [entry["outcome"] for entry in concluded] == ["deposited_unconfirmed", "heard"]
    assert concluded[1]["revises"] == "deposited_unconfirmed"
    take_in(house, listener(call_id))
    assert len(entries(house)) == 7


def test_a_call_whose_fate_was_unknown_takes_what_is_told_of_it(house: House) -> None:
    campaign_id = launch(house)
    dial = dial_one(house)
    operations.conclude(house, dial.call_id, Outcome.UNKNOWN, cause="time-out", at=OPEN)
    take_in(house, nobody(dial.call_id))
    call = call_of(house, dial.call_id)
    assert (call.outcome, call.reference) == (Outcome.NO_ANSWER, SID)
    (drop,) = drops(house, campaign_id)
    assert (drop.state, drop.outcome) == (DropState.DONE, Outcome.NO_ANSWER)
    assert claim(house, at=OPEN + timedelta(days=1)) == []


def test_an_earlier_calls_late_deposit_outlasts_a_later_call(house: House) -> None:
    campaign_id, first = a_remote_call(house)
    take_in(house, nobody(first))
    again = dial_one(house, at=OPEN + timedelta(hours=2))
    take_in(house, without(mailbox(first), ":2", ":3"), OPEN + timedelta(hours=2))
    assert drops(house, campaign_id)[0].state is DropState.CALLING
    operations.conclude(house, again.call_id, Outcome.NO_ANSWER, at=OPEN + timedelta(hours=2))
    (drop,) = drops(house, campaign_id)
    assert (drop.state, drop.outcome) == (DropState.DONE, Outcome.DEPOSITED)


def test_the_cost_and_the_length_of_a_call_are_kept(house: House) -> None:
    _, call_id = a_remote_call(house)
    price = {"amount": "-0.0150", "currency": "USD"}
    take_in(house, listener(call_id))
    take_in(house, [status(CallStatus.COMPLETED, 700, call_id=call_id, price=price)], at(700))
    call = call_of(house, call_id)
    assert (call.duration_s, call.cost_micros, call.currency) == (28, 15_000, "USD")
    assert [entry["kind"] for entry in entries(house)].count("concluded") == 1


def test_a_call_keeps_the_name_that_it_got_first(house: House) -> None:
    _, call_id = a_remote_call(house)
    assert operations.bind(house, call_id, SID)
    assert not operations.bind(house, call_id, "CA2")
    stray = Report(
        ReportKind.STATUS, "CA2:1", call_id, at(3), {"status": "failed", "reference": "CA2"}, ROUTE
    )
    assert take_in(house, [stray]).strange == (call_id,)
    assert call_of(house, call_id).outcome is None


def test_a_verdict_redirects_its_call_once(house: House) -> None:
    _, call_id = a_remote_call(house)
    told = [*hangs_up(call_id)[:-1], verdict(Verdict.BEEP, 15, call_id=call_id)]
    (redirection,) = take_in(house, told, at(15)).redirections
    assert (redirection.call_id, redirection.reference) == (call_id, SID)
    assert redirection.verdict is Verdict.BEEP
    assert take_in(house, told, at(16)).redirections == ()


@pytest.mark.parametrize("heard", [Verdict.PERSON, Verdict.UNSURE, Verdict.FAX, Verdict.MACHINE])
def test_no_other_verdict_redirects(house: House, heard: Verdict) -> None:
    _, call_id = a_remote_call(house)
    told = [*hangs_up(call_id)[:-1], verdict(heard, 15, call_id=call_id)]
    assert take_in(house, told, at(15)).redirections == ()


def test_a_machine_that_presses_keys_is_a_person(house: House) -> None:
    _, call_id = a_remote_call(house)
    pressed = turn(1, "again_1", 14, "1", call_id=call_id)
    told = [*hangs_up(call_id)[:-1], pressed, verdict(Verdict.BEEP, 15, call_id=call_id)]
    assert take_in(house, told, at(15)).redirections == ()


def test_a_machine_that_is_spoken_to_is_not_redirected(house: House) -> None:
    _, call_id = a_remote_call(house)
    first = turn(0, "to_machine", 15, "beep", Outcome.HUNG_UP, call_id=call_id, variant="machine")
    told = [first, verdict(Verdict.BEEP, 15, call_id=call_id)]
    assert take_in(house, told, at(15)).redirections == ()


def test_verdicts_are_applied_before_what_came_earlier(house: House) -> None:
    _, call_id = a_remote_call(house)
    operations.receive(house, [*hangs_up(call_id)[:-1], verdict(Verdict.BEEP, 15, call_id=call_id)])
    assert len(operations.apply_reports(house, at=at(15), limit=1).redirections) == 1


def test_a_wait_at_the_carrier_is_told(house: House) -> None:
    _, call_id = a_remote_call(house)
    short, long = (
        status(CallStatus.RINGING, 2, place, call_id=call_id, queue_ms=waited)
        for place, waited in enumerate((2_000, 2_001))
    )
    assert take_in(house, [short, long], at(2)).waited == ((call_id, 2_001),)


def test_a_call_that_a_carrier_took_over_outlives_its_process(house: House) -> None:
    campaign_id, call_id = a_remote_call(house)
    operations.beat(house, "voice-1", beat_at=OPEN)
    assert operations.recover(house, at=OPEN, beat_at=MUCH_LATER).unknown == 0
    assert operations.leave(house, "voice-1", at=OPEN).unknown == 0
    assert call_of(house, call_id).outcome is None
    take_in(house, mailbox(call_id))
    assert drops(house, campaign_id)[0].outcome is Outcome.DEPOSITED


def test_what_was_received_is_applied_by_the_next_process(house: House) -> None:
    _, call_id = a_remote_call(house)
    operations.receive(house, mailbox(call_id))
    reopened = House(SqlStore(house.store.database), house.keys)
    operations.apply_reports(reopened, at=LATER)
    operations.settle(reopened, at=LATER)
    assert call_of(reopened, call_id).outcome is Outcome.DEPOSITED


def test_whoever_may_be_on_the_line_is_not_rung_meanwhile(house: House) -> None:
    with house.store.write() as unit:
        unit.setup.add_route(Route("twilio", "twilio"))
    launch(house, routes=("twilio",))
    dial = dial_one(house)
    operations.conclude(house, dial.call_id, Outcome.UNKNOWN, at=OPEN)
    launch(house)
    (claimed,) = claim(house)
    assert isinstance(operations.dial(house, claimed, at=OPEN), operations.Postponed)
    (claimed,) = claim(house, at=OPEN + MAY_LAST)
    still = operations.dial(house, claimed, at=OPEN + MAY_LAST)
    assert isinstance(still, operations.Postponed)
    assert isinstance(dial_one(house, at=still.until), operations.Dial)


def test_a_call_over_sip_ended_with_the_process_that_held_it(house: House) -> None:
    launch(house)
    dial = dial_one(house)
    operations.conclude(house, dial.call_id, Outcome.UNKNOWN, at=OPEN)
    launch(house)
    assert dial_one(house).call_id != dial.call_id


def test_an_erased_callees_call_is_concluded_once_and_not_revised(house: House) -> None:
    _, call_id = a_remote_call(house)
    take_in(house, mailbox(call_id))
    operations.erase(house, a_number(10_000_000), at=LATER)
    assert operations.told(house, call_id) == []
    take_in(house, hangs_up(call_id))
    call = call_of(house, call_id)
    assert (call.outcome, call.evidence) == (Outcome.DEPOSITED, None)


@pytest.mark.peer
def test_processes_that_apply_at_once_take_each_report_once(house: House) -> None:
    campaign_id = launch(house, 40, first=30_000_000)
    dials = [operations.dial(house, claimed, at=OPEN) for claimed in claim(house, 40)]
    told = [
        _of(report, dial.call_id)
        for dial in dials
        if isinstance(dial, operations.Dial)
        for report in [
            *hangs_up(dial.call_id)[:-1],
            verdict(Verdict.BEEP, 15, call_id=dial.call_id),
        ]
    ]

    def one_process(turn: int) -> list[operations.Applied]:
        operations.receive(house, told[turn::2] + told)
        rounds = [operations.apply_reports(house, at=at(15), limit=7)]
        while rounds[-1].count:
            rounds.append(operations.apply_reports(house, at=at(15), limit=7))
        return rounds

    with ThreadPoolExecutor(4) as processes:
        rounds = [one for many in processes.map(one_process, range(4)) for one in many]
    assert sum(one.count for one in rounds) == len(told)
    redirected = sorted(each.call_id for one in rounds for each in one.redirections)
    assert len(redirected) == len(set(redirected)) == len(drops(house, campaign_id))


class Deliveries:
    """One call after another on one store, each told in its own way."""

    def __init__(self, house: House) -> None:
        self._house = house
        self._index = 20_000_000

    def come_to(self, told: list[Report], batches: list[int], settled_between: bool) -> Any:
        """Deliver; return the final call, drop and journal, as far as they may be compared."""
        self._index += 1
        campaign_id = launch(self._house, first=self._index)
        call_id = dial_one(self._house).call_id
        operations.bind(self._house, call_id, f"{SID}{call_id}")
        for batch in _cut([_of(report, call_id) for report in told], batches):
            operations.receive(self._house, batch)
            operations.apply_reports(self._house, at=max(report.at for report in told))
            if settled_between:
                operations.settle(self._house, at=LATER)
        operations.apply_reports(self._house, at=LATER)
        operations.settle(self._house, at=LATER)
        call, (drop,) = call_of(self._house, call_id), drops(self._house, campaign_id)
        stands = (
            (call.outcome, call.cause, call.evidence, call.answered_at, call.concluded_at),
            (call.duration_s, drop.state, drop.outcome, drop.attempts),
        )
        due_at = drop.due_at if drop.state is DropState.PENDING else None
        journal = [(entry["kind"], entry["detail"], entry["at"]) for entry in self._said(call_id)]
        return stands, due_at, sorted(json.dumps(entry, sort_keys=True) for entry in journal)

    def _said(self, call_id: int) -> Iterator[dict[str, Any]]:
        return (entry for entry in entries(self._house) if entry.get("call") == call_id)


def _of(report: Report, call_id: int) -> Report:
    detail = {**report.detail, "reference": f"{SID}{call_id}"}
    return Report(report.kind, f"{report.key}@{call_id}", call_id, report.at, detail, report.route)


def _cut(reports: list[Report], sizes: list[int]) -> Iterator[list[Report]]:
    rest = list(reports)
    for size in sizes:
        yield rest[:size]
        rest = rest[size:]
    yield rest


@contextmanager
def a_new_store(template: Path, path: Path) -> Iterator[SqlStore]:
    path.write_bytes(template.read_bytes())
    store = open_store(f"sqlite:///{path}")
    yield store
    store.close()
    path.unlink()


some_told = st.sampled_from(sorted(SCENARIOS)).map(lambda name: SCENARIOS[name]())


@pytest.mark.peer
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(some_told, st.data())
def test_the_final_state_depends_neither_on_order_nor_on_repetition(
    sqlite_template: Path, tmp_path: Path, told: list[Report], data: st.DataObject
) -> None:
    delivered = data.draw(
        st.permutations([*told, *data.draw(st.lists(st.sampled_from(told), max_size=4))])
    )
    batches = data.draw(st.lists(st.integers(1, 4), max_size=6))
    with a_new_store(sqlite_template, tmp_path / "order.db") as store:
        deliveries = Deliveries(a_house(store))
        in_order = deliveries.come_to(told, [len(told)], False)
        assert deliveries.come_to(delivered, batches, False) == in_order
        late = deliveries.come_to(delivered, batches, True)
        assert late[0] == in_order[0]
        assert late[1] == in_order[1]


def kept(house: House, call_id: int) -> int:
    with house.store.read() as unit:
        return len(unit.reports.of_call(call_id))


def recover(house: House, when: datetime) -> None:
    operations.recover(house, at=when, beat_at=OPEN)


def over_at(house: House, call_id: int) -> datetime:
    concluded_at = call_of(house, call_id).concluded_at
    assert concluded_at is not None
    return concluded_at


def test_what_can_change_nothing_any_more_is_forgotten(house: House) -> None:
    _, call_id = a_remote_call(house)
    of_no_call = replace(status(CallStatus.RINGING, 2), key="of no call", call_id=None)
    take_in(house, [*presses_9(call_id), of_no_call])
    before = call_of(house, call_id), entries(house)
    recover(house, over_at(house, call_id) + KEPT_FOR)
    assert kept(house, call_id) == len(presses_9())
    recover(house, over_at(house, call_id) + KEPT_FOR + timedelta(seconds=1))
    assert kept(house, call_id) == 0
    with house.store.read() as unit:
        assert not unit.reports.any_before(MUCH_LATER)
    assert (call_of(house, call_id), entries(house)) == before


def test_what_may_change_something_is_kept(house: House) -> None:
    """Reports that wait, a call that is open, and what has not settled."""
    _, call_id = a_remote_call(house)
    told = nobody(call_id)

    def is_all_kept() -> bool:
        recover(house, MUCH_LATER)
        return kept(house, call_id) == len(told)

    operations.receive(house, told)
    assert is_all_kept()
    operations.apply_reports(house, at=LATER)
    assert is_all_kept()
    operations.conclude(house, call_id, Outcome.UNKNOWN, at=LATER)
    assert is_all_kept()
    operations.settle(house, at=LATER)
    assert not is_all_kept()


def test_a_request_replayed_after_it_was_forgotten_changes_nothing(house: House) -> None:
    _, call_id = a_remote_call(house)
    take_in(house, presses_9(call_id))
    recover(house, MUCH_LATER)
    before = call_of(house, call_id), entries(house)
    assert take_in(house, presses_9(call_id)[-1:], MUCH_LATER).late == (call_id,)
    assert (call_of(house, call_id), entries(house)) == before


def test_what_is_told_counts_for_thirty_days(house: House) -> None:
    _, call_id = a_remote_call(house)
    take_in(house, presses_9(call_id))
    last = over_at(house, call_id) + TOLD_FOR
    for key, seconds, when in (("in time", 12, last), ("late", 13, last + timedelta(seconds=1))):
        told = status(CallStatus.COMPLETED, 20, 4, call_id=call_id, duration_s=seconds)
        take_in(house, [replace(told, key=key)], when)
    assert call_of(house, call_id).duration_s == 12
