"""What becomes of a batch: by its totals, by each callee's state, or by silence."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from itertools import count
from pathlib import Path

import pytest
import sqlalchemy as sa
from hypothesis import given, settings
from hypothesis import strategies as st

from engine import operations
from engine.call import DropState
from engine.cost import Money
from engine.interfaces import NotAnswered
from engine.journal import Json
from engine.operations.conclude import conclude_in, hold_call
from engine.operations.costs import Spent, spent
from engine.operations.deposit_audio import (
    SamePerson,
    Unready,
    attest_audio,
    bind_audio,
    file_name,
    spoken_token,
    unready,
)
from engine.operations.deposits import (
    GRACE,
    apply_deposits,
    fail,
    hand_over,
    judge_overdue,
    lose,
    open_batch,
    sent,
    state_report,
    totals_report,
)
from engine.outcome import Outcome
from engine.reports import Picture
from engine.store import SqlStore, open_store
from tests.engine.deposited import (
    BATCH,
    MACHINE,
    REFERENCE,
    ROUTE,
    dialled,
    handed_over,
    opened,
    outcomes,
    the_batch,
)
from tests.engine.operating import (
    OPEN,
    House,
    a_campaign,
    a_house,
    drops,
    entries,
    kinds,
    some_rows,
)

LATER = OPEN + ROUTE.worst_delay + GRACE
SHA = "5" * 64


@pytest.fixture
def house(store: SqlStore) -> House:
    return a_house(store)


def tell(house: House, deposited: int, of: int, *, reference: str = REFERENCE) -> None:
    report = totals_report(the_batch(house), deposited, of, reference=reference, at=OPEN)
    assert report is not None
    operations.receive(house, [report])


def tell_state(house: House, call_id: int, state: str) -> None:
    report = state_report(the_batch(house), call_id, state, duration_s=12.0, at=OPEN)
    operations.receive(house, [report])


def test_totals_that_say_all_deposit_all(house: House) -> None:
    campaign, calls = handed_over(house)
    tell(house, 3, 3)
    assert outcomes(house, calls) == ["handed_over"] * 3
    assert apply_deposits(house, at=OPEN) == 1
    assert outcomes(house, calls) == ["deposited"] * 3
    assert {drop.outcome for drop in drops(house, campaign)} == {Outcome.DEPOSITED}
    assert the_batch(house).settled_at == OPEN


@pytest.mark.parametrize(("deposited", "of"), [(2, 3), (0, 3), (2, 2), (1, 2)])
def test_totals_that_say_less_confirm_nobody(house: House, deposited: int, of: int) -> None:
    campaign, calls = handed_over(house, attempts=4)
    tell(house, deposited, of)
    apply_deposits(house, at=OPEN)
    assert outcomes(house, calls) == ["deposited_unconfirmed"] * 3
    assert {drop.state for drop in drops(house, campaign)} == {DropState.DONE}


@pytest.mark.parametrize(
    ("deposited", "of", "reference"),
    [(4, 3, ""), (4, 4, ""), (-1, 3, ""), (0, 0, ""), (3, 3, "another")],
)
def test_totals_that_cannot_be_the_batchs_are_none(
    house: House, deposited: int, of: int, reference: str
) -> None:
    handed_over(house)
    assert totals_report(the_batch(house), deposited, of, reference=reference, at=OPEN) is None


def test_totals_that_overtake_the_providers_answer_stand(house: House) -> None:
    _, calls = opened(house)
    tell(house, 3, 3)
    apply_deposits(house, at=OPEN)
    hand_over(house, BATCH, REFERENCE, found={}, at=OPEN)
    assert outcomes(house, calls) == ["deposited"] * 3


def test_a_batch_of_which_nobody_knew_is_deposited_once_it_is_told(house: House) -> None:
    campaign, calls = opened(house, attempts=4)
    lose(house, BATCH, "no answer in time", at=OPEN)
    assert outcomes(house, calls) == ["unknown"] * 3
    tell(house, 3, 3, reference="77")
    apply_deposits(house, at=OPEN)
    assert outcomes(house, calls) == ["deposited"] * 3
    assert the_batch(house).reference == "77"
    assert {drop.outcome for drop in drops(house, campaign)} == {Outcome.DEPOSITED}
    assert {drop.attempts for drop in drops(house, campaign)} == {1}


def test_what_is_never_told_is_unknown_once_nothing_more_is_waited_for(house: House) -> None:
    campaign, calls = handed_over(house, attempts=4)
    assert judge_overdue(house, at=LATER - timedelta(seconds=1)) == 0
    assert judge_overdue(house, at=LATER) == 3
    assert outcomes(house, calls) == ["unknown"] * 3
    assert {drop.state for drop in drops(house, campaign)} == {DropState.DONE}
    assert judge_overdue(house, at=LATER) == 0


def test_totals_after_the_judgement_still_tell_the_truth(house: House) -> None:
    _, calls = handed_over(house)
    judge_overdue(house, at=LATER)
    tell(house, 3, 3)
    apply_deposits(house, at=LATER)
    assert outcomes(house, calls) == ["deposited"] * 3


def test_a_deposit_costs_as_its_routes_prices_say(house: House) -> None:
    campaign, _ = handed_over(house)
    assert spent(house, campaign) == []
    tell(house, 2, 3)
    apply_deposits(house, at=OPEN)
    assert spent(house, campaign) == [Spent("vp", None, 0, None, 0, 3)]
    prices: dict[str, Json] = {"+336": {"minute": "0.06", "call": "0.1"}}
    with house.store.write() as unit:
        route = replace(ROUTE, settings={**ROUTE.settings, "currency": "EUR", "prices": prices})
        assert unit.setup.change_route(route)
    assert spent(house, campaign) == [Spent("vp", None, 0, Money(480_000, "EUR"), 3, 0)]


def someone_waits(store_url: str) -> bool:
    """Tell whether a process waits for a lock of PostgreSQL's."""
    query = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
    database = sa.create_engine(store_url)
    with database.connect() as connection:
        waiting = connection.exec_driver_sql(f"{query} AND wait_event_type = 'Lock'").scalar_one()
    database.dispose()
    return bool(waiting)


