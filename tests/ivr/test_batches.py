"""Batches for a direct-deposit provider: cleared, committed, handed over once."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from engine import operations
from engine.call import CampaignState, DropState
from engine.operations.deposit_audio import bind_audio, file_name
from engine.operations.deposits import open_batch
from engine.sandbox.twilio import Mishap
from engine.store import SqlStore
from tests.engine.deposited import MACHINE
from tests.engine.operating import OPEN, claim, drops, entries, kinds
from tests.ivr.depositing import Depositing, depositing


@pytest.fixture
def house(store: SqlStore, tmp_path: Path) -> Iterator[Depositing]:
    with depositing(store, tmp_path) as made:
        yield made


def state_of(house: Depositing, campaign_id: str) -> CampaignState:
    with house.engine.store.read() as unit:
        record = unit.campaigns.get(campaign_id)
    assert record is not None
    return record.state


def all_concluded(house: Depositing, campaign_id: str) -> bool:
    outcomes = house.outcomes(campaign_id)
    return len(outcomes) == len(drops(house.engine, campaign_id)) and all(outcomes)


def test_a_batch_is_dialled_then_handed_over_then_open(house: Depositing) -> None:
    house.attest()
    campaign = house.launch(3)
    house.run_until(lambda: all_concluded(house, campaign))
    (request,) = house.double.requests
    assert (len(request.numbers), request.audio) == (3, "token-1")
    assert house.outcomes(campaign) == ["handed_over"] * 3
    calls = house.calls(campaign)
    assert {call.reference for call in calls} == {str(request.id)}
    assert all(call.concluded_at is None for call in calls)
    assert [drop.state for drop in drops(house.engine, campaign)] == [DropState.CALLING] * 3


def test_what_was_handed_over_is_named_in_the_journal(house: Depositing) -> None:
    house.attest()
    campaign = house.launch(1)
    house.run_until(lambda: all_concluded(house, campaign))
    written = entries(house.engine)
    (concluded,) = (entry for entry in written if entry["kind"] == "concluded")
    found = concluded["detail"]["evidence"]
    assert (found["variant"], found["sha256"]) == ("machine", MACHINE)
    assert len(found["rendered_sha256"]) == 64
    order = [entry["kind"] for entry in written if entry["kind"] in ("dialled", "concluded")]
    assert order == ["dialled", "concluded"]


def test_a_batch_outlives_the_process_that_handed_it_over(house: Depositing) -> None:
    house.attest()
    campaign = house.launch(1)
    house.run_until(lambda: all_concluded(house, campaign))
    operations.recover(house.engine, at=OPEN, beat_at=OPEN + timedelta(days=9999))
    assert house.outcomes(campaign) == ["handed_over"]


def test_a_batch_is_as_large_as_the_operator_says(house: Depositing) -> None:
    house.attest()
    campaign = house.launch(5, batch_size=2)
    house.run_until(lambda: all_concluded(house, campaign))
    assert sorted(len(request.numbers) for request in house.double.requests) == [1, 2, 2]


def test_nothing_is_dialled_when_the_window_closes_before_the_worst_delay(
    house: Depositing,
) -> None:
    house.attest()
    house.clock.late = timedelta(hours=2)  # 12:30 in Paris: the window closes at 13:00
    campaign = house.launch(1)
    house.run_until(lambda: drops(house.engine, campaign)[0].due_at > OPEN + house.clock.late)
    (drop,) = drops(house.engine, campaign)
    assert drop.due_at == OPEN + timedelta(hours=3, minutes=30)
    assert not house.double.requests
    assert "dialled" not in kinds(house.engine)


@pytest.mark.parametrize(
    ("mishap", "outcome", "due"),
    [
        (Mishap.DONE_THEN_500, "unknown", DropState.DONE),
        (Mishap.DROPPED, "unknown", DropState.DONE),
        (Mishap.HTML_200, "unknown", DropState.DONE),
    ],
)
def test_a_batch_of_which_nobody_knows_is_never_sent_again(
    house: Depositing, mishap: Mishap, outcome: str, due: DropState
) -> None:
    house.attest()
    house.double.next_requests(mishap)
    campaign = house.launch(2, attempts=4)
    house.run_until(lambda: all_concluded(house, campaign))
    house.clock.late = timedelta(hours=4, minutes=30)  # 15:00: whatever is due is due
    house.run_until(lambda: state_of(house, campaign) is CampaignState.DONE)
    assert house.outcomes(campaign) == [outcome] * 2
    assert {drop.state for drop in drops(house.engine, campaign)} == {due}
    assert len(house.double.requests) == (mishap is not Mishap.DROPPED)


def test_a_batch_that_was_certainly_refused_is_tried_again_later(house: Depositing) -> None:
    house.attest()
    house.double.price = 10_000.0
    campaign = house.launch(2, attempts=2)
    house.run_until(lambda: all_concluded(house, campaign))
    assert house.outcomes(campaign) == ["failed", "failed"]
    assert {drop.state for drop in drops(house.engine, campaign)} == {DropState.PENDING}


def test_a_provider_that_is_full_is_asked_again_without_a_further_attempt(
    house: Depositing,
) -> None:
    house.attest()
    house.double.next_requests(Mishap.TOO_MANY)
    campaign = house.launch(2)
    house.run_until(lambda: all_concluded(house, campaign))
    assert house.outcomes(campaign) == ["handed_over"] * 2
    assert [drop.attempts for drop in drops(house.engine, campaign)] == [1, 1]
    assert len(house.double.requests) == 1


def test_who_opted_out_since_the_dialling_is_taken_out_of_the_batch(house: Depositing) -> None:
    house.attest()
    campaign = house.launch(2)
    dialled = []
    for claimed in claim(house.engine, 2):
        dial = operations.dial(house.engine, claimed, at=OPEN, route="vp")
        assert isinstance(dial, operations.Dial)
        dialled.append(dial)
    first, second = dialled
    operations.opt_out(house.engine, "lumiere", first.paper.number, channel="sms", at=OPEN)
    ids = [dial.call_id for dial in dialled]
    leaving = open_batch(house.engine, "batch", first.route, ids, at=OPEN)
    assert leaving == (second.call_id,)
    assert house.outcomes(campaign) == ["cancelled", None]
    with house.engine.store.read() as unit:
        batch = unit.deposits.batch("batch")
    assert batch is not None
    assert batch.size == 1


def missing(house: Depositing) -> None:
    house.double.audios.clear()


def renamed(house: Depositing) -> None:
    house.double.keeps("token-1", "another.wav")


def replaced(house: Depositing) -> None:
    bind_audio(house.engine, "vp", MACHINE, token="token-2", by="Ada", at=OPEN)
    house.double.keeps("token-2", file_name(MACHINE))


@pytest.mark.parametrize("spoil", [missing, renamed, replaced])
def test_a_file_that_two_people_did_not_answer_for_is_never_played(
    house: Depositing, spoil: object
) -> None:
    house.attest()
    campaign = house.launch(1)
    assert callable(spoil)
    spoil(house)
    house.run_until(lambda: state_of(house, campaign) is CampaignState.PAUSED)
    assert not house.double.requests
    assert "dialled" not in kinds(house.engine)


def test_a_provider_that_does_not_tell_its_files_gets_no_batch(house: Depositing) -> None:
    house.attest()
    house.double.next_questions(*[Mishap.ERROR_500] * 3)
    campaign = house.launch(1)
    house.run_until(lambda: drops(house.engine, campaign)[0].due_at > OPEN)
    assert not house.double.requests
    assert state_of(house, campaign) is CampaignState.RUNNING


def test_an_account_without_credit_pauses_the_campaign(house: Depositing) -> None:
    house.attest()
    house.double.credit = 0.0
    campaign = house.launch(1)
    house.run_until(lambda: state_of(house, campaign) is CampaignState.PAUSED)
    assert "dialled" not in kinds(house.engine)
