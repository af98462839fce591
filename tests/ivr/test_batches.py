"""Batches for a direct-deposit provider: cleared, committed, handed over once."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from engine import operations
from engine.call import CampaignState, DropState
from engine.health import Hindered, Pause, paused_for
from engine.interfaces import StoreUnavailable
from engine.journal import Json
from engine.operations.deposit_audio import attest_audio, bind_audio, file_name, spoken_token
from engine.operations.deposits import open_batch
from engine.sandbox.twilio import Mishap
from engine.sandbox.voicepartner import VoicePartnerDouble
from engine.store import SqlStore
from engine.store.store import SqlUnit
from ivr.spool import Spool, SpooledOptOut
from tests.engine.deposited import MACHINE
from tests.engine.operating import OPEN, claim, drops, entries, kinds, launch
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


def why_paused(house: Depositing, campaign_id: str) -> Pause | Hindered | None:
    with house.engine.store.read() as unit:
        record = unit.campaigns.get(campaign_id)
    assert record is not None
    return paused_for(record.paused_for) if record.paused_for else None


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


def rebound_to_words(house: Depositing) -> None:
    bind_audio(house.engine, "vp", MACHINE, token=spoken_token("Bonjour"), by="Ada", at=OPEN)
    attest_audio(house.engine, "vp", MACHINE, by="Grace", at=OPEN)


@pytest.mark.parametrize(
    ("spoil", "why"),
    [
        (missing, "missing"),
        (renamed, "renamed"),
        (replaced, "unattested"),
        (rebound_to_words, "unbound"),
    ],
)
def test_a_file_that_two_people_did_not_answer_for_is_never_played(
    house: Depositing, spoil: Callable[[Depositing], None], why: str
) -> None:
    house.attest()
    campaign = house.launch(1)
    spoil(house)
    house.run_until(lambda: state_of(house, campaign) is CampaignState.PAUSED)
    assert not house.double.requests
    assert "dialled" not in kinds(house.engine)
    assert why_paused(house, campaign) == Hindered("vp", why)


def test_a_provider_that_does_not_tell_its_files_gets_no_batch(house: Depositing) -> None:
    house.attest()
    house.double.next_questions(*[Mishap.ERROR_500] * 3)
    campaign = house.launch(1)
    house.run_until(lambda: drops(house.engine, campaign)[0].due_at > OPEN)
    assert not house.double.requests
    assert state_of(house, campaign) is CampaignState.RUNNING


@pytest.mark.parametrize(
    ("credit", "prices", "is_enough"),
    [
        (0.0, {}, False),
        (0.15, {}, True),  # no price is known: the provider will say
        (0.15, {"+336": {"minute": "0", "call": "0.1"}}, False),
        (0.2, {"+336": {"minute": "0", "call": "0.1"}}, True),
    ],
)
def test_no_batch_leaves_that_the_credit_does_not_pay(
    store: SqlStore, tmp_path: Path, credit: float, prices: dict[str, Json], *, is_enough: bool
) -> None:
    priced: dict[str, Json] = {"prices": prices, "currency": "EUR"} if prices else {}
    with depositing(store, tmp_path, VoicePartnerDouble(credit=credit), **priced) as house:
        house.attest()
        campaign = house.launch(2)

        def is_paused() -> bool:
            return state_of(house, campaign) is CampaignState.PAUSED

        house.run_until(lambda: is_paused() or all_concluded(house, campaign))
        assert is_paused() is not is_enough
        assert ("dialled" in kinds(house.engine)) is is_enough
        assert why_paused(house, campaign) == (None if is_enough else Hindered("vp", "credit"))


def test_a_pause_says_why_in_the_journal_until_it_is_resumed(house: Depositing) -> None:
    house.attest()
    house.double.credit = 0.0
    campaign = house.launch(1)
    house.run_until(lambda: state_of(house, campaign) is CampaignState.PAUSED)
    (paused,) = (entry for entry in entries(house.engine) if entry["kind"] == "paused")
    assert paused["detail"] == {"guard": "deposit", "of": "vp", "reason": "credit"}
    assert operations.resume(house.engine, campaign, at=OPEN)
    assert why_paused(house, campaign) is None


def test_the_next_batch_waits_once_one_of_them_was_lost(house: Depositing) -> None:
    house.attest()
    house.double.next_requests(Mishap.DONE_THEN_500)
    campaign = house.launch(6, batch_size=2)
    house.run_until(lambda: sum(drop.due_at > OPEN for drop in drops(house.engine, campaign)) == 4)
    assert sorted(filter(None, house.outcomes(campaign))) == ["unknown"] * 2
    assert len(house.double.requests) == 1


def test_a_provider_that_lost_one_batch_is_left_alone_for_a_while(house: Depositing) -> None:
    house.attest()
    house.double.next_requests(Mishap.DONE_THEN_500)
    first, second = (
        house.launch(5),
        launch(house.engine, 5, first=10_000_060, at=OPEN, routes=("vp",)),
    )

    def put_off() -> int:
        waiting = [*drops(house.engine, first), *drops(house.engine, second)]
        return sum(drop.due_at > OPEN for drop in waiting)

    house.run_until(lambda: put_off() == 5)
    assert {*house.outcomes(first), *house.outcomes(second)} == {"unknown"}
    assert len(house.double.requests) == 1


@pytest.mark.peer  # the provider has us wait for a second
def test_nothing_leaves_that_was_cleared_too_long_ago(house: Depositing) -> None:
    house.attest()
    house.double.next_requests(Mishap.TOO_MANY)
    campaign = house.launch(2, attempts=2)

    def is_late() -> bool:
        if not house.double.mishaps:
            house.clock.late = timedelta(seconds=41)
        return all_concluded(house, campaign)

    house.run_until(is_late)
    assert house.outcomes(campaign) == ["cancelled"] * 2
    assert {drop.state for drop in drops(house.engine, campaign)} == {DropState.PENDING}
    assert not house.double.requests


def number_in(house: Depositing, campaign_id: str) -> str:
    callee = drops(house.engine, campaign_id)[0].callee
    assert callee is not None
    return callee.number.e164


@pytest.mark.peer  # the provider has us wait for a second
def test_nothing_leaves_while_an_opt_out_waits_on_disk(house: Depositing) -> None:
    house.attest()
    house.double.next_requests(Mishap.TOO_MANY)
    campaign = house.launch(2, attempts=2)
    spool = Spool(house.engine.settings.data_dir / "opt_outs.spool")

    def has_objected() -> bool:
        if not house.double.mishaps and not kept:
            spool.keep(objection)
            kept.append(True)
        return all_concluded(house, campaign)

    kept: list[bool] = []
    objection = SpooledOptOut("lumiere", number_in(house, campaign), "sms", OPEN)
    house.run_until(has_objected)
    asked = [number for request in house.double.requests for number in request.numbers]
    assert objection.number not in asked
    assert operations.is_opted_out(house.engine, "lumiere", objection.number)


def test_who_was_given_up_meanwhile_is_not_in_the_batch(house: Depositing) -> None:
    house.attest()
    campaign = house.launch(2)
    ids = []
    for claimed in claim(house.engine, 2):
        dial = operations.dial(house.engine, claimed, at=OPEN, route="vp")
        assert isinstance(dial, operations.Dial)
        ids.append(dial.call_id)
    operations.leave(house.engine, "voice-1", at=OPEN)  # it was silent, and is held for dead
    with house.engine.store.read() as unit:
        route = unit.setup.route("vp")
    assert route is not None
    assert open_batch(house.engine, "batch", route, ids, at=OPEN) == ()
    assert house.outcomes(campaign) == ["unknown"] * 2


class ParticularStore(SqlStore):
    """A store that goes away after a third callee was dialled, until it is asked again."""

    dials = 0

    @contextmanager
    def write(self) -> Iterator[SqlUnit]:
        with super().write() as unit:
            yield unit
            is_dial = unit.calls.open_of("voice-1")
        if len(is_dial) > self.dials:
            self.dials = len(is_dial)
            if self.dials == 3:
                raise StoreUnavailable("the connection broke off under the commit")


def test_a_store_that_goes_away_while_a_batch_is_dialled_leaves_nobody_open(
    house: Depositing,
) -> None:
    house.attest()
    campaign = house.launch(4)
    known = house.engine.store
    house.engine = replace(house.engine, store=ParticularStore(known.database))
    house.run_until(lambda: len(house.outcomes(campaign)) >= 3 and all(house.outcomes(campaign)))
    assert house.outcomes(campaign)[:3] == ["handed_over", "handed_over", "unknown"]
    assert len(house.double.requests[0].numbers) == 2