@pytest.mark.parametrize(
    "store_url", [pytest.param("postgresql", marks=pytest.mark.peer)], indirect=True
)  # one process at a time writes on SQLite
def test_two_processes_that_apply_at_once_take_nothing_back(house: House, store_url: str) -> None:
    _, (call_id,) = handed_over(house, 1)
    tell(house, 0, 1)
    with ThreadPoolExecutor(1) as another:
        with house.store.write() as unit:
            hold_call(house, unit, call_id)
            applying = another.submit(apply_deposits, house, at=OPEN)
            while not someone_waits(store_url):
                assert not applying.done()
            conclude_in(house, unit, call_id, Picture(Outcome.DEPOSITED), at=OPEN)
        assert applying.result(30) == 1
    assert outcomes(house, [call_id]) == ["deposited"]


def test_a_batch_that_was_refused_may_be_tried_again(house: House) -> None:
    campaign, calls = opened(house, attempts=2)
    fail(house, BATCH, NotAnswered(Outcome.FAILED, "10 Clé API incorrecte"), at=OPEN)
    assert outcomes(house, calls) == ["failed"] * 3
    assert {drop.state for drop in drops(house, campaign)} == {DropState.PENDING}


def test_a_callees_own_state_concludes_that_call_only(house: House) -> None:
    _, calls = handed_over(house)
    tell_state(house, calls[0], "deposited")
    tell_state(house, calls[1], "played")
    apply_deposits(house, at=OPEN)
    assert outcomes(house, calls) == ["deposited", "deposited_unconfirmed", "handed_over"]


def test_nobody_is_tried_again_while_the_message_may_still_be_left(house: House) -> None:
    campaign, calls = handed_over(house, 1, attempts=4)
    tell_state(house, calls[0], "no_answer")
    apply_deposits(house, at=OPEN)
    assert outcomes(house, calls) == ["handed_over"]
    judge_overdue(house, at=LATER)
    assert outcomes(house, calls) == ["no_answer"]
    (drop,) = drops(house, campaign)
    assert drop.state is DropState.PENDING


def test_a_state_of_a_call_that_is_another_batchs_changes_nothing(house: House) -> None:
    _, calls = handed_over(house, 2)
    report = state_report(the_batch(house), 999_999, "deposited", duration_s=None, at=OPEN)
    operations.receive(house, [report])
    assert apply_deposits(house, at=OPEN) == 1
    assert outcomes(house, calls) == ["handed_over"] * 2


def test_calls_of_a_batch_that_left_nothing_may_leave_in_another(house: House) -> None:
    _, calls = opened(house, 2)
    assert open_batch(house, "batch-2", ROUTE, calls, at=OPEN) == tuple(calls)
    hand_over(house, "batch-2", "2002", found={}, at=OPEN)
    tell(house, 2, 2)  # of the first batch, which has no call any more
    apply_deposits(house, at=OPEN)
    assert outcomes(house, calls) == ["handed_over"] * 2


def test_every_process_counts_what_left_over_a_route(house: House) -> None:
    _, calls = dialled(house, 2)
    open_batch(house, "b1", ROUTE, calls[:1], at=OPEN - timedelta(minutes=30))
    open_batch(house, "b2", ROUTE, calls[1:], at=OPEN)
    found = sent(house, "vp", at=OPEN + timedelta(seconds=59))
    assert (found.last_minute, found.last_hour) == (1, 2)


def test_the_journal_tells_no_number_and_no_token(house: House) -> None:
    bind_audio(house, "vp", SHA, token="secret-token", by="Ada", at=OPEN)
    attest_audio(house, "vp", SHA, by="Grace", at=OPEN)
    written = str(entries(house))
    assert "secret-token" not in written
    assert kinds(house)[-2:] == ["audio_bound", "audio_attested"]


def test_a_campaign_is_not_launched_with_a_file_that_nobody_heard(house: House) -> None:
    with house.store.write() as unit:
        unit.setup.add_route(ROUTE)

    def launched() -> list[str]:
        campaign = a_campaign(routes=("vp",))
        answer = operations.submit(house, campaign, some_rows(), at=OPEN, language="en")
        problems = answer.problems if isinstance(answer, operations.Unlaunched) else ()
        return [problem.reason for problem in problems]

    assert "no file is bound" in launched()[0]
    bind_audio(house, "vp", MACHINE, token="t", by="Ada", at=OPEN)
    assert "heard the file" in launched()[0]
    attest_audio(house, "vp", MACHINE, by="Grace", at=OPEN)
    assert launched() == []


@pytest.mark.parametrize("by", ["Ada", " ada ", "ADA"])
def test_who_bound_a_file_cannot_attest_it(house: House, by: str) -> None:
    bind_audio(house, "vp", SHA, token="t", by="Ada", at=OPEN)
    with pytest.raises(SamePerson):
        attest_audio(house, "vp", SHA, by=by, at=OPEN)


def test_a_file_that_is_bound_anew_is_to_be_heard_anew(house: House) -> None:
    bind_audio(house, "vp", SHA, token="t", by="Ada", at=OPEN)
    attest_audio(house, "vp", SHA, by="Grace", at=OPEN)
    bind_audio(house, "vp", SHA, token="t2", by="Ada", at=OPEN)
    with house.store.read() as unit:
        assert unready(unit.deposits.audio("vp", SHA), {"t2": file_name(SHA)}) is (
            Unready.UNATTESTED
        )


@pytest.mark.parametrize(
    ("kept", "why"),
    [
        ({"t": f"{SHA}.wav"}, None),
        ({"t": f"{SHA.upper()}.MP3"}, None),
        ({"t": SHA}, None),
        ({"t": "message.wav"}, Unready.RENAMED),
        ({"t": f"x{SHA}.wav"}, Unready.RENAMED),
        ({"other": f"{SHA}.wav"}, Unready.MISSING),
        ({}, Unready.MISSING),
    ],
)
def test_a_file_is_played_under_its_hash_alone(
    house: House, kept: dict[str, str], why: Unready | None
) -> None:
    bind_audio(house, "vp", SHA, token="t", by="Ada", at=OPEN)
    audio = attest_audio(house, "vp", SHA, by="Grace", at=OPEN)
    assert unready(audio, kept) is why


def test_words_that_a_provider_speaks_need_two_people_and_no_file(house: House) -> None:
    bind_audio(house, "vp", SHA, token=spoken_token("Bonjour"), by="Ada", at=OPEN)
    audio = attest_audio(house, "vp", SHA, by="Grace", at=OPEN)
    assert unready(audio, {}) is None
    assert unready(None, {}) is Unready.UNBOUND


TOLD = st.lists(st.sampled_from([(3, 3), (2, 3), (0, 3), (1, 2), "taken", "lost"]), max_size=6)
_names = count()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("deposits")


@pytest.mark.peer  # a store an example
@given(TOLD)
@settings(max_examples=25)
def test_neither_order_nor_repetition_matters(
    sqlite_template: Path, folder: Path, told: list[tuple[int, int] | str]
) -> None:
    def end(order: list[tuple[int, int] | str]) -> list[str | None]:
        path = folder / f"{next(_names)}.db"
        path.write_bytes(sqlite_template.read_bytes())
        store = open_store(f"sqlite:///{path}")
        house = a_house(store)
        _, calls = opened(house)
        for event in order:
            if event == "taken":
                hand_over(house, BATCH, REFERENCE, found={}, at=OPEN)
            elif event == "lost":
                lose(house, BATCH, "no answer", at=OPEN)
            elif isinstance(event, tuple):
                tell(house, *event)
            apply_deposits(house, at=OPEN)
        judge_overdue(house, at=LATER)
        found = outcomes(house, calls)
        store.close()
        path.unlink()
        return found

    assert end(told) == end([*told[::-1], *told])
